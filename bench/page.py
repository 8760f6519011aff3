"""Renders bench/RESULTS.md from what was measured."""

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Any, Final, NamedTuple

from bench.bill import ASSUMED, total

Figures = Mapping[str, Any]

_PAGE: Final = Template("""\
# What it costs, and how quick it is

Written by `make bench`, which measures everything here again in some ten minutes; it needs \
valgrind (`apt-get install valgrind`) and pip. `python -m bench bill` (or `processes`, `cloud`) \
measures one section and keeps the others. Ratios carry over to other machines, absolute figures \
do not. Instructions are counted by callgrind, so that a busy machine changes nothing.

## Targets

$targets

Why a target is missed:

$misses

## A million adds, in dollars

List prices of `bench/prices.toml`; four adds to a cart, $abandoned % of the carts left alone, one \
mail for each of them. "Before mail" is all but what SES charges.

$variants

API Gateway's HTTP APIs would cost $$$http_api less, but Chalice makes REST APIs. CloudWatch's \
price for custom metrics, alarms and the dashboard is by the month, whatever the number of adds. \
Decisions that are not in the table change no line of the bill.

## What each operation uses

Counted while the real handlers run in the local cloud; `tests/unit/test_budget.py` holds the \
counts. An event is one that is charged, so a result that Lambda puts on the bus is one, too. An \
invocation is one of any function.

$operations

An add is one `PutEvents`, one `UpdateItem` and one `CreateSchedule`, whatever the cart holds and \
however many customers there are. The second write unit comes when the item of one product's line \
exceeds 1 KB. Where the schedule exists already, `CreateSchedule` is refused, and costs nothing.

## From the start of the process to the first answer

The package as it is deployed with the runtime's boto3 beside it, the wire answered below the SDK, \
so that signing and serialising count. The references are in `bench/subjects/`: the same \
`POST /cart`, once with Chalice and boto3 as they come, once with Powertools and pydantic.

$starts

## A warm `POST /cart`

$warm

## The local cloud

Adds a second of CPU time through the whole chain, from the request to the records of the \
results, on one processor:

$cloud

Nothing of the local cloud is in what is deployed; there the counts above hold.
""")


class Target(NamedTuple):
    """One of the promises: what it is, what came out, and what it may be at most."""

    what: str
    result: float
    most: float
    unit: str = ""

    def row(self) -> tuple[str, ...]:
        """Return the row of the table."""
        kept = "kept" if self.result <= self.most else "**missed**"
        return self.what, f"{self.result:.2f}{self.unit}", f"≤ {self.most:.2f}{self.unit}", kept


def page(bill: Figures, processes: Figures, cloud: Figures) -> str:
    """Return the page's Markdown."""
    counts: Mapping[str, float] = processes["instructions"]
    targets = _targets(counts, processes, bill["variants"]["as built"])
    missed = [_MISSES.get(target.what, "") for target in targets if target.result > target.most]
    return _PAGE.substitute(
        targets=_table(("", "result", "target", ""), (target.row() for target in targets)),
        misses="\n".join(f"- {reason}" for reason in missed) or "- None is.",
        abandoned=f"{ASSUMED['abandoned_share']:.0%}".rstrip("%"),
        variants=_variants(bill["variants"]),
        http_api=f"{bill['http_api']:.2f}",
        operations=_operations(bill["operations"]),
        starts=_instructions(counts, _STARTS, counts["start chalice"]),
        warm=_instructions(counts, _WARM, counts["warm bare"], digits=2),
        cloud=_cloud(cloud["adds_per_second"]),
    )


_BILL: Final = "dollars per million adds before mail"
_IMPORT_AND_CLIENT: Final = "the same with the client"
_TLS: Final = "start to the first 202 over TLS ÷ Chalice + boto3"
_WARM_RATIO: Final = "warm `POST /cart`, log line and metric included ÷ bare function with boto3"
_OWN: Final = "our own code without the AWS call ÷ one default `PutEvents`"
_RECONNECT: Final = "a call on a new connection ÷ default"

_ZIP: Final = "package as deployed, in MB"

_MISSES: Final = {
    _ZIP: "The package: a quarter of a megabyte is bytecode, worth more than a fifth of a start "
    "(decision 15).",
    _BILL: "The bill: API Gateway's REST API takes half of the target by itself, logs and traces "
    "are in the sum, and so is the report of each success through the bus, which the design "
    "promises and decision 16 keeps. The table below has the bill without.",
    _TLS: "The start: nine tenths of it are botocore, Chalice and msgspec themselves, which no "
    "setting makes smaller.",
    _WARM_RATIO: "The warm call: see below; what is left is botocore's own work.",
    _OWN: "Our own code: a profile has it spread over Chalice's routing, composing the event and "
    "writing the one log line that is the metrics too.",
    _RECONNECT: "The connection: the handshake and the call itself are in both.",
}


