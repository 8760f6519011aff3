"""What rules write to a log group."""

from typing import Any

import pytest

from infra.local.engine.delivery import DeliveryError
from tests.support.products import MUG
from tests.support.seconds import MINUTE

pytestmark = pytest.mark.own_shop

RESULTS = "cart-local-results"
ARN = f"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/events/{RESULTS}"


def results(cloud: Any) -> list[Any]:
    return [hop for hop in cloud.hops() if (hop.kind, hop.what) == ("log", RESULTS)]


def test_what_a_consumer_did_is_logged_with_its_attempt_and_the_ids_of_the_event(cloud, ada):
    cloud.faults.arm("function:persist_cart", 1)
    request_id = ada.add(MUG).json["request_id"]
    cloud.advance(MINUTE)
    [line] = [line for line in results(cloud) if "persist_cart" in line.note]
    assert (line.ref, line.correlation_id, line.outcome) == (request_id, request_id, "persisted")
    assert "attempt=2" in line.note
    assert "@" not in line.note


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"timestamp": "2026-03-02T09:10:00Z"},
        {"message": "persisted"},
        {"timestamp": 1, "message": {"outcome": "persisted"}},
        {"timestamp": None, "message": "persisted"},
    ],
)
def test_only_a_time_and_a_text_are_taken(cloud, payload):
    with pytest.raises(DeliveryError) as caught:
        cloud.parts.engine.targets.send(ARN, payload, {})
    assert (caught.value.code, caught.value.retriable) == ("INVALID_PARAMETER", False)
    assert results(cloud) == []


def test_a_text_that_is_no_json_is_logged_as_it_is(cloud):
    cloud.parts.engine.targets.send(ARN, {"timestamp": 1, "message": "persisted\nit"}, {})
    [line] = results(cloud)
    assert line.note == "persisted it"


def test_a_group_that_is_not_there_is_an_error(cloud):
    with pytest.raises(LookupError):
        cloud.parts.logs.get("nowhere")
