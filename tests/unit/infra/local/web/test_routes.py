import json
from typing import Any

import pytest

from infra.local.engine.http import Request, Response
from infra.local.web import routes
from tests.unit.infra.local.conftest import Shop


def call(shop: Shop, name: str, fields: object = None, method: str = "POST") -> Response:
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return routes.handle(shop.cloud, Request(method, f"/_local/{name}", body=body))


def test_sign_in_gives_a_token_that_the_api_takes(shop: Shop) -> None:
    shop.api.answers = [{"statusCode": 200}]
    answer = call(shop, "sign-in", {"email": "ada@example.com", "name": "Ada"})
    token = answer.json()["id_token"]
    assert shop.cloud.request("POST", "/orders", {"Authorization": token}).status == 200


def claims_of(shop: Shop, **fields: object) -> dict[str, str]:
    """Sign in, and return the claims that a function gets."""
    shop.api.answers = [{"statusCode": 200}]
    token = call(shop, "sign-in", {"email": "ada@example.com", **fields}).json()["id_token"]
    shop.cloud.request("POST", "/orders", {"Authorization": token})
    claims: dict[str, str] = shop.api.events[-1]["requestContext"]["authorizer"]["claims"]
    return claims


def test_sign_in_takes_what_is_known_of_a_customer(shop: Shop) -> None:
    claims = claims_of(shop, locale="de-AT", time_zone="Europe/Vienna", verified=False)
    assert claims["locale"] == "de-AT"
    assert claims["zoneinfo"] == "Europe/Vienna"
    assert claims["email_verified"] == "false"


def test_what_sign_in_is_not_told_stays_as_it_was(shop: Shop) -> None:
    first = claims_of(shop, name="Ada", locale="de", time_zone="Europe/Vienna")
    second = claims_of(shop, locale="en")
    assert (second["name"], second["zoneinfo"], second["locale"]) == ("Ada", "Europe/Vienna", "en")
    assert second["email_verified"] == "true"
    assert second["sub"] == first["sub"]


def test_a_customer_of_whom_nothing_is_known_has_no_such_claims(shop: Shop) -> None:
    assert not {"name", "locale", "zoneinfo"} & claims_of(shop).keys()


def test_state_has_the_documented_keys(shop: Shop) -> None:
    state = call(shop, "state", method="GET").json()
    parts = {"now", "events", "invocations", "schedules", "queues", "inbox", "third_parties"}
    assert set(state) == parts
    assert state["now"] == "2026-03-02T12:00:00.000Z"
    assert state["queues"]["parcels"] == {"visible": 0, "in_flight": 0, "delayed": 0}


def test_the_clock_answers_when_all_that_became_due_is_done(shop: Shop) -> None:
    shop.schedule("wake-up", "at(2026-03-03T12:00:00)")
    answer = call(shop, "clock", {"advance_seconds": 90_000})
    assert answer.json() == {"now": "2026-03-03T13:00:00Z"}
    assert len(shop.bill.events) == 1


def test_a_fault_can_be_armed_and_taken_back(shop: Shop) -> None:
    assert call(shop, "faults", {"target": "function:bill", "fail_next": 3}).status == 200
    assert call(shop, "faults", {"target": "function:bill", "fail_next": 0}).status == 200
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    assert len(shop.bill.events) == 1


def test_redriving_tells_how_many_messages_it_moved(shop: Shop) -> None:
    assert call(shop, "redrive", {"queue": "dead-parcels"}).json() == {"moved": 0}


