"""The limits of what a shop's settings may say."""

from typing import Any

import msgspec
import pytest

from chalicelib.domain.shop import DEFAULT_WINDOW, Colours, Identity, ReminderStep, Shop
from tests.support.catalog import SHOP

SETTINGS: dict[str, Any] = msgspec.to_builtins(SHOP)
A_STEP = {"after": "1d"}


@pytest.mark.parametrize(
    ("name", "least", "below"),
    [
        ("name", "n", ""),
        ("postal_address", ["Market 1"], []),
        ("languages", ["en"], []),
        ("reminders", [A_STEP], []),
        ("holdout_percent", 0, -1),
        ("mail_rate", 1, 0),
    ],
)
def test_the_least_that_a_setting_may_be(name: str, least: object, below: object) -> None:
    msgspec.convert(SETTINGS | {name: least}, Shop)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(SETTINGS | {name: below}, Shop)


@pytest.mark.parametrize(
    ("name", "most", "above"),
    [
        ("name", "n" * 500, "n" * 501),
        ("reminders", [A_STEP] * 10, [A_STEP] * 11),
        ("holdout_percent", 50, 51),
        ("mail_rate", 4_000, 4_001),
        (
            "identity",
            {"issuer": "https://" + "i" * 192, "audience": "a"},
            {"issuer": "https://" + "i" * 193, "audience": "a"},
        ),
    ],
)
def test_the_most_that_a_setting_may_be(name: str, most: object, above: object) -> None:
    msgspec.convert(SETTINGS | {name: most}, Shop)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(SETTINGS | {name: above}, Shop)


def test_a_shop_that_says_no_more_than_it_has_to() -> None:
    needed = {"name", "support", "postal_address", "currency", "time_zone", "languages", "sender"}
    shop = msgspec.convert(
        {name: SETTINGS[name] for name in needed} | {"reminders": [A_STEP]}, Shop
    )
    assert (shop.prefix, shop.products, shop.api) == ("cart", "file", "rest")
    assert (shop.reminder_window, shop.max_lateness, shop.consent) == (
        DEFAULT_WINDOW,
        "2d",
        "implied",
    )
    assert (shop.holdout_percent, shop.mail_rate) == (0, 14)
    assert shop.reminders == (ReminderStep("1d", "reminder"),)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Shop, SETTINGS),
        (Colours, {}),
        (Identity, {"issuer": "https://login.example.com", "audience": "page"}),
        (ReminderStep, A_STEP),
    ],
)
def test_a_setting_that_is_misspelt_is_refused(kind: type, settings: dict[str, Any]) -> None:
    msgspec.convert(settings, kind)
    with pytest.raises(msgspec.ValidationError, match="unknown field `misspelt`"):
        msgspec.convert(settings | {"misspelt": 1}, kind)
