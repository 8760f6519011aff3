"""A token is good for one cart, one purpose and a while, and nothing else is as good."""

import base64
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import ExpiredToken, ForgedToken
from chalicelib.domain.signing import KEYS_KEPT_FOR, Keys, Purpose, SigningKey, read, sign
from tests.support.builders import CART_ID, NOW
from tests.support.times import DAY

OLD = SigningKey(b"o" * 32, created_at=0)
NEW = SigningKey(b"n" * 32, created_at=int(NOW.timestamp()))
TOKEN = sign((OLD,), Purpose.UNSUBSCRIBE, CART_ID, NOW, DAY)


def cart_of(token: str, *keys: SigningKey, after: timedelta = timedelta()) -> str:
    return read(token, Purpose.UNSUBSCRIBE, keys or (OLD,), NOW + after)[0]


@given(st.from_regex(r"[A-Za-z0-9_-]{1,48}", fullmatch=True))
def test_a_token_tells_its_cart(cart_id: str) -> None:
    assert cart_of(sign((OLD,), Purpose.UNSUBSCRIBE, cart_id, NOW, DAY)) == cart_id


@given(st.data())
def test_no_token_that_is_changed_in_one_place_is_valid(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    sign_there = data.draw(st.characters(exclude_characters=TOKEN[place], codec="utf-8"))
    changed = TOKEN[:place] + sign_there + TOKEN[place + 1 :]
    with pytest.raises(ForgedToken):
        cart_of(changed)


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        CART_ID,
        TOKEN + "\n",
        " " + TOKEN,
        TOKEN + "=",
        TOKEN.rpartition(".")[0],
        TOKEN.rpartition(".")[0] + ".",
        TOKEN.replace(CART_ID, "somebody-else"),
        TOKEN.replace(CART_ID, "../" + CART_ID),
        "x" * 100_000,
        "é" * 43,
        "\ud800",
        f"{CART_ID}.99999999999.{'A' * 43}",
    ],
)
def test_what_was_not_signed_is_forged(token: str) -> None:
    with pytest.raises(ForgedToken):
        cart_of(token)


def test_a_token_is_good_for_its_purpose_only() -> None:
    other = sign((OLD,), "another purpose", CART_ID, NOW, DAY)  # type: ignore[arg-type]
    with pytest.raises(ForgedToken):
        cart_of(other)


def test_a_token_expires() -> None:
    assert cart_of(TOKEN, after=DAY - timedelta(seconds=1)) == CART_ID
    with pytest.raises(ExpiredToken):
        cart_of(TOKEN, after=DAY)


def test_an_expiry_that_was_put_off_is_forged_and_not_expired() -> None:
    cart_id, expiry, mac = TOKEN.split(".")
    with pytest.raises(ForgedToken):
        cart_of(f"{cart_id}.{int(expiry) + 1}.{mac}", after=DAY)


class TestRotation:
    def test_waits_for_functions_that_keep_keys_for_five_minutes(self):
        assert timedelta(minutes=5) == KEYS_KEPT_FOR

    def test_what_the_older_key_signed_stays_valid(self):
        assert cart_of(TOKEN, NEW, OLD) == CART_ID

    def test_what_a_key_signed_that_is_gone_is_forged(self):
        with pytest.raises(ForgedToken):
            cart_of(TOKEN, NEW)

    def test_a_new_key_signs_when_everybody_knows_it(self):
        for after, key in ((timedelta(), OLD), (2 * KEYS_KEPT_FOR, NEW), (DAY, NEW)):
            token = sign((NEW, OLD), Purpose.UNSUBSCRIBE, CART_ID, NOW + after, DAY)
            assert cart_of(token, key) == CART_ID

    def test_the_older_key_signs_until_the_last_function_has_read_the_new_one(self):
        """One that has just cached the keys when the new one is made, and one that made it."""
        after = 2 * KEYS_KEPT_FOR - timedelta(seconds=1)
        assert cart_of(sign((NEW, OLD), Purpose.UNSUBSCRIBE, CART_ID, NOW + after, DAY), OLD)

    def test_of_two_keys_that_are_new_the_older_one_signs(self):
        newest = SigningKey(b"m" * 32, created_at=NEW.created_at + 1)
        assert cart_of(sign((newest, NEW), Purpose.UNSUBSCRIBE, CART_ID, NOW, DAY), NEW)

    def test_the_only_key_signs_at_once(self):
        assert cart_of(sign((NEW,), Purpose.UNSUBSCRIBE, CART_ID, NOW, DAY), NEW) == CART_ID


@pytest.mark.parametrize(
    "after", [DAY, DAY + timedelta(milliseconds=1), 2 * DAY, 400 * DAY, 4_000 * DAY]
)
def test_a_token_that_has_expired_stays_expired(after: timedelta) -> None:
    with pytest.raises(ExpiredToken):
        read(TOKEN, Purpose.UNSUBSCRIBE, (OLD,), NOW + after)


def test_a_token_is_good_up_to_its_last_second() -> None:
    until = NOW + DAY
    found = read(TOKEN, Purpose.UNSUBSCRIBE, (OLD,), until - timedelta(seconds=1))
    assert found == (CART_ID, until)


def stored(length: int, count: int) -> bytes:
    """Return keys as Parameter Store has them."""
    secret = base64.b64encode(b"1" * length).decode()
    return msgspec.json.encode([{"secret": secret, "created_at": 0}] * count)


@pytest.mark.parametrize("count", [1, 2])
def test_keys_are_read_as_they_are_stored(count: int) -> None:
    assert msgspec.json.decode(stored(32, count), type=Keys) == (SigningKey(b"1" * 32, 0),) * count


@pytest.mark.parametrize(
    ("length", "count"), [(32, 0), (31, 1), (32, 3)], ids=["none", "too short", "too many"]
)
def test_keys_that_could_not_sign_safely_are_refused(length: int, count: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(stored(length, count), type=Keys)
