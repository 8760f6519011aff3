"""Events that did not come from the API: a failure that is kept, never a crash or a retry."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib.domain import events
from tests.support import builders
from tests.support.products import MUG
from tests.support.seconds import DAY

LONE_SURROGATE = "\ud800"  # what JSON can say, but no Unicode text can hold
TOMORROW = builders.NOW + timedelta(days=1)
FAILED = "Lambda Function Invocation Result - Failure"

HOSTILE: dict[str, tuple[tuple[str, ...], Any]] = {
    "an unknown major version": (("metadata", "version"), "2.0"),
    "a version that is none": (("metadata", "version"), LONE_SURROGATE),
    "no metadata": (("metadata",), None),
    "no data": (("data",), []),
    "an id that is none": (("metadata", "event_id"), "1"),
    "an id after the last year": (("metadata", "event_id"), "ffffffff-ffff-7fff-bfff-ffffffffffff"),
    "an id from a time to come": (("metadata", "event_id"), builders.new_id(TOMORROW)),
    "an endless id": (("metadata", "event_id"), "0" * 100_000),
    "a time without a zone": (("metadata", "occurred_at"), "2026-03-02T09:30:00"),
    "an address as correlation id": (("metadata", "correlation_id"), "ada@example.com"),
    "an endless correlation id": (("metadata", "correlation_id"), "c" * 100_000),
    "a correlation id that is no text": (("metadata", "correlation_id"), LONE_SURROGATE),
    "a quantity of a billion": (("data", "quantity"), 10**9),
    "a quantity beyond 64 bits": (("data", "quantity"), 10**30),
    "no SKU": (("data", "sku"), None),
    "a SKU that would be a key of its own": (("data", "sku"), "*"),
    "the cart of somebody else": (("data", "cart_id"), "somebody-else"),
    "another key's cart": (("data", "cart_id"), "x#LINE#*"),
    "an address with a header in it": (
        ("data", "customer", "email"),
        "ada@example.com\r\nBcc: eve@example.com",
    ),
    "a name of 200 kB": (("data", "customer", "name"), "n" * 200_000),
    "a name that is no text": (("data", "customer", "name"), LONE_SURROGATE),
    "a note that is no text": (("data", "note"), LONE_SURROGATE),
}


def hostile(envelope: events.Envelope[Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    event = builders.on_bus(envelope)
    inner = event["detail"]
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return event


def put(cloud: Any, event: dict[str, Any], **changes: str) -> None:
    entry = {
        "EventBusName": "cart-local",
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        **changes,
    }
    assert cloud.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def runs_of(cloud: Any, function: str) -> list[tuple[int, str | None]]:
    runs = cloud.state()["invocations"]
    return [(run["attempt"], run["error"]) for run in runs if run["function"] == function]


def dead_letters(cloud: Any) -> dict[str, Any]:
    queues = cloud.state()["queues"].items()
    return {name: queue for name, queue in queues if "dlq" in name and any(queue.values())}


def logged_text(cloud: Any) -> str:
    return "\n".join(hop.note for hop in cloud.hops() if hop.kind == "log")


def test_events_that_no_consumer_can_use_are_refused_once_and_kept(cloud):
    for path, value in HOSTILE.values():
        put(cloud, hostile(builders.item_added(), path, value))
    cloud.advance(DAY)
    # An event without data has no address, so the rule of schedule_reminder leaves it out.
    assert runs_of(cloud, "persist_cart") == [(1, None)] * len(HOSTILE)
    assert runs_of(cloud, "schedule_reminder") == [(1, None)] * (len(HOSTILE) - 1)
    assert runs_of(cloud, "record_failure") == [(1, None)] * (2 * len(HOSTILE) - 1)
    assert runs_of(cloud, "send_reminder") == []
    assert not [hop for hop in cloud.hops() if hop.what == "cart-local-results"]
    assert dead_letters(cloud) == {}
    assert cloud.inbox == []
    assert "@example.com" not in logged_text(cloud)


def test_an_event_of_a_foreign_source_reaches_nobody(cloud):
    put(cloud, builders.on_bus(builders.item_added()), Source="somebody.else")
    cloud.advance(DAY)
    assert cloud.state()["invocations"] == []


def test_bad_messages_do_not_hold_up_a_good_one_of_their_batch(cloud, ada):
    concerned = [case for case in HOSTILE.values() if case[0][-1] not in {"sku", "quantity"}]
    messages = [hostile(builders.reminder_due(), *case) for case in concerned]
    messages.append(hostile(builders.reminder_due(), ("data", "window"), "soon"))
    ada.add(MUG)
    cloud.settle()
    sqs = cloud.client("sqs")
    queue = sqs.get_queue_url(QueueName="cart-reminders-local")["QueueUrl"]
    for message in messages:
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(message))
    for text in ("no JSON", "[" * 100_000):
        sqs.send_message(QueueUrl=queue, MessageBody=text)
    cloud.advance(2 * DAY)
    assert [mail.to for mail in cloud.inbox] == [("ada@example.com",)]
    assert dead_letters(cloud) == {}
    assert not any(cloud.state()["queues"]["cart-reminders-local"].values())
    outcomes = Counter(
        hop.outcome for hop in cloud.hops() if (hop.kind, hop.what) == ("log", "send_reminder")
    )
    assert outcomes == {"failed": len(messages) + 2, "sent": 1}
    assert "@example.com" not in logged_text(cloud)


def test_a_forged_report_of_lambda_is_kept_as_what_it_is(cloud):
    report = {"source": "lambda", "detail-type": FAILED, "detail": {"requestContext": 7}}
    put(cloud, report)
    cloud.advance(DAY)
    assert runs_of(cloud, "record_failure") == [(1, None)]
    [item] = cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
    assert item["pk"]["S"] == "CART#unknown"
    assert dead_letters(cloud) == {}


def test_an_address_that_nobody_has_verified_gets_no_mail_and_has_a_cart(cloud):
    token = cloud.sign_in("eve@example.com", "Eve", verified=False)
    headers = {"Authorization": f"Bearer {token}"}
    body = json.dumps({"sku": MUG, "quantity": 2})
    assert cloud.request("POST", "/cart", headers, body).status == 202
    cloud.settle()
    cart = cloud.request("GET", "/cart", headers).json()
    assert (cart["total"], cart["reminder_due_at"]) == (2900, None)
    cloud.advance(3 * DAY)
    assert cloud.inbox == []
    assert runs_of(cloud, "schedule_reminder") == []
