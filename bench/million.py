"""A million adds: what they and their wake-ups use, as the stack is and as it might be.

A variant takes a decision of ``docs/decisions/`` back, or goes further than it; where that can
be done to the templates, it is done and metered, and elsewhere its arithmetic is given here.
"""

from bench.bill import ASSUMED, MILLION
from bench.operations import SKUS, Shop, shop
from bench.usage import Usage


def usage_of_a_million_adds() -> Usage:
    """Return what a million adds use: four to a cart, of which most are left alone."""
    adds, mailed = _cart_left_alone()
    carts = MILLION / ASSUMED["adds_per_cart"]
    left_alone = carts * ASSUMED["abandoned_share"]
    return adds * carts + mailed * left_alone + _checked_out() * (carts - left_alone)


def _cart_left_alone() -> tuple[Usage, Usage]:
    with shop() as one:
        return _fill(one), one.wake_up()


def _checked_out() -> Usage:
    """Return what the wake-up of a cart uses whose customer has ordered; not the order."""
    with shop() as one:
        _fill(one)
        one.usage_of(one.ada.check_out)
        return one.wake_up()


def _fill(one: Shop) -> Usage:
    usage = Usage()
    for number in range(int(ASSUMED["adds_per_cart"])):
        usage += one.add(number % len(SKUS))
    return usage
