from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import ids

TIMES = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TAILS = st.integers(0, 2**ids.TAIL_BITS - 1)
AN_ID = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_id_of_the_example_in_rfc_9562() -> None:
    """Appendix A.6 gives the UUIDv7 of one instant and two random fields."""
    at = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    assert ids.event_id(at, 0xCC3 << 62 | 0x18C4DC0C0C07398F) == AN_ID


@given(TIMES, TAILS)
def test_every_id_is_a_version_7_uuid(at: datetime, tail_bits: int) -> None:
    event_id = ids.event_id(at, tail_bits)
    assert UUID(event_id).version == 7
    assert UUID(event_id).variant == RFC_4122
    assert str(UUID(event_id)) == event_id
    assert ids.is_event_id(event_id)


@given(TIMES, TAILS)
def test_time_of_is_the_time_to_the_millisecond(at: datetime, tail_bits: int) -> None:
    found = ids.time_of(ids.event_id(at, tail_bits))
    assert timedelta(0) <= at - found < timedelta(milliseconds=1)


@given(TIMES, TIMES, TAILS, TAILS)
def test_ids_sort_by_time_first(one: datetime, other: datetime, a: int, b: int) -> None:
    first, second = ids.event_id(one, a), ids.event_id(other, b)
    if ids.time_of(first) != ids.time_of(second):
        assert (first < second) == (ids.time_of(first) < ids.time_of(second))


@given(TIMES, TIMES, TAILS)
def test_the_tail_does_not_depend_on_the_time(one: datetime, other: datetime, tail: int) -> None:
    assert ids.tail_of(ids.event_id(one, tail)) == ids.tail_of(ids.event_id(other, tail))


@given(TIMES, TAILS, TAILS)
def test_different_tails_make_different_ids(at: datetime, one: int, other: int) -> None:
    assert (ids.event_id(at, one) == ids.event_id(at, other)) == (one == other)


@given(TIMES, TAILS)
def test_join_undoes_split(at: datetime, tail_bits: int) -> None:
    event_id = ids.event_id(at, tail_bits)
    assert "-".join(ids.split(event_id)) == event_id


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_intent_bits_fit_into_a_tail_and_repeat(parts: list[str]) -> None:
    assert 0 <= ids.intent_bits(*parts) < 2**ids.TAIL_BITS
    assert ids.intent_bits(*parts) == ids.intent_bits(*parts)


def test_intent_bits_tell_where_one_part_ends() -> None:
    assert ids.intent_bits("ab", "c") != ids.intent_bits("a", "bc")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        AN_ID.upper(),
        AN_ID + "\n",
        AN_ID + "0",
        " " + AN_ID,
        AN_ID.replace("-", ""),
        AN_ID.replace("-7cc3-", "-4cc3-"),
        AN_ID.replace("-98c4-", "-c8c4-"),
        "ffffffff" + AN_ID[8:],
        "e0000000" + AN_ID[8:],
        "٠17f22e2-79b0-7cc3-98c4-dc0c0c07398f",  # noqa: RUF001 - a digit, but not an ASCII one
    ],
)
def test_what_is_no_canonical_uuid_7_is_no_event_id(text: str) -> None:
    assert not ids.is_event_id(text)


def test_the_latest_possible_id_has_a_time() -> None:
    latest = "dfffffff-ffff" + AN_ID[13:]
    assert ids.is_event_id(latest)
    assert ids.time_of(latest).year == 9774


def test_the_greatest_tail_is_all_ones_but_for_version_and_variant() -> None:
    greatest = ids.event_id(ids.EPOCH, 2**ids.TAIL_BITS - 1)
    assert greatest == "00000000-0000-7fff-bfff-ffffffffffff"


def test_intent_bits_are_the_first_74_bits_of_a_sha_256() -> None:
    digest = int(sha256(b"ab\0c").hexdigest(), 16)
    assert ids.intent_bits("ab", "c") == int(f"{digest:0256b}"[:74], 2)


@given(st.lists(st.text(), min_size=1, max_size=2), st.lists(st.text(), min_size=1, max_size=2))
def test_keyed_bits_end_with_48_bits_of_the_key_and_begin_with_26_of_the_request(
    key: list[str], request: list[str]
) -> None:
    bits = f"{ids.keyed_bits(key, request):074b}"
    of_key, of_request = (f"{ids.intent_bits(*each):074b}" for each in (key, request))
    assert bits == of_request[:26] + of_key[-48:]


@given(TIMES, TIMES)
def test_requests_have_the_key_in_common_whatever_they_ask_and_no_others(
    one: datetime, other: datetime
) -> None:
    mug = ids.event_id(one, ids.keyed_bits(["ada", "key"], ["add", "mug"]))
    tea = ids.event_id(other, ids.keyed_bits(["ada", "key"], ["add", "tea"]))
    another = ids.event_id(one, ids.keyed_bits(["ada", "key 2"], ["add", "mug"]))
    assert ids.key_of(mug) == ids.key_of(tea) == mug.rpartition("-")[2]
    assert ids.tail_of(mug) != ids.tail_of(tea)
    assert ids.key_of(another) != ids.key_of(mug)


@pytest.mark.parametrize(
    ("ahead", "possible"),
    [
        (timedelta(days=-400), True),
        (timedelta(0), True),
        (ids.MAX_CLOCK_SKEW, True),
        (ids.MAX_CLOCK_SKEW + timedelta(milliseconds=1), False),
        (timedelta(days=1), False),
    ],
)
def test_an_id_is_possible_up_to_the_skew_of_clocks(ahead: timedelta, possible: bool) -> None:  # noqa: FBT001
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert ids.is_possible(ids.event_id(now + ahead, 1), now) is possible
    assert not ids.is_possible("no id", now)


def test_an_intent_is_the_tail_of_an_event_id_and_all_of_any_other() -> None:
    assert ids.intent_of(AN_ID) == ids.tail_of(AN_ID) == "7cc3-98c4-dc0c0c07398f"
    assert ids.intent_of("order-4711") == "order-4711"


def test_clocks_may_be_five_seconds_apart() -> None:
    assert timedelta(seconds=5) == ids.MAX_CLOCK_SKEW
