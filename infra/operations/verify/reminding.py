"""What comes of an add later: a schedule, a reminder, and perhaps a bounce."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.adapters.dynamodb import items, suppressions
from infra.operations.verify.stage import Customer
from infra.operations.verify.steps import BOUNCER, READER, SECONDS_TO_HAPPEN, wait_until
from infra.operations.verify.trail import dead_letters, trail_of
from infra.operations.verify.visit import Differs, NotLookedAt, Visit

SECONDS_TO_MAIL: Final = 180


def schedule(visit: Visit) -> str:
    """An add makes one schedule."""
    customer = visit.customer(READER)
    found = visit.eventually(lambda: visit.schedules_of(customer), SECONDS_TO_HAPPEN)
    if not found:
        raise Differs(
            "The add made no schedule. "
            + trail_of(visit, visit.request("add"), "schedule_reminder")
        )
    due = _due_at(visit, found[0])
    visit.requests["schedule"] = found[0]
    visit.due = due
    return f"due {(due - visit.deployed.now()).total_seconds():.0f} seconds later"


def _due_at(visit: Visit, name: str) -> datetime:
    schedule = visit.deployed.client("scheduler").get_schedule(
        GroupName=visit.deployed.names.schedule_group, Name=name
    )
    text = schedule["ScheduleExpression"].removeprefix("at(").removesuffix(")")
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def reminder(visit: Visit) -> str:
    """A schedule fires, and its reminder is sent once."""
    visit.request("schedule")
    customer = visit.customer(READER)
    wait_until(visit, visit.due)
    sent = visit.eventually(lambda: _sent_at(visit.items_of(customer)), SECONDS_TO_MAIL)
    if sent is None:
        raise Differs(
            f"The reminder was not sent within {SECONDS_TO_MAIL} seconds. {_waiting(visit)}"
        )
    if visit.schedules_of(customer):
        raise Differs("The schedule is still there after it has fired.")
    late = (sent - visit.due).total_seconds()
    visit.figures["reminder sent after it was due"] = f"{late:.1f} s"
    return f"sent {late:.1f} seconds after it was due, and the schedule is gone"


def _sent_at(kept: Mapping[str, Mapping[str, Any]]) -> datetime | None:
    times = [
        datetime.fromisoformat(item["sent_at"]["S"])
        for key, item in kept.items()
        if key.startswith("REMINDER#") and "sent_at" in item
    ]
    return min(times, default=None)


def _waiting(visit: Visit) -> str:
    """Say where a reminder that was not sent may be."""
    customer, sqs = visit.customer(READER), visit.deployed.client("sqs")
    said = []
    if visit.schedules_of(customer):
        said.append("Its schedule has not fired.")
    elif not any(
        event["detail-type"] == "CartReminderDue"
        and event["detail"]["data"]["cart_id"] == customer.id
        for event in visit.deployed.events()
    ):
        said.append(
            "Its schedule is gone, and no CartReminderDue came to the bus: may the role of "
            "Scheduler put events there?"
        )
    else:
        said.append("CartReminderDue came to the bus.")
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    queue = visit.deployed.names.queue("reminders")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
    waiting, in_flight = (int(depth[name]) for name in counts)
    said.append(f"{queue} holds {waiting} messages, and {in_flight} are being tried.")
    return " ".join([*said, *dead_letters(visit)])


def bounce(visit: Visit) -> str:
    """An address that bounces gets no more mail."""
    visit.request("bouncer's add")
    customer = visit.customer(BOUNCER)
    wait_until(visit, _last_due(visit, customer))
    if visit.eventually(lambda: _sent_at(visit.items_of(customer)), SECONDS_TO_MAIL) is None:
        raise NotLookedAt("The mail that is to bounce was not sent.")
    if not visit.eventually(lambda: _is_suppressed(visit, customer), SECONDS_TO_MAIL):
        letters = " ".join(dead_letters(visit))
        raise Differs(
            "A mail bounced, and its address was not suppressed: does the configuration set "
            f"publish to the default bus, and does the rule mail-feedback match? {letters}".strip()
        )
    return "the address gets no more mail"


def _last_due(visit: Visit, customer: Customer) -> datetime:
    dues = [_due_at(visit, name) for name in visit.schedules_of(customer)]
    return max(dues, default=visit.deployed.now())


def _is_suppressed(visit: Visit, customer: Customer) -> bool:
    answer = visit.deployed.client("dynamodb").get_item(
        TableName=visit.deployed.names.table,
        Key=items.typed(suppressions.key(customer.address)),
        ConsistentRead=True,
    )
    return "Item" in answer