def _targets(
    counts: Mapping[str, float], processes: Figures, bill: Mapping[str, float]
) -> Sequence[Target]:
    return (
        Target(
            'importing the API\'s function ÷ `boto3.client("events")`',
            counts["import"] / counts["client of boto3"],
            0.80,
        ),
        Target(_TLS, counts["tls cart"] / counts["tls chalice"], 0.70),
        Target(
            "the same ÷ Powertools + pydantic", counts["tls cart"] / counts["tls powertools"], 0.45
        ),
        Target(_WARM_RATIO, counts["warm cart"] / counts["warm bare"], 0.85),
        Target(_OWN, counts["warm own code"] / counts["warm PutEvents"], 0.12),
        Target(_RECONNECT, counts["connecting cart"] / counts["connecting bare"], 0.20),
        Target("log line of a request, in bytes", processes["log_bytes"], 400),
        Target(_ZIP, processes["zip_bytes_with_bytecode"] / 1e6, 0.5),
        Target("the same without bytecode", processes["zip_bytes"] / 1e6, 0.5),
        Target(_BILL, total(bill, mail=False), 7),
    )


_STARTS: Final = {
    "python": "Python itself",
    "import": "this application, imported",
    "client of boto3": '`boto3.client("events")`',
    "import and client": "this application, imported, and its events client",
    "start": "**this application: first 202**",
    "start without bytecode": "… without bytecode in the package",
    "start with all models": "… with all of AWS's models",
    "start with neither": "… with neither",
    "start chalice": "Chalice + boto3: first 202",
    "start powertools": "Powertools + pydantic: first 202",
    "start persist_cart": "`persist_cart`",
    "start schedule_reminder": "`schedule_reminder`",
    "start send_reminder": "`send_reminder`",
    "start record_success": "`record_success`",
    "start record_failure": "`record_failure`",
    "tls cart": "**this application: first 202 over TLS**",
    "tls cart trusting many": "… trusting every authority",
    "tls chalice": "Chalice + boto3: first 202 over TLS",
    "tls powertools": "Powertools + pydantic: first 202 over TLS",
}
_WARM: Final = {
    "warm bare": "bare function with boto3",
    "warm PutEvents": "`PutEvents` alone, as boto3 does it",
    "warm cart": "**this application**",
    "warm own code": "… without the AWS call",
    "warm chalice": "Chalice + boto3",
    "warm powertools": "Powertools + pydantic",
    "connecting cart": "**this application**, each call on a new TLS connection",
    "connecting bare": "bare function, each call on a new TLS connection",
}


def _instructions(
    counts: Mapping[str, float], names: Mapping[str, str], reference: float, digits: int = 0
) -> str:
    return _table(
        ("", "million instructions", "ratio"),
        (
            (words, f"{counts[name]:,.{digits}f}", f"{counts[name] / reference:.2f}")
            for name, words in names.items()
            if name in counts
        ),
    )


def _variants(variants: Mapping[str, Mapping[str, float]]) -> str:
    services = list(next(iter(variants.values())))
    rows = (
        (
            name,
            *(f"{bill[service]:.2f}" for service in services),
            f"**{total(bill, mail=False):.2f}**",
            f"{total(bill, mail=True):.2f}",
        )
        for name, bill in variants.items()
    )
    return _table(("decision", *services, "before mail", "total"), rows)


def _operations(operations: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    rows = (
        (
            name,
            *(
                f"{usage[counted]:g}"
                for counted in ("custom_events", "invocations", "write_units", "read_units")
            ),
            ", ".join(f"{count:g} {call}" for call, count in usage["calls"].items()),
            f"{total(dollars, mail=False):.2f}",
        )
        for name, (usage, dollars) in operations.items()
    )
    columns = ("events", "invocations", "write units", "read units", "calls to AWS", "$ a million")
    return _table(("", *columns), rows)


def _cloud(rates: Mapping[str, float]) -> str:
    first = next(iter(rates.values()))
    rows = (
        (f"{int(customers):,}", f"{rate:.0f}", f"{rate / first:.2f}")
        for customers, rate in rates.items()
    )
    return _table(("customers with a cart and a reminder", "adds a second", "ratio"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
