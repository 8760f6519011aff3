"""The page that a visit is written down on."""

import boto3
import pytest

from infra.operations.configuration import Configuration
from infra.operations.problems import Problem
from infra.operations.target import Target
from infra.operations.verify.command import verify
from infra.operations.verify.page import page_of
from infra.operations.verify.run import Outcome, Result
from tests.support.chalice import PROJECT
from tests.support.times import NOON

pytestmark = pytest.mark.own_shop

ACCOUNT = "123456789012"
RESULTS = [
    Result("add", "An add succeeds", Outcome.HELD, "202"),
    Result("retry", "A job is retried", Outcome.NOT_LOOKED_AT, "Left out."),
    Result("schedule", "It fires", Outcome.DIFFERS, f"arn:aws:sqs:x:{ACCOUNT}:q |\ntwice"),
]


def target_of(endpoint_url: str | None = None) -> Target:
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    return Target(Configuration(PROJECT, "dev"), session, ACCOUNT, "aws", endpoint_url)


def page(endpoint_url: str | None = None) -> str:
    return page_of(target_of(endpoint_url), NOON, RESULTS, {"first add accepted": "60 ms"})


@pytest.mark.parametrize(
    "line",
    [
        "Of 3 claims 1 held, 1 did not, 1 were not looked at.",
        "| An add succeeds | held | 202 |",
        "| A job is retried | not looked at | Left out. |",
        "| first add accepted | 60 ms |",
    ],
)
def test_it_says_what_held_what_did_not_and_how_fast_it_was(line):
    assert line in page()


def test_it_does_not_name_the_account():
    assert ACCOUNT not in page()


def test_whatever_was_seen_stays_in_its_cell():
    assert "| It fires | does not hold | arn:aws:sqs:x:<account>:q \\| twice |" in page()


def test_it_says_whether_it_was_aws():
    assert page().startswith("# Stage dev on AWS, region eu-central-1, ")
    assert page("http://localhost:4566").startswith("# Stage dev on an emulator on this machine, ")


def test_a_check_that_does_not_exist_cannot_be_left_out():
    with pytest.raises(Problem, match="There is no check bounces: there are shop, "):
        verify(target_of(), None, None, ["bounces"])
