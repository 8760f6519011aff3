"""One contract for the preferences and their fake, and what only the table has to promise."""

from typing import Any

import pytest

from chalicelib.adapters.dynamodb.preferences import KEPT_FOR, Preferences
from tests.support.builders import CART_ID, NOW
from tests.support.fakes import InMemoryPreferences
from tests.unit.adapters.conftest import TABLE


@pytest.fixture(params=["table", "fake"])
def preferences(request: pytest.FixtureRequest) -> Preferences | InMemoryPreferences:
    if request.param == "fake":
        return InMemoryPreferences()
    return Preferences(request.getfixturevalue("dynamodb"), TABLE)


def test_nobody_has_opted_out_who_did_not_say_so(preferences):
    preferences.opt_out(CART_ID, NOW)
    assert not preferences.has_opted_out("somebody-else")


def test_who_opts_out_has_opted_out_however_often(preferences):
    for _ in range(2):
        preferences.opt_out(CART_ID, NOW)
    assert preferences.has_opted_out(CART_ID)


def test_who_opts_in_again_has_not_opted_out_however_often(preferences):
    preferences.opt_out("somebody-else", NOW)
    preferences.opt_out(CART_ID, NOW)
    for _ in range(2):
        preferences.opt_in(CART_ID, NOW, "Remind me")
    assert not preferences.has_opted_out(CART_ID)
    assert preferences.has_opted_out("somebody-else")
    preferences.opt_out(CART_ID, NOW)
    assert preferences.has_opted_out(CART_ID)


def test_who_opts_in_has_done_so_until_they_opt_out(preferences):
    assert not preferences.has_opted_in(CART_ID)
    for _ in range(2):
        preferences.opt_in(CART_ID, NOW, "Remind me")
    assert preferences.has_opted_in(CART_ID)
    assert not preferences.has_opted_in("somebody-else")
    preferences.opt_out(CART_ID, NOW)
    assert not preferences.has_opted_in(CART_ID)


def test_an_opt_out_lasts_for_ten_years_apart_from_the_cart(dynamodb: Any) -> None:
    Preferences(dynamodb, TABLE).opt_out(CART_ID, NOW)
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    assert item["pk"]["S"] == f"PREFERENCES#{CART_ID}"
    assert int(item["expires_at"]["N"]) == (NOW + KEPT_FOR).timestamp()


def test_what_was_agreed_to_is_kept_with_the_time(dynamodb: Any) -> None:
    Preferences(dynamodb, TABLE).opt_in(CART_ID, NOW, "Remind me")
    [item] = dynamodb.scan(TableName=TABLE)["Items"]
    assert item["wording"]["S"] == "Remind me"
    assert item["opted_in_at"]["S"] == "2026-03-02T09:30:00+00:00"
    assert int(item["expires_at"]["N"]) == (NOW + KEPT_FOR).timestamp()


def test_an_opt_out_is_seen_at_once(dynamodb: Any, calls_of: Any) -> None:
    """A read that is not strongly consistent may miss what was written before it."""
    calls = calls_of(dynamodb)
    Preferences(dynamodb, TABLE).has_opted_out(CART_ID)
    assert [call["ConsistentRead"] for _, call in calls] == [True]


def test_a_choice_is_kept_for_ten_years() -> None:
    assert KEPT_FOR.days == 10 * 365
