"""A rule can be paused and resumed, and is told since when."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.settings import Names
from infra.operations import pausing
from infra.operations.problems import Problem
from tests.support.builders import REGION

RULES = {"queue-reminder": "cart-dev", "cart-dev-mail-feedback": "default"}


@pytest.fixture
def target():
    with mock_aws():
        events = boto3.client("events", region_name=REGION)
        events.create_event_bus(Name="cart-dev")
        resources = {}
        for name, bus in RULES.items():
            pattern = json.dumps({"source": ["cart.reminders"]})
            arn = events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)["RuleArn"]
            resources[name] = SimpleNamespace(
                type="AWS::Events::Rule",
                properties={"Name": name, "EventBusName": bus},
                attributes={"Arn": arn},
            )
        yield SimpleNamespace(
            stage="dev",
            names=Names("cart", "dev"),
            client=lambda _service: events,
            rules=resources.values,
        )


def state(target: Any, name: str) -> str:
    rule = target.client("events").describe_rule(Name=name, EventBusName=RULES[name])
    return str(rule["State"])


@pytest.mark.parametrize("name", RULES)
def test_a_paused_rule_delivers_nothing_until_it_is_resumed(target, name):
    pausing.pause(target, name)
    assert state(target, name) == "DISABLED"
    assert {state(target, other) for other in RULES if other != name} == {"ENABLED"}
    pausing.resume(target, name)
    assert state(target, name) == "ENABLED"


def test_it_is_told_since_when_and_how_to_bring_what_was_missed(target, capsys):
    pausing.pause(target, "queue-reminder")
    since = capsys.readouterr().out.split(" since ")[1].split(" UTC")[0]
    pausing.pause(target, "queue-reminder")
    assert since in capsys.readouterr().out, "pausing it again changes nothing"
    pausing.resume(target, "queue-reminder")
    told = capsys.readouterr().out
    assert f"python -m infra replay --stage dev --from {since} --rule queue-reminder" in told
    pausing.resume(target, "queue-reminder")
    assert "was not paused" in capsys.readouterr().out


def test_what_no_archive_has_is_not_promised_by_a_replay(target, capsys):
    pausing.pause(target, "cart-dev-mail-feedback")
    pausing.resume(target, "cart-dev-mail-feedback")
    assert "replay" not in capsys.readouterr().out


@pytest.mark.parametrize("change", [pausing.pause, pausing.resume])
def test_a_rule_that_there_is_not_is_named_with_those_there_are(target, change):
    with pytest.raises(Problem, match="no rule reminders: there are cart-dev-mail-feedback, queue"):
        change(target, "reminders")
