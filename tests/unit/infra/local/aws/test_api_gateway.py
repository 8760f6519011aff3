import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.http import Response
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Shop, ShopProject

PARTNER, OTHER = "http://localhost:5173", "https://other.example.com"
OK = {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}


def get(shop: Shop, target: str, **headers: str) -> Response:
    shop.api.answers = [OK]
    return shop.cloud.request("GET", target, headers)


def code(response: Response) -> str:
    return str(response.json()["error"]["code"])


def test_the_event_is_that_of_a_lambda_proxy_integration(shop: Shop) -> None:
    shop.api.answers = [OK]
    headers = [("Accept", "a"), ("Accept", "b"), ("User-Agent", "curl")]
    shop.cloud.request("GET", "/orders/7?x=1&x=2&y=", headers)
    (event,) = shop.api.events
    context = event.pop("requestContext")
    assert event == {
        "resource": "/orders/{order}",
        "path": "/orders/7",
        "httpMethod": "GET",
        "headers": {"Accept": "b", "User-Agent": "curl"},
        "multiValueHeaders": {"Accept": ["a", "b"], "User-Agent": ["curl"]},
        "queryStringParameters": {"x": "2", "y": ""},
        "multiValueQueryStringParameters": {"x": ["1", "2"], "y": [""]},
        "pathParameters": {"order": "7"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    assert context["resourcePath"] == "/orders/{order}"
    assert context["httpMethod"] == "GET"
    assert context["accountId"] == "123456789012"
    assert context["stage"] == "api"
    assert context["requestTime"] == "02/Mar/2026:12:00:00 +0000"
    assert context["requestTimeEpoch"] == 1772452800000
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "curl"
    assert "authorizer" not in context


def test_what_is_absent_is_null(shop: Shop) -> None:
    get(shop, "/open")
    (event,) = shop.api.events
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None
    assert event["pathParameters"] is None


def test_a_literal_path_goes_before_a_variable_one(shop: Shop) -> None:
    get(shop, "/orders/latest")
    assert shop.api.events[0]["resource"] == "/orders/latest"


def test_a_trailing_slash_does_not_matter(shop: Shop) -> None:
    assert get(shop, "/orders/7/").status == 200
    assert shop.api.events[0]["pathParameters"] == {"order": "7"}


@pytest.mark.parametrize("path", ["/nothing", "/orders/7/lines", "//", "*", "/orders%2F7"])
def test_an_unknown_path_is_not_found(shop: Shop, path: str) -> None:
    response = get(shop, path)
    assert (response.status, code(response)) == (404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "HEAD", "OPTIONS", "BREW"])
def test_another_method_is_not_allowed(shop: Shop, method: str) -> None:
    response = shop.cloud.request(method, "/orders/7")
    assert (response.status, code(response)) == (405, "method_not_allowed")
    assert ("Allow", "GET") in response.headers


@pytest.mark.parametrize(
    ("origins", "readable_by"), [((), None), ((PARTNER,), PARTNER), ((PARTNER, OTHER), "*")]
)
@pytest.mark.parametrize("path", ["/nothing", "/orders"])
def test_allowed_origins_read_the_gateways_own_errors_by_a_header_that_is_always_the_same(
    project: ShopProject,
    origins: tuple[str, ...],
    readable_by: str | None,
    path: str,
) -> None:
    project.allowed_origins = origins
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        answer = cloud.request("POST", path, {"Origin": OTHER})
    assert answer.status in {401, 404}
    assert dict(answer.headers).get("Access-Control-Allow-Origin") == readable_by


@pytest.mark.parametrize(
    "target", ["/orders/%ZZ", "/orders/%00", "/orders/a?%ff=%", "/orders/é?=&&"]
)
def test_odd_encodings_reach_the_function_as_they_are(shop: Shop, target: str) -> None:
    assert get(shop, target).status == 200
    assert shop.api.events[0]["path"] == target.partition("?")[0]


@pytest.mark.parametrize("part", ["MUG%2DSTONE", "a%2Fb", "%C3%A9", "%252D", "a+b", "a%20b"])
def test_path_parameters_stay_encoded_as_a_rest_api_passes_them(shop: Shop, part: str) -> None:
    """Their decoding is the function's, once: aws/chalice#511, serverless/serverless#5037."""
    get(shop, f"/orders/{part}")
    assert shop.api.events[0]["pathParameters"] == {"order": part}


def test_a_body_is_text_whatever_its_bytes(shop: Shop) -> None:
    shop.api.answers = [OK]
    token = shop.cloud.sign_in("ada@example.com")
    shop.cloud.request("POST", "/orders", {"Authorization": token}, b'{"a": "\xff\x00"}')
    assert shop.api.events[0]["body"] == '{"a": "�\x00"}'


def test_a_body_of_a_binary_type_is_base64(shop: Shop) -> None:
    gateway = shop.cloud.parts.gateway
    assert gateway.api
    api = replace(gateway.api, binary_types=frozenset({"image/png"}))
    gateway.deploy(api)
    shop.api.answers = [{"statusCode": 200, "isBase64Encoded": True, "body": "/w=="}]
    token = shop.cloud.sign_in("ada@example.com")
    headers = {"Authorization": token, "Content-Type": "image/png"}
    response = shop.cloud.request("POST", "/orders", headers, b"\xff")
    assert base64.b64decode(shop.api.events[0]["body"]) == b"\xff"
    assert shop.api.events[0]["isBase64Encoded"] is True
    assert response.body == b"\xff"


def test_a_body_over_ten_megabytes_is_too_large(shop: Shop) -> None:
    token = shop.cloud.sign_in("ada@example.com")
    body = b"x" * (10 * 1024 * 1024 + 1)
    response = shop.cloud.request("POST", "/orders", {"Authorization": token}, body)
    assert (response.status, code(response)) == (413, "request_too_large")


def test_headers_with_several_values_are_kept(shop: Shop) -> None:
    shop.api.answers = [{"statusCode": 200, "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}}]
    response = shop.cloud.request("GET", "/open")
    assert list(response.headers) == [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    assert response.body == b""


@pytest.mark.parametrize(
    "answer",
    [
        RuntimeError("ada@example.com"),
        None,
        "text",
        {},
        {"statusCode": "x"},
        {"statusCode": 200, "body": 1},
        {"statusCode": 0},
        {"statusCode": 100},
        {"statusCode": 600},
    ],
)
def test_a_function_that_fails_or_answers_nonsense_is_a_bad_gateway(
    shop: Shop, answer: Any
) -> None:
    shop.api.answers = [answer]
    response = shop.cloud.request("GET", "/open")
    assert (response.status, code(response)) == (502, "internal_error")
    assert "ada" not in json.dumps(response.json())
    assert not any("ada@" in hop.note for hop in shop.cloud.hops())


def test_each_request_is_one_hop(shop: Shop) -> None:
    shop.api.answers = [{"statusCode": 202, "body": json.dumps({"request_id": "r-1"})}]
    shop.cloud.request("GET", "/orders/7")
    (hop,) = [hop for hop in shop.cloud.hops() if hop.kind == "request"]
    assert (hop.what, hop.outcome, hop.ref) == ("GET /orders/7", "202", "r-1")


def exchanged_in(shop: Shop, body: bytes) -> Any:
    token = shop.cloud.sign_in("ada@example.com")
    shop.api.answers = [{"statusCode": 200, "body": json.dumps({"guest_token": "secret"})}]
    shop.cloud.request("POST", "/orders", {"Authorization": token}, body)
    (hop,) = [hop for hop in shop.cloud.hops() if hop.kind == "request"]
    return hop.payload


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"guest_token": "secret", "a": 1}', {"guest_token": "(hidden)", "a": 1}),
        (b'[[{"x": {"Token": ["secret"]}}]]', [[{"x": {"Token": "(hidden)"}}]]),
    ],
)
def test_what_is_kept_of_a_request_has_no_token(shop: Shop, body: bytes, kept: object) -> None:
    payload = exchanged_in(shop, body)
    assert payload == {"request": kept, "answer": {"guest_token": "(hidden)"}}


def test_a_large_body_is_not_kept(shop: Shop) -> None:
    payload = exchanged_in(shop, json.dumps({"a": "x" * 20_000}).encode())
    assert payload == {"answer": {"guest_token": "(hidden)"}}


@pytest.mark.parametrize("body", [b"[" * 10_000, b"{", b"\xff"])
def test_a_body_that_cannot_be_shown_is_answered_all_the_same(shop: Shop, body: bytes) -> None:
    assert exchanged_in(shop, body) is None


def test_a_token_nested_beyond_measure_is_not_valid(shop: Shop) -> None:
    header = base64.urlsafe_b64encode(b"[" * 30_000).decode().rstrip("=")
    response = shop.cloud.request("POST", "/orders", {"Authorization": f"Bearer {header}.e30.x"})
    assert (response.status, code(response)) == (401, "unauthorized")
