"""Which tokens the JWT authorizer of an HTTP API lets in, and what it says of them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from infra.local.aws.json_web_tokens import JwtAuthorizer
from tests.support.times import NOON

ISSUER = "https://login.example.com/"
NOW = int(NOON.timestamp())
KEY = RSAKey.generate_key(2048, {"kid": "one"})
NEXT_KEY = RSAKey.generate_key(2048, {"kid": "two"})
STRANGERS_KEY = RSAKey.generate_key(2048, {"kid": "one"})
CLAIMS = {"iss": ISSUER, "aud": "page", "sub": "auth0|1", "exp": NOW + 1, "iat": NOW}

Sign = Callable[..., str]


def sign(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **claims: Any) -> str:
    header = {"alg": algorithm} | ({} if kid is None else {"kid": kid})
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return jwt.encode(header, kept, key, [algorithm])


def claims_of(token: str) -> Mapping[str, str] | None:
    keys = KeySet([KEY, NEXT_KEY]).as_dict(private=False)
    return JwtAuthorizer(ISSUER, ("page", "app"), lambda: keys).claims(token, NOON)


@pytest.mark.parametrize(
    "token",
    [
        sign(),
        sign(NEXT_KEY, kid="two"),
        sign(algorithm="RS512"),
        sign(aud="app"),
        sign(aud=["another", "page"]),
        sign(aud=None, client_id="page"),
        sign(nbf=NOW),
    ],
)
def test_a_token_of_the_issuer_for_one_of_the_audience_is_let_in(token: str) -> None:
    claims = claims_of(token)
    assert claims is not None
    assert claims["sub"] == "auth0|1"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        "a.b.c",
        "[" * 2000,
        sign()[:-6],
        sign(STRANGERS_KEY),
        sign(kid="three"),
        sign(kid=None),
        sign(NEXT_KEY, kid="one"),
        sign(OctKey.import_key("s" * 32), "HS256"),
        f"eyJhbGciOiJub25lIiwia2lkIjoib25lIn0.{sign().split('.')[1]}.",
        sign(iss="https://login.example.com"),
        sign(iss="https://stranger.example.com/"),
        sign(iss=None),
        sign(aud="another"),
        sign(aud=["another"]),
        sign(aud=None),
        sign(aud="another", client_id="page"),
        sign(exp=NOW),
        sign(exp=None),
        sign(exp="tomorrow"),
        sign(nbf=NOW + 1),
        sign(iat=NOW + 1),
    ],
)
def test_every_other_token_is_refused(token: str) -> None:
    assert claims_of(token) is None


def test_claims_are_texts() -> None:
    claims = claims_of(sign(email_verified=True, groups=["a", "b"], auth_time=NOW, ratio=0.5))
    assert claims is not None
    assert claims["email_verified"] == "true"
    assert claims["groups"] == "[a b]"
    assert claims["auth_time"] == str(NOW)
    assert claims["ratio"] == "0.5"
