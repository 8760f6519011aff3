"""A cart is its customer's: no token, id, path or header of anybody else's opens it."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from app import app
from chalicelib.domain.identities import cart_of
from infra.local.aws.cognito import signing_key
from infra.local.cloud import LocalCloud
from tests.end_to_end.conftest import ISSUER
from tests.support.products import MUG
from tests.support.seconds import HOUR

pytestmark = pytest.mark.usefixtures("gateway")

SOME_ID = "0192f0c1-0000-7000-8000-000000000000"
PRIVATE = [
    (method, path.replace("{sku}", MUG).replace("{request_id}", SOME_ID))
    for path, methods in app.routes.items()
    for method, entry in methods.items()
    if entry.authorizer
]
BODY = json.dumps({"sku": MUG, "quantity": 1})


def claims_of(cloud: LocalCloud, email: str) -> dict[str, Any]:
    return dict(jwt.decode(cloud.sign_in(email), signing_key(), algorithms=["RS256"]).claims)


def signed(claims: dict[str, Any], key: Any = None, algorithm: str = "RS256") -> str:
    return jwt.encode({"alg": algorithm, "kid": "local"}, claims, key or signing_key(), [algorithm])


ANOTHER_ISSUER = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_another"
WRONG = {
    "none": lambda *_: "",
    "garbage": lambda *_: "garbage",
    "without signature": lambda token, _: f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}.",
    "with an altered signature": lambda token, _: token[:-20] + token[-20:][::-1],
    "signed by another key": lambda _, claims: signed(claims, RSAKey.generate_key(2048)),
    "signed with a shared secret": lambda _, claims: signed(
        claims, OctKey.import_key("s" * 32), "HS256"
    ),
    "for another audience": lambda _, claims: signed(claims | {"aud": "another-client"}),
    "of another issuer": lambda _, claims: signed(claims | {"iss": ANOTHER_ISSUER}),
    "an access token": lambda _, claims: signed(claims | {"token_use": "access"}),
    "expired": lambda _, claims: signed(claims | {"exp": claims["iat"] - 1}),
}
"""What makes a token that is wrong in one way of a right one and its claims."""


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_no_route_of_customers_takes_a_token_that_is_wrong(gateway, cloud, wrong):
    token = wrong(cloud.sign_in("ada@example.com"), claims_of(cloud, "ada@example.com"))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for method, path in PRIVATE:
        answer = cloud.request(method, path, headers, BODY if method == "POST" else "")
        assert answer.status == 401, path
        if gateway == "REST API":  # an HTTP API has a shape of its own
            assert answer.json()["error"]["code"] == "unauthorized", path
    cloud.settle()
    assert cloud.state()["events"] == []


@pytest.mark.parametrize("path", ["/cart", "/cart/requests/{id}"])
@pytest.mark.parametrize(
    "trick",
    [
        lambda ada: {"X-Forwarded-User": ada["sub"], "X-Forwarded-For": "127.0.0.1"},
        lambda ada: {"X-Amzn-Oidc-Identity": ada["sub"], "X-Amzn-Oidc-Data": "eyJhbGciOiJub25lIn0"},
        lambda ada: {"X-Amz-Cognito-Identity-Id": ada["sub"], "X-User-Id": ada["sub"]},
        lambda ada: {"Cart-Id": ada["sub"], "Cookie": f"cart_id={ada['sub']}"},
        lambda ada: {"Guest-Token": ada["sub"], "X-HTTP-Method-Override": "DELETE"},
    ],
)
def test_no_header_makes_one_customer_another(cloud, ada, grace, trick, path):
    request_id = ada.add(MUG, 3).json["request_id"]
    cloud.advance(HOUR)
    headers = trick(claims_of(cloud, "ada@example.com"))
    answer = grace.send("GET", path.replace("{id}", request_id), **headers)
    assert answer.status == 200
    assert answer.json.get("items", []) == []
    assert answer.json.get("status", "pending") == "pending"
    assert "line" not in answer.json
    assert ada.cart()["items"][0]["quantity"] == 3


def test_of_two_tokens_at_once_none_opens_the_cart_of_the_other(cloud, ada, grace):
    ada.add(MUG, 3)
    grace.add(MUG, 2)
    cloud.settle()
    tokens = [cloud.sign_in(f"{name}@example.com") for name in ("grace", "ada")]
    pairs = [("Authorization", f"Bearer {token}") for token in tokens]
    for headers in (pairs, [("Authorization", f"Bearer {tokens[0]}, Bearer {tokens[1]}")]):
        answer = cloud.request("POST", "/cart/checkout", tuple(headers))
        assert answer.status in {202, 401}
    cloud.settle()
    events = [each for each in cloud.state()["events"] if each["detail-type"] == "CartCheckedOut"]
    # The last header counts, and the function knows no other than the one that was verified.
    claims = claims_of(cloud, "ada@example.com")
    owner = cart_of(claims["sub"], claims["iss"] if claims["iss"] == ISSUER else None)
    assert {each["detail"]["data"]["cart_id"] for each in events} == {owner}
    assert grace.cart()["items"][0]["quantity"] == 2


@pytest.mark.parametrize(
    "path",
    [
        "/cart/{sub}",
        "/cart/../cart/{sub}",
        "/cart/%2e%2e/{sub}",
        "/cart?cart_id={sub}",
        "/cart?sub={sub}&claims[sub]={sub}",
        "/cart/requests/../../cart",
        "/cart/requests/{sub}",
        "/cart/requests/{id}%2f..%2f{sub}",
        "/cart/requests/{id}?cart_id={sub}",
        "//cart",
        "/CART",
        "/cart;sub={sub}",
        "/guest/cart/requests/{id}",
    ],
)
def test_no_path_or_query_leads_to_the_cart_of_another(cloud, ada, grace, path):
    request_id = ada.add(MUG, 3).json["request_id"]
    cloud.advance(HOUR)
    ada_id = claims_of(cloud, "ada@example.com")["sub"]
    answer = grace.get(path.format(sub=ada_id, id=request_id))
    assert answer.status in {200, 400, 401, 404, 405}
    assert "quantity" not in json.dumps(answer.json)


def test_no_body_names_the_cart_that_it_is_for(cloud, ada, grace):
    ada_id = claims_of(cloud, "ada@example.com")["sub"]
    for extra in ({"cart_id": ada_id}, {"customer": {"id": ada_id}}, {"sub": ada_id}):
        answer = grace.send("POST", "/cart", {"sku": MUG, "quantity": 1, **extra})
        assert (answer.status, answer.json["error"]["code"]) == (400, "malformed_request")


def test_one_customers_idempotency_key_is_not_the_others(cloud, ada, grace):
    ada.add(MUG, 1, key="order-1")
    grace.add(MUG, 2, key="order-1")
    cloud.settle()
    assert [each.cart()["items"][0]["quantity"] for each in (ada, grace)] == [1, 2]
