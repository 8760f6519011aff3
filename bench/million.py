"""A million adds: what they and their wake-ups use, as the system is and as it might be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from bench.bill import MILLION
from bench.operations import SKUS, Shop, shop
from bench.prices import ASSUMED
from bench.usage import Usage, stored_byte_months

TABLE: Final = "cart-local"
MEMORY_MEGABYTES: Final = 512  # .chalice/config.json
RESULT_LINE_BYTES: Final = 280

NO_LINE_OF_THE_BILL: Final[Mapping[int, str]] = {
    3: "where a setting is written costs nothing",
    4: "packing the SDK would make starts dearer, not adds",
    5: "where the environment comes from costs nothing",
    6: "a link that is its own permission saves a table of links, which is of mails",
    7: "a merge is one event and one write unit, whatever the guest's cart holds; no add changes",
    8: "how addresses are spelled is of mails, not of adds",
    9: "nothing of the local cloud is deployed",
    10: "less than a cent: a call's own work is a fraction of a millisecond",
    11: "starts and new connections, not adds",
    13: "a rule costs nothing",
    14: "the other ways in: docs/ingestion.md has their bills",
    15: "starts, not adds",
    17: "less than a cent",
    19: "nothing that is deployed changes",
    20: "starts, and a fraction of a millisecond for each request",
    21: "nothing of the local cloud is deployed",
    23: "how a batch of mails ends is of mails, not of adds",
    22: "a key is told apart when the cart is read: no call more",
    24: "what a deployment compares is of deployments, not of adds",
    25: "a header costs nothing",
    26: "a line is 70 bytes larger, and still one write unit",
    27: "adding loads no page",
    28: "mails are not in the bill of an add",
    29: "an order is not in the bill of an add",
    43: "how events are described costs nothing",
    44: "what is written out is what was written by hand",
    42: "reading a cart by a mail's link is not in the bill of an add",
    40: "an hour is looked at, nothing is asked for",
    41: "adding loads no page, and a header costs nothing",
    31: "a call less is computing time: a few cents, and only where one process serves a cart",
    33: "mails are not in the bill of an add",
    30: "a line is 10 bytes larger, and still one write unit",
    32: "the shop's own page asks for no preflight",
    37: "an HTTP API is an option, which has a line of its own below the bill",
    38: "the file costs no read; with the table an add reads two products of half a unit each",
}
"""The decisions that change no line of the bill for an add, and why."""


class Bill(NamedTuple):
    """What a million adds use: as built, without one of the decisions, and with less."""

    built: Usage
    without: Mapping[int, tuple[str, Usage]]
    beyond: Mapping[str, Usage]


def bills() -> Bill:
    """Meter the adds, and work out what would be different."""
    add, mailed, checked_out = _measured()
    carts = MILLION / ASSUMED["adds_per_cart"]
    left_alone = carts * ASSUMED["abandoned_share"]
    adds = add * MILLION
    wake_ups = mailed * left_alone + checked_out * (carts - left_alone)
    built = adds + wake_ups
    reports = Usage(custom_events=1, log_bytes=RESULT_LINE_BYTES) * (2 * MILLION)
    by_a_function = Usage(invocations=1) * (2 * MILLION)
    # An idempotency record, written before and after, and a quantity read to be written.
    recorded = Usage(
        write_units=2 * MILLION,
        read_units=MILLION,
        calls={"GetItem": MILLION, "PutItem": MILLION, "UpdateItem": MILLION},
    )
    counted = Usage(calls={"PutMetricData": 3 * MILLION})
    platform = Usage(log_bytes=built.invocations * ASSUMED["platform_log_bytes"])
    return Bill(
        built,
        without={
            1: ("read, add, and remember requests", built + recorded),
            2: (
                "a wake-up and a mail for each add",
                adds + wake_ups * ASSUMED["adds_per_cart"],
            ),
            12: ("metrics by a call: accepted, persisted, scheduled", built + counted),
            16: ("no consumer reports a success", built - reports),
            18: ("Lambda logs its own lines", built + platform),
            35: ("a function writes the lines of the reports", built + by_a_function),
            36: (
                "X-Ray's default traces almost every request and reminder",
                replace(built, traces=built.api_requests + wake_ups.invocations),
            ),
            39: ("no step follows: nobody hears the outcome", built - Usage(invocations=1) * carts),
            34: ("no wake-up tells its outcome", built - Usage(custom_events=1) * carts),
        },
        beyond={"no consumer reports a success": built - reports},
    )


def usage_of_a_million_adds() -> Usage:
    """Return what a million adds use: four to a cart, of which most are left alone."""
    return bills().built


def _measured() -> tuple[Usage, Usage, Usage]:
    """Return what one add uses, and the wake-ups of a cart left alone and of one ordered."""
    with shop() as one:
        adds, mailed = _fill(one), one.wake_up()
        mailed.stored_byte_months = stored_byte_months(one.cloud, TABLE)
    with shop() as one:
        _fill(one)
        one.usage_of(one.ada.check_out)
        checked_out = one.wake_up()
        checked_out.stored_byte_months = stored_byte_months(one.cloud, TABLE)
    # A batch is one invocation, and the meter saw batches of one.
    fewer = 1 - 1 / ASSUMED["reminders_per_batch"]
    mailed.invocations -= fewer
    checked_out.invocations -= fewer
    return adds * (1 / ASSUMED["adds_per_cart"]), mailed, checked_out


def _fill(one: Shop) -> Usage:
    usage = Usage()
    for number in range(int(ASSUMED["adds_per_cart"])):
        usage += one.add(number % len(SKUS))
    return usage
