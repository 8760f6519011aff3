"""What rules write to a log group."""

from typing import Any

import pytest

from infra.local.engine.delivery import DeliveryError

GROUP = "cart-local-results"
ARN = f"arn:aws:logs:eu-central-1:123456789012:log-group:/aws/events/{GROUP}"


@pytest.fixture(autouse=True)
def group(cloud: Any) -> None:
    cloud.parts.logs.create(f"/aws/events/{GROUP}")


def written(cloud: Any) -> list[Any]:
    return [hop for hop in cloud.hops() if (hop.kind, hop.what) == ("log", GROUP)]


def test_a_line_of_json_is_found_by_the_ids_in_it(cloud):
    message = '{"outcome": "counted", "attempt": 2, "event_id": "e", "correlation_id": "c"}'
    cloud.parts.engine.targets.send(ARN, {"timestamp": 1, "message": message}, {})
    [line] = written(cloud)
    assert (line.ref, line.correlation_id, line.outcome) == ("e", "c", "counted")
    assert "attempt=2" in line.note


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
    assert written(cloud) == []


def test_a_text_that_is_no_json_is_logged_as_it_is(cloud):
    cloud.parts.engine.targets.send(ARN, {"timestamp": 1, "message": "persisted\nit"}, {})
    [line] = written(cloud)
    assert line.note == "persisted it"


def test_a_group_that_is_not_there_is_an_error(cloud):
    with pytest.raises(LookupError):
        cloud.parts.logs.get("nowhere")
