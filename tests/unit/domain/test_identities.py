"""Every customer has a cart of their own, whatever their identity provider calls them."""

import re
from unittest.mock import Mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from chalicelib.domain.events import GUEST, CartId, Customer
from chalicelib.domain.identities import cart_of, customer_of

ISSUER = "https://login.example.com/"
CLAIMS = {
    "sub": "ada",
    "email": "ada@example.com",
    "email_verified": "true",
    "name": "Ada Lovelace",
    "zoneinfo": "Europe/Berlin",
}
ADA = Customer("ada", "ada@example.com", "Ada Lovelace", "de", "Europe/Berlin")
SUBJECTS = st.text(min_size=1, max_size=255)


def test_a_user_pools_subject_is_the_carts_id():
    assert cart_of("8f14e45f-ceea-467f-a8d1-1f1f1f1f1f1f", None) == (
        "8f14e45f-ceea-467f-a8d1-1f1f1f1f1f1f"
    )


@pytest.mark.parametrize(
    ("missing", "converted"),
    [((), 2), (("zoneinfo",), 1), (("email",), 1), (("email", "zoneinfo"), 0)],
)
def test_a_claim_that_is_not_there_is_not_converted(monkeypatch, missing, converted):
    """Each conversion that fails raises, and this happens with each request."""
    convert = Mock(side_effect=msgspec.convert)
    monkeypatch.setattr(msgspec, "convert", convert)
    claims = {name: claim for name, claim in CLAIMS.items() if name not in missing}
    customer = customer_of(claims, "de", None)
    assert convert.call_count == converted
    assert (customer.email is UNSET) == ("email" in missing)
    assert (customer.time_zone is None) == ("zoneinfo" in missing)


@given(SUBJECTS)
@pytest.mark.parametrize("prefix", ["", GUEST, "auth0|", "CART#", "google-oauth2|"])
def test_any_subject_of_an_issuer_gives_an_id_that_names_a_cart_and_a_schedule(prefix, subject):
    cart_id = cart_of(prefix + subject, ISSUER)
    assert msgspec.convert(cart_id, CartId) == cart_id
    assert re.fullmatch(r"[0-9a-zA-Z_.-]{1,40}", cart_id)
    assert not cart_id.startswith(GUEST)


@given(SUBJECTS, SUBJECTS)
def test_two_customers_never_share_a_cart(one, other):
    assert (cart_of(one, ISSUER) == cart_of(other, ISSUER)) == (one == other)


@given(SUBJECTS)
def test_two_issuers_never_share_a_customer(subject):
    assert cart_of(subject, ISSUER) != cart_of(subject, "https://login.example.com/other")


def test_the_same_customer_has_the_same_cart_in_every_release():
    assert cart_of("auth0|5f7c8ec7c33c6c004bbafe82", ISSUER) == "14877974caa0f8df7cf5a62ddd9e680f"


def test_a_customer_is_what_the_token_claims():
    assert customer_of(CLAIMS, "de", None) == ADA
    assert customer_of({"sub": "ada"}, "de", None) == Customer("ada", locale="de")
    assert customer_of({"sub": "ada"}, "de", ISSUER).id == cart_of("ada", ISSUER)


@pytest.mark.parametrize(
    ("claim", "value", "left"),
    [
        ("email", "nobody", {"email": UNSET}),
        ("email", "", {"email": UNSET}),
        ("email", f"{'a' * 250}@example.com", {"email": UNSET}),
        ("email_verified", "false", {"email": UNSET}),
        ("zoneinfo", "../etc", {"time_zone": None}),
        ("zoneinfo", "", {"time_zone": None}),
        ("name", "", {"name": None}),
        ("name", "n" * 101, {"name": "n" * 100}),
    ],
)
def test_a_claim_that_is_no_use_takes_no_other_with_it(claim, value, left):
    expected = msgspec.structs.replace(ADA, **left)
    assert customer_of({**CLAIMS, claim: value}, "de", None) == expected
