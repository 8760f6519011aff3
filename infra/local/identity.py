"""Amazon Cognito: signs customers in and checks their tokens as API Gateway does."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from infra.local.arns import Account
from infra.local.clock import Clock
from infra.local.identifiers import Identifiers
from infra.local.sdk import Sdk

TOKEN_LIFETIME: Final = timedelta(hours=1)
ALGORITHM: Final = "RS256"


class Identity:
    """One user pool and its client; moto keeps the users.

    The tokens are made here: those of moto have neither every claim of Cognito's nor a key that
    is this process's own.
    """

    def __init__(self, account: Account, clock: Clock, identifiers: Identifiers, sdk: Sdk) -> None:
        self._account = account
        self._clock = clock
        self._identifiers = identifiers
        self._sdk = sdk
        self._pool_id = ""
        self._client_id = ""

    def use(self, pool_id: str, client_id: str) -> None:
        """Sign in with this user pool and client."""
        self._pool_id, self._client_id = pool_id, client_id

    def sign_in(self, email: str, name: str | None = None) -> str:
        """Return an id token for the customer with this address, who need not exist before.

        It is valid for an hour of the clock.

        Raises:
            ValueError: Cognito does not take the address or the name.
        """
        attributes = self._user(email, name)
        now = int(self._clock.now().timestamp())
        claims = {
            "sub": attributes["sub"],
            "email_verified": True,
            "iss": self._issuer,
            "cognito:username": attributes["sub"],
            "origin_jti": self._identifiers.uuid(),
            "aud": self._client_id,
            "event_id": self._identifiers.uuid(),
            "token_use": "id",
            "auth_time": now,
            **({"name": attributes["name"]} if "name" in attributes else {}),
            "exp": now + int(TOKEN_LIFETIME.total_seconds()),
            "iat": now,
            "jti": self._identifiers.uuid(),
            "email": attributes["email"],
        }
        return jwt.encode({"alg": ALGORITHM, "kid": _key().kid}, claims, _key())

    def verify(self, token: str) -> dict[str, str] | None:
        """Return the claims of a valid id token as API Gateway passes them, otherwise None."""
        try:
            claims = jwt.decode(token, _key(), algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError):
            return None
        valid = (
            claims.get("iss") == self._issuer
            and claims.get("aud") == self._client_id
            and claims.get("token_use") == "id"
            and claims.get("exp", 0) > self._clock.now().timestamp()
        )
        return {name: _as_string(name, value) for name, value in claims.items()} if valid else None

    @property
    def _issuer(self) -> str:
        return f"https://cognito-idp.{self._account.region}.amazonaws.com/{self._pool_id}"

    def _user(self, email: str, name: str | None) -> Mapping[str, str]:
        client = self._sdk.client("cognito-idp")
        names = [] if name is None else [{"Name": "name", "Value": name}]
        try:
            user = client.admin_get_user(UserPoolId=self._pool_id, Username=email)
            if names:
                client.admin_update_user_attributes(
                    UserPoolId=self._pool_id, Username=email, UserAttributes=names
                )
            attributes = [*user["UserAttributes"], *names]
        except client.exceptions.UserNotFoundException:
            given = [
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
                *names,
            ]
            user = client.admin_create_user(
                UserPoolId=self._pool_id,
                Username=email,
                UserAttributes=given,
                MessageAction="SUPPRESS",
            )
            client.admin_set_user_password(
                UserPoolId=self._pool_id,
                Username=email,
                Password=f"Aa1!{secrets.token_urlsafe(16)}",
                Permanent=True,
            )
            attributes = user["User"]["Attributes"]
        return {attribute["Name"]: attribute["Value"] for attribute in attributes}


@cache
def _key() -> RSAKey:
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
