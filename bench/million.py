"""A million adds: what they and their wake-ups use, as the system is and as it might be."""

from collections.abc import Iterator
from typing import Final

from bench.bill import ASSUMED, MILLION
from bench.operations import SKUS, Shop, shop
from bench.usage import Usage

MEMORY_MEGABYTES: Final = 512  # .chalice/config.json


def variants() -> Iterator[tuple[str, Usage]]:
    """Yield the system as it is, and then as it would be without, or beyond, a decision."""
    add, mailed, checked_out = _measured()
    carts = MILLION / ASSUMED["adds_per_cart"]
    left_alone = carts * ASSUMED["abandoned_share"]
    adds = add * MILLION
    wake_ups = mailed * left_alone + checked_out * (carts - left_alone)
    built = adds + wake_ups
    yield "as built", built

    # An idempotency record, written before and after, and a quantity read to be written.
    yield (
        "without 1: read, add, and remember requests",
        built
        + Usage(
            write_units=2 * MILLION,
            read_units=MILLION,
            calls={"GetItem": MILLION, "PutItem": MILLION, "UpdateItem": MILLION},
        ),
    )
    yield (
        "without 2: a wake-up and a mail for each add",
        adds + wake_ups * ASSUMED["adds_per_cart"],
    )

    report = Usage(custom_events=1, invocations=1, log_bytes=RECORD_SUCCESS_LINE_BYTES)
    yield (
        "beyond 16: only persist_cart reports success",
        built - report * MILLION,
    )
    yield "beyond 16: nobody reports success", built - report * (2 * MILLION)


RECORD_SUCCESS_LINE_BYTES: Final = 230


def usage_of_a_million_adds() -> Usage:
    """Return what a million adds use: four to a cart, of which most are left alone."""
    return next(usage for _, usage in variants())


def _measured() -> tuple[Usage, Usage, Usage]:
    """Return what one add uses, and the wake-ups of a cart left alone and of one ordered."""
    with shop() as one:
        adds, mailed = _fill(one), one.wake_up()
    with shop() as one:
        _fill(one)
        one.usage_of(one.ada.check_out)
        checked_out = one.wake_up()
    return adds * (1 / ASSUMED["adds_per_cart"]), mailed, checked_out


def _fill(one: Shop) -> Usage:
    usage = Usage()
    for number in range(int(ASSUMED["adds_per_cart"])):
        usage += one.add(number % len(SKUS))
    return usage
