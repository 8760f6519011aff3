"""How far an event got: what to look at when something did not come of it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.operations.verify.visit import Visit


def trail_of(visit: Visit, event_id: str, consumer: str = "persist_cart") -> str:
    """Say in a sentence or more where an event was seen, and what became a dead letter since.

    ``consumer`` is the function whose result is awaited.
    """
    return " ".join([_on_the_bus(visit, event_id, consumer), *dead_letters(visit)])


def _on_the_bus(visit: Visit, event_id: str, consumer: str) -> str:
    came = any(
        event["detail"].get("metadata", {}).get("event_id") == event_id
        for event in visit.deployed.events()
    )
    if not came:
        return "Its event did not come to the bus."
    results = sorted({_result_in(event) for event in visit.events_about(event_id)})
    told = f"; reported were: {', '.join(results)}" if results else ""
    function = visit.deployed.names.function(consumer)
    if any(result.startswith(f"{function} ") for result in results):
        return f"Its event came to the bus{told}."
    return (
        f"Its event came to the bus{told}. {function} has reported nothing: does its rule match, "
        "may the rule invoke it, and does its role let it work and report?"
    )


def _result_in(event: Mapping[str, Any]) -> str:
    detail = event["detail"]
    function = detail["requestContext"]["functionArn"].split(":")[6]
    answer = detail.get("responsePayload") or {}
    result = answer.get("errorType") or answer.get("action") or "done"
    return f"{function} {detail['requestContext']['condition']} ({result})"


def dead_letters(visit: Visit) -> Iterator[str]:
    """Give a sentence for each dead-letter queue that holds more than at the beginning."""
    for name in visit.more_dead_letters():
        reasons = ", ".join(sorted(set(_reasons(visit, name))))
        yield f"{name} has got messages: {reasons or 'they cannot be read yet'}."


def _reasons(visit: Visit, queue: str) -> Iterator[str]:
    """Give why messages are in a queue, as far as they say; they stay there."""
    sqs = visit.deployed.client("sqs")
    answer = sqs.receive_message(
        QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"],
        MaxNumberOfMessages=10,
        VisibilityTimeout=1,
        MessageAttributeNames=["All"],
    )
    for message in answer.get("Messages", []):
        attributes = {
            name: value.get("StringValue", "")
            for name, value in message.get("MessageAttributes", {}).items()
        }
        if "ERROR_CODE" in attributes:
            source = attributes.get("RULE_ARN") or attributes.get("SCHEDULE_ARN", "")
            kind = "rule" if "RULE_ARN" in attributes else "schedule group"
            name = source.split("/")[-1 if kind == "rule" else 1] if "/" in source else source
            yield f"{attributes['ERROR_CODE']} of {kind} {name}"
        else:
            yield _failed_function(message["Body"])


def _failed_function(body: str) -> str:
    try:
        context = json.loads(body)["requestContext"]
        return f"{context['functionArn'].split(':')[6]} {context['condition']}"
    except (ValueError, KeyError, TypeError, IndexError):
        return "a message that was received too often"
