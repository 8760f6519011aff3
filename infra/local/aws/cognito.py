"""Amazon Cognito: signs customers in and checks their tokens as a REST API does.

Where customers are those of another issuer, it stands in for that one: the tokens are the issuer's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization, RSAKey

from infra.local.engine.engine import Engine

TOKEN_LIFETIME: Final = timedelta(hours=1)
ALGORITHM: Final = "RS256"


@dataclass(frozen=True)
class _User:
    sub: str
    email: str
    attributes: Mapping[str, str]


class Identity:
    """One user pool and its client, or an OpenID Connect issuer and its client."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool_id = ""
        self._client_id = ""
        self._issuer = ""
        self._users: dict[str, _User] = {}

    def use_pool(self, pool_id: str) -> None:
        """Sign customers in to this user pool."""
        self._pool_id = pool_id
        region = self._engine.account.region
        self._issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"

    def use_client(self, client_id: str) -> None:
        """Issue tokens for this client of the user pool."""
        self._client_id = client_id

    def use_issuer(self, issuer: str, client_id: str) -> None:
        """Issue tokens in the name of this issuer; it may be the user pool itself."""
        self._issuer, self._client_id = issuer, client_id
        if not issuer.endswith(f"/{self._pool_id}"):
            self._pool_id = ""

    def key_set(self) -> KeySetSerialization:
        """Return the public keys as an issuer publishes them."""
        return KeySet([signing_key()]).as_dict(private=False)

    def sign_in(
        self,
        email: str,
        name: str | None = None,
        *,
        verified: bool = True,
        locale: str | None = None,
        time_zone: str | None = None,
    ) -> str:
        """Return an id token for the customer with this address, who need not exist before.

        ``verified`` tells whether they have shown that it is theirs; what is None stays as it is.
        The token is valid for an hour of the clock. As in Cognito, letter case does not make
        another address.
        """
        given = {"name": name, "locale": locale, "zoneinfo": time_zone}
        attributes = {claim: each for claim, each in given.items() if each}
        with self._engine.agenda.lock:
            token = self._token_of(self._user(email, attributes), verified=verified)
        self._engine.journal.record("cloud", "sign-in", "succeeded")
        return token

    def _token_of(self, user: _User, *, verified: bool) -> str:
        now = int(self._engine.clock.now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._client_id,
            "auth_time": now,
            "iat": now,
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
            **user.attributes,
            "email": user.email,
            "email_verified": verified,
            **(self._claims_of_pool(user) if self._pool_id else {"sub": f"local|{user.sub}"}),
        }
        return jwt.encode({"alg": ALGORITHM, "kid": signing_key().kid}, claims, signing_key())

    def change_address(self, email: str, to: str) -> None:
        """Have a customer who signed in with one address be known by another one."""
        self._users[to.lower()] = replace(self._users.pop(email.lower()), email=to)

    def verify(self, token: str) -> dict[str, str] | None:
        """Return the claims of a valid id token as API Gateway passes them, otherwise None."""
        try:
            claims = jwt.decode(token, signing_key(), algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        valid = (
            claims.get("iss") == self._issuer
            and claims.get("aud") == self._client_id
            and claims.get("token_use") == "id"
            and claims.get("exp", 0) > self._engine.clock.now().timestamp()
        )
        return {name: _as_string(name, value) for name, value in claims.items()} if valid else None

    def _claims_of_pool(self, user: _User) -> dict[str, str]:
        """Return what Cognito says beyond what every issuer does."""
        return {
            "sub": user.sub,
            "cognito:username": user.sub,
            "origin_jti": self._engine.identifiers.uuid(),
            "event_id": self._engine.identifiers.uuid(),
            "token_use": "id",
            "jti": self._engine.identifiers.uuid(),
        }

    def _user(self, email: str, attributes: Mapping[str, str]) -> _User:
        known = self._users.get(email.lower())
        user = _User(
            sub=known.sub if known else self._engine.identifiers.uuid(),
            email=known.email if known else email,
            attributes={**(known.attributes if known else {}), **attributes},
        )
        self._users[email.lower()] = user
        return user


@cache
def signing_key() -> RSAKey:
    """Return this process's signing key."""
    return RSAKey.generate_key(2048, {"kid": "local", "use": "sig"})


def _as_string(name: str, value: Any) -> str:
    """Return a claim as API Gateway has it in ``requestContext``: always a string."""
    if isinstance(value, bool):
        return str(value).lower()
    if name in {"exp", "iat"}:
        return _readable(value)
    return str(value)


def _readable(seconds: int) -> str:
    """Return a time as API Gateway writes it, such as "Fri Jan 02 03:04:05 UTC 2026"."""
    return f"{datetime.fromtimestamp(seconds, UTC):%a %b %d %H:%M:%S UTC %Y}"
