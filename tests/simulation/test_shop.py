"""The shop that histories are held against: what was on sale, and how reminders were set."""

from datetime import UTC, datetime, timedelta

from tests.simulation.shop import Deployment, Shop
from tests.simulation.steps import ChangeProduct
from tests.support.products import MUG, TEA

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_a_window_ends_after_what_falls_in_it_and_not_long_after():
    shop = Shop(NINE)
    ends = {shop.window_of("cart", NINE + timedelta(minutes=minute)) for minute in range(120)}
    begins = min(ends) - HOUR.total_seconds()
    assert begins <= NINE.timestamp() < min(ends)
    assert len(ends) == 3


def test_any_delay_that_was_in_force_since_the_window_may_have_begun_counts():
    shop = Shop(NINE)
    shop.deployed(Deployment(NINE + HOUR, HOUR, 3 * HOUR))
    shop.deployed(Deployment(NINE + 2 * HOUR, HOUR, 2 * DAY))
    assert shop.shortest_delay(NINE) == 3 * HOUR
    assert shop.shortest_delay(NINE + 25 * HOUR) == 3 * HOUR
    assert shop.shortest_delay(NINE + 26 * HOUR) == 2 * DAY


def test_a_product_is_sold_out_from_its_withdrawal_until_it_is_sold_again():
    shop = Shop(NINE)
    shop.changed(NINE + HOUR, ChangeProduct(0, MUG, withdrawn=True))
    shop.changed(NINE + 2 * HOUR, ChangeProduct(0, MUG, price=700, withdrawn=False))
    assert shop.was_sold_out([MUG], NINE)
    assert not shop.was_sold_out([MUG, TEA], NINE)
    assert not shop.was_sold_out([MUG], NINE + 2 * HOUR)
    assert shop.prices[MUG] == 700
