"""Signatures of what a third party reports."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.signing import SigningKey
from chalicelib.domain.webhooks import MAX_AGE, ForgedSignature, check, sign
from tests.support.builders import NOW

BODY = b'{"id":"pay_1"}'
OLD, NEW, FOREIGN = (SigningKey(bytes([each]) * 32, 0) for each in b"abc")
KEYS = (NEW, OLD)
SECOND = timedelta(seconds=1)


def parts(key: SigningKey) -> tuple[str, str]:
    time, _, mac = sign(BODY, key, NOW).partition(",")
    return time, mac


TIME, MAC = parts(NEW)
OLD_MAC, FOREIGN_MAC = parts(OLD)[1], parts(FOREIGN)[1]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_signed_with_either_key_is_genuine(key: SigningKey) -> None:
    check(sign(BODY, key, NOW), BODY, KEYS, NOW)


@pytest.mark.parametrize(
    "signature",
    [
        f"{TIME},{FOREIGN_MAC},{MAC}",
        f"{TIME},{MAC},{FOREIGN_MAC}",
        f"{MAC},{TIME}",
        f"{TIME}, {MAC}",
        f"{TIME},v0={'0' * 64},{MAC}",
        f"a=1,{TIME},{MAC}",
        f"z=1,{TIME},{MAC}",
        f"{TIME},{MAC},",
    ],
)
def test_signatures_of_a_replaced_key_or_another_scheme_may_be_beside_it(signature: str) -> None:
    check(signature, BODY, KEYS, NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        MAC,
        TIME,
        f"{TIME},{FOREIGN_MAC}",
        f"{TIME},{MAC[:-1]}",
        f"{TIME},{MAC.upper()}",
        f"{TIME},{MAC.replace('v1', 'v0')}",
        f"{TIME},{MAC.replace('v1', 'v2')}",
        f"{TIME},t=0,{MAC}",
        f"t=0,{MAC}",
        f"{TIME},v1={'é' * 64}",
        "t",
        "v1",
        f"{TIME},v1",
        f"{TIME},{MAC}={MAC.removeprefix('v1=')}",
        f"{TIME},{'x' * 1000},{MAC}",
    ],
)
def test_anything_else_is_forged(signature: str) -> None:
    with pytest.raises(ForgedSignature):
        check(signature, BODY, KEYS, NOW)


@pytest.mark.parametrize("age", [MAX_AGE, -MAX_AGE])
def test_it_is_valid_for_minutes_by_clocks_that_are_ahead_or_behind(age: timedelta) -> None:
    check(sign(BODY, NEW, NOW), BODY, KEYS, NOW + age)
    with pytest.raises(ForgedSignature):
        check(sign(BODY, NEW, NOW), BODY, KEYS, NOW + age + (SECOND if age > -age else -SECOND))


def test_another_body_is_not_what_was_signed() -> None:
    with pytest.raises(ForgedSignature):
        check(sign(BODY, NEW, NOW), BODY + b" ", KEYS, NOW)


@given(st.text(max_size=200))
def test_whatever_is_sent_is_refused_in_one_way(signature: str) -> None:
    with pytest.raises(ForgedSignature):
        check(signature, BODY, KEYS, NOW)


def test_it_is_valid_for_five_minutes() -> None:
    assert timedelta(minutes=5) == MAX_AGE


def test_of_a_signature_a_thousand_characters_are_read() -> None:
    filling = "x" * (1_000 - len(f",{TIME},{MAC}"))
    check(f"{filling},{TIME},{MAC}", BODY, KEYS, NOW)
    with pytest.raises(ForgedSignature):
        check(f"{filling}x,{TIME},{MAC}", BODY, KEYS, NOW)
