"""Watching a stage, and repeating what is in its archive: a stage of the foundation alone."""

import json
import signal
import time

import pytest

from infra.operations import listening
from tests.deploy.inventory import names
from tests.deploy.stage import Stage, read_until

ADDED = {
    "EventBusName": "cart-dev",
    "Source": "cart.api",
    "DetailType": "ItemAddedToCart",
    "Detail": json.dumps(
        {
            "metadata": {"event_id": "0190-1", "version": 1},
            "data": {
                "cart_id": "c-1",
                "customer": {"id": "c-1", "email": "ada@example.com", "name": "Ada"},
                "sku": "MUG-STONE-350",
                "quantity": 2,
            },
        }
    ),
}


def something_happens(stage: Stage) -> None:
    """Add to a cart, have a schedule made, and have a message die."""
    events, scheduler, sqs = (stage.client(name) for name in ("events", "scheduler", "sqs"))
    events.put_events(Entries=[ADDED])
    scheduler.create_schedule(
        Name="wake-up",
        GroupName="cart-reminders-dev",
        ScheduleExpression="at(2026-11-22T10:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:sqs:eu-central-1:123456789012:q",
            "RoleArn": "arn:aws:iam::1:role/r",
        },
    )
    dlq = sqs.get_queue_url(QueueName="cart-reminders-dlq-dev")["QueueUrl"]
    sqs.send_message(QueueUrl=dlq, MessageBody="{}")


def test_it_tells_events_schedules_and_dead_letters_and_nothing_of_a_person(
    foundation: Stage,
) -> None:
    before = names(foundation)
    with foundation.start("watch") as watch:
        read_until(watch, "Watching stage dev")
        something_happens(foundation)
        output = read_until(
            watch,
            "cart_id=c-1 sku=MUG-STONE-350 quantity=2 event=0190-1",
            "schedule wake-up is due 2026-11-22T10:00:00 UTC",
            "! queue cart-reminders-dlq-dev: 1 waiting",
        )
        watch.terminate()
        output += watch.communicate()[0]
    assert "ItemAddedToCart" in output
    assert "ada" not in output.lower()
    assert names(foundation) == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_nothing_behind_when_it_is_told_to_stop(
    foundation: Stage, how: signal.Signals
) -> None:
    before = names(foundation)
    foundation.stop_at_line("Watching stage dev", how, "watch")
    assert names(foundation) == before


def test_what_a_killed_one_left_is_removed_by_the_next_after_twelve_hours(
    foundation: Stage, monkeypatch
) -> None:
    before = names(foundation)
    foundation.stop_at_line("Watching stage dev", signal.SIGKILL, "watch")
    assert len(names(foundation)["rule"] - before["rule"]) == 1
    foundation.succeed("watch", "--seconds", "0.1")
    assert len(names(foundation)["rule"] - before["rule"]) == 1  # it may be somebody else's
    later = time.time() + listening.LONGEST.total_seconds() + 60
    monkeypatch.setattr(listening, "now", lambda: later)
    foundation.succeed("watch", "--seconds", "0.1")
    assert names(foundation) == before


def test_a_replay_sends_the_archives_events_through_the_rule(foundation: Stage) -> None:
    events, sqs = foundation.client("events"), foundation.client("sqs")
    queue = sqs.create_queue(QueueName="consumer")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = json.dumps({"source": ["cart.api"]})
    events.put_events(Entries=[ADDED])
    events.put_rule(Name="persist-cart", EventBusName="cart-dev", EventPattern=pattern)
    events.put_targets(
        Rule="persist-cart",
        EventBusName="cart-dev",
        Targets=[{"Id": "consumer", "Arn": arn["QueueArn"]}],
    )
    output = foundation.succeed("replay", "--from", "1h", "--rule", "persist-cart")
    assert "Completed." in output
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["detail"] == json.loads(ADDED["Detail"])


def test_status_marks_what_is_missing_or_dead(foundation: Stage) -> None:
    sqs = foundation.client("sqs")
    dlq = sqs.get_queue_url(QueueName="cart-functions-dlq-dev")["QueueUrl"]
    sqs.send_message(QueueUrl=dlq, MessageBody="{}")
    lines = foundation.succeed("status").splitlines()
    trouble = {line.split()[1]: line for line in lines if line.startswith("!")}
    assert trouble["cart-functions-dlq-dev"].endswith("1 waiting, 0 in flight, 0 delayed")
    assert trouble["cart-dev-subscriptions"].endswith("missing")
    assert trouble["cart-dev-persist_cart"].endswith("missing")
    assert "cart-dev-foundation" not in trouble
    assert "cart-reminders-dev" not in trouble