def test_a_replay_tells_how_many_events_it_brings(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    span = {"from": "2026-03-02T11:00:00Z", "to": "2026-03-02T13:00:00+00:00"}
    assert call(shop, "replay", span).json() == {"replayed": 1}
    assert call(shop, "replay", {**span, "rule": "to-bill"}).json() == {"replayed": 1}


def test_a_time_without_a_zone_is_utc(shop: Shop) -> None:
    shop.put("Ordered", order=1)
    span = {"from": "2026-03-02T11:59:00", "to": "2026-03-02T12:01:00"}
    assert call(shop, "replay", span).json() == {"replayed": 1}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("sign-in", {}),
        ("sign-in", {"email": ""}),
        ("sign-in", {"email": 7}),
        ("sign-in", {"email": "ada"}),
        ("sign-in", {"email": "a@b@c"}),
        ("sign-in", {"email": "a\n@example.com"}),
        ("sign-in", {"email": "ada@example.com", "name": 7}),
        ("sign-in", {"email": "ada@example.com", "locale": 7}),
        ("sign-in", {"email": "ada@example.com", "time_zone": ""}),
        ("sign-in", {"email": "ada@example.com", "verified": "false"}),
        ("sign-in", {"email": "ada@example.com", "verified": 0}),
        ("sign-in", {"email": "ada@example.com", "verified": None}),
        ("sign-in", {"email": "ada@example.com", "name": "A" * 1_001}),
        ("sign-in", b'{"email": "ada@example.com", "name": "\\ud800"}'),
        ("bounce", {"email": "ada@example.com"}),
        ("bounce", {"email": "ada@example.com", "kind": "spam"}),
        ("bounce", {"email": "ada@example.com", "kind": "bounce"}),  # nothing publishes it here
        ("clock", {}),
        ("clock", {"advance_seconds": -1}),
        ("clock", {"advance_seconds": "1"}),
        ("clock", {"advance_seconds": True}),
        ("clock", {"advance_seconds": 1e99}),
        ("clock", b'{"advance_seconds": 1e999}'),
        ("clock", b'{"advance_seconds": -1e999}'),
        ("clock", b'{"advance_seconds": 1' + b"0" * 400 + b"}"),
        ("clock", b'{"advance_seconds": 1' + b"0" * 5_000 + b"}"),
        ("clock", b'{"advance_seconds": 1, "more": [{"deep": 1e999}]}'),
        ("clock", b'{"advance_seconds": NaN}'),
        ("clock", b'{"advance_seconds": Infinity}'),
        ("faults", {"target": "ses"}),
        ("faults", {"target": "ses", "fail_next": 1.5}),
        ("faults", b'{"target": "ses", "fail_next": Infinity}'),
        ("faults", b'{"target": "ses", "fail_next": 1e999}'),
        ("faults", b'{"target": "ses", "fail_next": -1e999}'),
        ("faults", {"target": "ses", "fail_next": 1e300}),
        ("faults", {"target": "ses", "fail_next": 10**400}),
        ("faults", {"target": "ses", "fail_next": 1_000_001}),
        ("faults", {"target": "ses", "fail_next": -1}),
        ("faults", {"target": "s3", "fail_next": 1}),
        ("faults", {"target": "function:nobody", "fail_next": 1}),
        ("faults", {"target": "ses", "fail_next": 1, "error": 5}),
        ("redrive", {}),
        ("redrive", {"queue": "nowhere"}),
        ("redrive", {"queue": "undeliverable"}),
        ("replay", {"from": "yesterday", "to": "today"}),
        ("replay", {"from": "2026-03-02T11:00:00Z"}),
        ("replay", {"from": "0001-01-01T00:00:00+14:00", "to": "2026-03-02"}),
        ("replay", {"from": "2026-03-02", "to": "9999-12-31T23:59:59-14:00"}),
        ("replay", {"from": "2026-03-01", "to": "2026-03-02", "rule": "nothing"}),
        ("clock", b""),
        ("clock", b"["),
        ("clock", b"[1]"),
        ("clock", b"\xff"),
        ("clock", b"[" * 50_000),
        ("clock", b" " * 70_000),
    ],
)
def test_bad_input_is_a_bad_request_in_the_shape_of_all_errors(
    shop: Shop, name: str, fields: Any
) -> None:
    response = call(shop, name, fields)
    assert response.status == 400
    error = response.json()["error"]
    assert error["code"] == "malformed_request"
    assert error["message"].endswith(".")
    assert "Error" not in error["message"]


def test_a_defect_is_not_told_as_a_bad_request(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop.cloud, "advance", {}.__getitem__)
    with pytest.raises(KeyError):
        call(shop, "clock", {"advance_seconds": 1})


def test_another_method_is_not_allowed(shop: Shop) -> None:
    response = call(shop, "clock", method="GET")
    assert (response.status, response.json()["error"]["code"]) == (405, "method_not_allowed")


def test_an_unknown_path_is_not_found(shop: Shop) -> None:
    assert call(shop, "nothing").status == 404
