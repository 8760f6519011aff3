"""The log of a running system: a line for every hop, short, found by its request, and discreet."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.project import CartProject
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.infrastructure import ROOT
from tests.support.products import MUG
from tests.support.shopper import Shopper

pytestmark = pytest.mark.own_shop

LONGEST_LINE = 400  # bytes
OF_THE_LANGUAGE = {
    "fields",
    "filter",
    "stats",
    "sort",
    "limit",
    "by",
    "as",
    "asc",
    "desc",
    "in",
    "and",
    "or",
}


class Listening(CartProject):
    """The project, with its log lines kept as they are written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def deploy(self, journal):
        from chalicelib.telemetry import logs  # noqa: PLC0415

        deployment = super().deploy(journal)
        to_journal = logs.write

        def write(line: str) -> None:
            self.lines.append(line)
            to_journal(line)

        logs.write = write
        return deployment


@pytest.fixture(scope="module")
def lines() -> list[str]:
    project = Listening()
    with LocalCloud.start(project, clock=Clock(datetime(2026, 3, 2, 9, 10, tzinfo=UTC))) as cloud:
        ada = Shopper(cloud, "ada@example.com", "Ada Lovelace")
        ada.add(MUG, 2)
        ada.add("NO-SUCH-THING")
        linus = Shopper(cloud, "linus@example.com")
        linus.add(MUG)
        cloud.advance(1)
        linus.check_out()
        cloud.advance(A_DAY_AND_A_WINDOW)
        assert ada.cart()["items"]
        grace = Shopper(cloud, "grace@example.com")
        grace.add(MUG)
        cloud.faults.arm("ses", 1, "MessageRejected")
        cloud.advance(A_DAY_AND_A_WINDOW)
        cloud.faults.arm("dynamodb", 100)
        grace.add(MUG)
        cloud.advance(600)
    return project.lines


def parsed(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines]


def of(lines: list[str], hop: str, outcome: str) -> list[dict[str, Any]]:
    return [line for line in parsed(lines) if (line["hop"], line["outcome"]) == (hop, outcome)]


def test_everything_that_happened_to_a_request_has_its_correlation_id(lines):
    request = of(lines, "post_cart", "accepted")[0]["event_id"]
    hops = [line["hop"] for line in parsed(lines) if line.get("correlation_id") == request]
    assert hops[0] == "post_cart"
    assert set(hops) >= {"persist_cart", "schedule_reminder", "send_reminder"}


def test_every_request_is_one_line_whatever_it_is_answered(lines):
    statuses = [line["status"] for line in parsed(lines) if line["hop"] == "post_cart"]
    assert statuses == [202, 422, 202, 202, 202]
    [refused] = of(lines, "post_cart", "refused")
    assert refused["error"] == "unknown_sku"


def test_every_line_that_goes_well_is_short(lines):
    for line in lines:
        facts = json.loads(line)
        if "raised_at" not in facts:
            # A mail is found at SES by its id, which is as long as SES makes it.
            assert len(line.encode()) - len(facts.get("message_id", "")) <= LONGEST_LINE, line


def test_no_line_holds_an_address_or_a_name(lines):
    text = "".join(lines)
    assert "@" not in text
    assert "Ada" not in text
    assert "grace" not in text


def test_what_is_counted_adds_up(lines):
    totals: dict[str, int] = {}
    for line in parsed(lines):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            for metric in directive["Metrics"]:
                totals[metric["Name"]] = totals.get(metric["Name"], 0) + line[metric["Name"]]
    assert totals.pop("AgeAtPersist") >= 0
    assert totals == {
        "Accepted": 5,
        "Persisted": 4,
        "RemindersScheduled": 4,
        "RemindersSent": 1,
        "RemindersSkipped": 1,
        "Failures": 1,
    }


def test_a_failed_attempt_is_logged_with_its_error_where_it_happened(lines):
    attempts = of(lines, "persist_cart", "raised")
    assert len(attempts) == 3
    assert {line["error"] for line in attempts} == {"temporarily_unavailable"}
    assert attempts[0]["raised_at"]


def test_a_mail_that_fails_for_good_is_counted_by_why(lines):
    [failed] = of(lines, "send_reminder", "failed")
    assert (failed["error"], failed["Failures"], failed["attempt"]) == ("mail_rejected", 1, 1)


def test_the_queries_of_the_runbook_ask_for_fields_that_there_are(lines):
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("## Looking into it")[2].partition("\n## ")[0]
    queries = re.findall(r"^```\n(fields .*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert len(queries) == 6
    there = {name for line in parsed(lines) for name in line}
    for query in queries:
        made_here = set(re.findall(r" as (\w+)", query))
        words = re.sub(r'"[^"]*"|@\w+|\.\d|\w+\(|\d+', " ", query)
        asked = set(re.findall(r"\w+", words)) - made_here - OF_THE_LANGUAGE
        assert asked <= there, asked - there
