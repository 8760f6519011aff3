"""JSON Web Tokens as the JWT authorizer of an HTTP API checks them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

ALGORITHMS: Final = ("RS256", "RS384", "RS512")


class JwtAuthorizer:
    """Lets in whoever has a token of an issuer that is for one of the ``audience``.

    ``key_set`` returns the issuer's public keys, as it publishes them.
    """

    def __init__(
        self, issuer: str, audience: tuple[str, ...], key_set: Callable[[], KeySetSerialization]
    ) -> None:
        self._issuer = issuer
        self._audience = frozenset(audience)
        self._key_set = key_set

    def claims(self, token: str, now: datetime) -> dict[str, str] | None:
        """Return the claims of a valid token as API Gateway passes them, otherwise None."""
        try:
            keys = KeySet.import_key_set(self._key_set())
            keys.get_by_kid(jws.extract_compact(token.encode()).headers()["kid"])
            claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError, TypeError, LookupError, RecursionError):
            return None
        seconds = now.timestamp()
        valid = (
            claims.get("iss") == self._issuer
            and bool(self._audience & _audience_of(claims))
            and _time(claims, "exp", 0) > seconds
            and _time(claims, "nbf", seconds) <= seconds
            and _time(claims, "iat", seconds) <= seconds
        )
        return {name: _text(value) for name, value in claims.items()} if valid else None


def _audience_of(claims: Mapping[str, Any]) -> set[str]:
    """Return whom a token is for; ``client_id`` counts where there is no ``aud``."""
    audience = claims.get("aud", claims.get("client_id"))
    return {str(each) for each in audience} if isinstance(audience, list) else {str(audience)}


def _time(claims: Mapping[str, Any], name: str, default: float) -> float:
    value = claims.get(name, default)
    return float(value) if isinstance(value, int | float) else float("nan")


def _text(value: Any) -> str:
    """Return a claim as API Gateway has it in ``requestContext``: always a string."""
    match value:
        case bool():
            return str(value).lower()
        case list():
            return f"[{' '.join(map(_text, value))}]"
        case _:
            return str(value)
