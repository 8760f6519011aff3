"""Whose cart it is: from the verified subject of a customer's token to the cart's id."""

from hashlib import sha256


def cart_of(subject: str, issuer: str | None) -> str:
    """Return the id of a customer's cart.

    ``issuer`` is an OpenID Connect issuer, None for the stage's user pool. The pool's subjects are
    UUIDs. Those of other issuers may be anything, such as ``auth0|5f7c``, what no schedule can be
    named after, and even the id of a guest's cart, so they are hashed.
    """
    if issuer is None:
        return subject
    return sha256(f"{issuer} {subject}".encode()).hexdigest()[:32]
