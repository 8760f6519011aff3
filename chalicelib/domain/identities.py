"""Who a customer is, and whose cart it is: from a verified token's claims."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import UNSET

from chalicelib.domain.events import MAX_NAME_LENGTH, Customer, EmailAddress, TimeZone


def customer_of(claims: Mapping[str, str], language: str, issuer: str | None) -> Customer:
    """Return the customer whom these claims name, and who reads this language.

    A cart is its customer's own: its id is of the verified subject, and only that. The address is
    left out unless it is known to be the customer's, and so is every malformed claim.
    """
    address = _valid(claims.get("email"), EmailAddress)
    is_verified = claims.get("email_verified") == "true"
    return Customer(
        id=cart_of(claims["sub"], issuer),
        email=address if address and is_verified else UNSET,
        name=claims.get("name", "")[:MAX_NAME_LENGTH] or None,
        locale=language,
        time_zone=_valid(claims.get("zoneinfo"), TimeZone),
    )


def cart_of(subject: str, issuer: str | None) -> str:
    """Return the id of a customer's cart.

    ``issuer`` is an OpenID Connect issuer, None for the stage's user pool. The pool's subjects are
    UUIDs. Those of other issuers may be anything, such as ``auth0|5f7c``, what no schedule can be
    named after, and even the id of a guest's cart, so they are hashed.
    """
    if issuer is None:
        return subject
    return sha256(f"{issuer} {subject}".encode()).hexdigest()[:32]


def _valid(claim: str | None, kind: Any) -> str | None:
    """Return a claim, None if there is none or it is malformed."""
    if claim is None:  # most tokens have no zone, and an exception for each request is dear
        return None
    try:
        return msgspec.convert(claim, kind)  # type: ignore[no-any-return]
    except msgspec.ValidationError:
        return None
