import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from infra.local.aws.cognito import signing_key
from infra.local.engine.http import Response
from tests.support.seconds import HOUR
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Shop


def claims_in(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )
    return claims


def order(shop: Shop, authorization: str | None) -> Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return shop.cloud.request("POST", "/orders", headers, "{}")


@pytest.fixture(autouse=True)
def _api_answers(shop: Shop) -> None:
    shop.api.answers = [{"statusCode": 200, "body": "{}"}] * 9


def test_a_token_has_cognitos_claims(shop: Shop) -> None:
    claims = claims_in(shop.cloud.sign_in("ada@example.com", "Ada"))
    assert claims["iss"].startswith("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_")
    assert claims["email"] == "ada@example.com"
    assert claims["email_verified"] is True
    assert claims["name"] == "Ada"
    assert claims["token_use"] == "id"
    assert claims["iat"] == claims["auth_time"] == NOON.timestamp()
    assert claims["exp"] == NOON.timestamp() + HOUR
    assert claims["cognito:username"] == claims["sub"]


def test_a_customer_without_a_name_has_no_such_claim(shop: Shop) -> None:
    assert "name" not in claims_in(shop.cloud.sign_in("ada@example.com"))


def test_the_same_address_is_the_same_customer(shop: Shop) -> None:
    first = claims_in(shop.cloud.sign_in("ada@example.com", "Ada"))
    again = claims_in(shop.cloud.sign_in("ADA@example.com"))
    other = claims_in(shop.cloud.sign_in("bob@example.com"))
    assert first["sub"] == again["sub"] != other["sub"]
    assert again["name"] == "Ada"


@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_a_token_lets_a_request_through(shop: Shop, prefix: str) -> None:
    token = shop.cloud.sign_in("ada@example.com")
    assert order(shop, prefix + token).status == 200


def test_claims_arrive_as_the_strings_that_api_gateway_makes(shop: Shop) -> None:
    token = shop.cloud.sign_in("ada@example.com")
    order(shop, token)
    claims = shop.api.events[0]["requestContext"]["authorizer"]["claims"]
    assert claims["sub"] == claims_in(token)["sub"]
    assert claims["email_verified"] == "true"
    assert claims["exp"] == "Mon Mar 02 13:00:00 UTC 2026"
    assert claims["auth_time"] == str(int(NOON.timestamp()))


def test_a_token_is_valid_for_an_hour(shop: Shop) -> None:
    token = shop.cloud.sign_in("ada@example.com")
    shop.cloud.advance(HOUR - 1)
    assert order(shop, token).status == 200
    shop.cloud.advance(1)
    assert order(shop, token).status == 401


def forged(shop: Shop, key: Any, alg: str = "RS256", **changes: Any) -> str:
    claims = claims_in(shop.cloud.sign_in("ada@example.com")) | changes
    return jwt.encode({"alg": alg}, claims, key)


def test_a_token_signed_by_another_key_is_refused(shop: Shop) -> None:
    assert order(shop, forged(shop, RSAKey.generate_key(2048))).status == 401


def test_a_token_signed_with_a_shared_secret_is_refused(shop: Shop) -> None:
    assert order(shop, forged(shop, OctKey.generate_key(256), "HS256")).status == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "garbage",
        "a.b.c",
        "Bearer \x00",
        "é",
        "Basic YTpi",
        "." * 9000,
    ],
)
def test_anything_else_is_refused(shop: Shop, authorization: str | None) -> None:
    response = order(shop, authorization)
    assert response.status == 401
    assert response.json()["error"]["code"] == "unauthorized"
    assert shop.api.events == []


def test_a_token_that_was_tampered_with_is_refused(shop: Shop) -> None:
    header, payload, signature = shop.cloud.sign_in("ada@example.com").split(".")
    claims = claims_in(f"{header}.{payload}.{signature}") | {"sub": "somebody-else"}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert order(shop, f"{header}.{payload}.{signature}").status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"iss": "https://example.com"},
        {"token_use": "access"},
        {"exp": 0},
    ],
)
def test_a_token_for_something_else_is_refused(shop: Shop, changes: dict[str, Any]) -> None:
    assert order(shop, forged(shop, signing_key(), **changes)).status == 401
    assert order(shop, forged(shop, signing_key())).status == 200
