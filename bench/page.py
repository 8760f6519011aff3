"""Renders bench/RESULTS.md from what was measured."""

from collections.abc import Iterable, Mapping, Sequence
from string import Template
from typing import Any, Final, NamedTuple

from bench.bill import HTTP_API_SAVES, total
from bench.packages import OLDER_SDK, SDK
from bench.prices import ASSUMED

Figures = Mapping[str, Any]

_PAGE: Final = Template("""\
# What it costs, and how quick it is

Written by `make bench` from one run: $provenance.

To repeat it on Debian or Ubuntu: `apt-get install valgrind`, then `make bench`. pip fetches what is \
packed and what it is compared with from PyPI. It takes five minutes on two cores. `python -m bench bill` (or `processes`, `cloud`) measures one section again, and \
keeps the others if they are of the same commit. Ratios carry over to other machines, absolute \
figures do not. Instructions are counted by callgrind, so that a busy machine changes nothing.

## Targets

$targets

Why a target is missed:

$misses

## A million adds, in dollars

List prices of `bench/prices.toml`; four adds to a cart in one coalescing window, $abandoned % of \
the carts left alone, one mail for each of them. "Before mail" is all but what SES charges.

$built

What the promises fix of it, before a line is logged or a millisecond computed, is **$$$fixed**: a \
request to API Gateway's REST API, three events (the add, and what both consumers report of it), three \
invocations, a write unit, and a quarter of a wake-up with its event, its queue and its claim. What \
would be cheaper, and what it gives up:

$beyond

Not in the table, because nothing here can measure what they do: functions of 256 MB or on arm64 \
(less of the $$$compute that computing costs, if they do not take longer).

Not in it either: CloudWatch's price for custom metrics, alarms and the dashboard, and Lambda's polling \
of two queues ($$0.50), which are by the month, whatever the number of adds. Signing in is by the \
active customer: a thousand of them cost $sign_in within a month, above what is free. A thousand \
orders, each placed, paid for and confirmed by mail, cost $orders beside the mail.

### Before and after each decision

The bill before mail without the decision, everything else as built, and with it: \
`docs/decisions/`.

$decisions

## What each operation uses

Counted while the real handlers run in the local cloud; `tests/unit/test_budget.py` holds the \
counts. An event is one that is charged, so a result that Lambda puts on the bus is one, too. An \
invocation is one of any function.

$operations

An add is one `PutEvents`, one `UpdateItem` and, for the first one of a window in a process, one \
`CreateSchedule`, whatever the cart holds and however many customers there are. The second write \
unit comes when the item of one product's line exceeds 1 KB, and there are 20 at most (decision 30). \
Where another process has made the schedule, `CreateSchedule` is refused, and costs nothing.

## From the start of the process to the first answer

The package as it is deployed with the runtime's boto3 beside it, the wire answered below the SDK, \
so that signing and serialising count. The references are in `bench/subjects/`: the same \
`POST /cart`, once with Chalice and boto3 as they come, once with Powertools and pydantic.

$starts

## A warm `POST /cart`

$warm

## The local cloud

Adds a second of CPU time through the whole chain, from the request to the records of the \
results, on one processor, by somebody new among so many others. CPU time is no count: expect it to \
vary by a fifth.

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
        digits = 0 if self.most >= 100 else 2
        result, most = (f"{value:.{digits}f}{self.unit}" for value in (self.result, self.most))
        return self.what, result, f"≤ {most}", kept


def page(provenance: Mapping[str, str], bill: Figures, processes: Figures, cloud: Figures) -> str:
    """Return the page's Markdown; ``provenance`` says what was measured with what."""
    counts: Mapping[str, float] = processes["instructions"]
    built = bill["built"]
    targets = _targets(counts, processes, built)
    missed = [_MISSES[target.what] for target in targets if target.result > target.most]
    return _PAGE.substitute(
        provenance=", ".join(f"{name} {value}" for name, value in provenance.items()),
        targets=_table(("", "result", "target", ""), (target.row() for target in targets)),
        misses="\n".join(f"- {reason}" for reason in dict.fromkeys(missed)) or "- None is.",
        abandoned=f"{ASSUMED['abandoned_share']:.0%}".rstrip("%"),
        built=_bills({"as built": built}),
        beyond=_bills(bill["beyond"]),
        decisions=_decisions(built, bill["without"], bill["no line"]),
        fixed=f"{bill['fixed']:.2f}",
        compute=f"{bill['compute']:.2f}",
        sign_in=" or ".join(
            f"${dollars:.2f} on the tier {tier}" for tier, dollars in bill["sign_in"].items()
        ),
        orders=f"${total(bill['operations'][_ORDER][1], mail=False) / 1_000:.3f}",
        operations=_operations(bill["operations"]),
        starts=_instructions(counts, _STARTS, counts["start chalice"]),
        warm=_instructions(counts, _WARM, counts["warm bare"], digits=2),
        cloud=_cloud(cloud["adds_per_second"]),
    )


_ORDER: Final = "order, paid for and confirmed"
_IMPORT: Final = 'importing the API\'s function ÷ `boto3.client("events")`'
_BILL: Final = "dollars per million adds before mail, the whole bill"
_BILL_HTTP: Final = "the same with an HTTP API"
_START_WITHOUT_A_CALL: Final = "start of a function without an AWS call ÷ Chalice + boto3"
_PRODUCTS: Final = "start with 1,000 products in the file ÷ with those of the demo shop"
_TLS: Final = "start to the first 202 over TLS ÷ Chalice + boto3"
_TLS_POWERTOOLS: Final = "the same ÷ Powertools + pydantic"
_WARM_RATIO: Final = "warm `POST /cart`, log line and metric included ÷ bare function with boto3"
_OWN: Final = "our own code without the AWS call ÷ one default `PutEvents`"
_RECONNECT: Final = "a call on a new connection ÷ default"
_LOG: Final = "log line of a request, in bytes"
_ZIP: Final = "package as deployed, in MB"
_ZIP_SOURCES: Final = "the same with sources, as `chalice deploy` packs it"
_OLDER: Final = f"… with boto3 {OLDER_SDK}"

_SDK_BECAME_QUICKER: Final = (
    f"What is compared with has become quicker: boto3 {OLDER_SDK}, which the targets were set with, "
    f"composes its `User-Agent` header anew for each call, and {SDK} keeps it, as this application "
    "does in either case (decision 10). The application itself takes as long with both. What is "
    "left of a call is botocore signing and serialising it, and our own code is composing the event "
    "and the one log line that is the metrics too (decision 17)."
)
_MISSES: Final = {
    _IMPORT: "The import: nine tenths of it are botocore, Chalice and msgspec themselves.",
    _ZIP: "The package: see decision 15.",
    _ZIP_SOURCES: "The package: see decision 15.",
    _BILL: "The bill: the table below shows what of it the promises fix.",
    _BILL_HTTP: "The bill: the table below shows what of it the promises fix.",
    _START_WITHOUT_A_CALL: "The start: Chalice and msgspec themselves.",
    _TLS: "The start: nine tenths of it are botocore, Chalice and msgspec themselves, which no "
    "setting makes smaller.",
    _TLS_POWERTOOLS: "The start: nine tenths of it are botocore, Chalice and msgspec themselves.",
    _WARM_RATIO: _SDK_BECAME_QUICKER,
    _OWN: _SDK_BECAME_QUICKER,
    _OLDER: "With the older boto3, too, what is left is botocore's and Chalice's own work.",
    _RECONNECT: "The connection: the handshake and the call itself are in both.",
    _LOG: "The log line: decision 12.",
}


def _targets(
    counts: Mapping[str, float], processes: Figures, bill: Mapping[str, float]
) -> Sequence[Target]:
    def ratio(one: str, other: str) -> float:
        return counts[one] / counts[other]

    return (
        Target(_IMPORT, ratio("import", "client of boto3"), 0.80),
        Target(_PRODUCTS, ratio("start with 1,000 products", "start"), 1.03),
        Target(_TLS, ratio("tls cart", "tls chalice"), 0.70),
        Target(_TLS_POWERTOOLS, ratio("tls cart", "tls powertools"), 0.45),
        Target(_WARM_RATIO, ratio("warm cart", "warm bare"), 0.85),
        Target(_OLDER, ratio("warm cart, older SDK", "warm bare, older SDK"), 0.85),
        Target(_OWN, ratio("warm own code", "warm PutEvents"), 0.12),
        Target(_OLDER, ratio("warm own code", "warm PutEvents, older SDK"), 0.12),
        Target(_RECONNECT, ratio("connecting cart", "connecting bare"), 0.20),
        Target(_LOG, processes["log_bytes"], 400),
        Target(_ZIP, processes["zip_bytes"] / 1e6, 0.5),
        Target(_ZIP_SOURCES, processes["zip_bytes_of_sources"] / 1e6, 0.5),
        Target(_START_WITHOUT_A_CALL, ratio("start without a call", "start chalice"), 0.30),
        Target(_BILL, total(bill, mail=False), 9.5),
        Target(_BILL_HTTP, total(bill, mail=False) - HTTP_API_SAVES, 7),
    )


_STARTS: Final = {
    "python": "Python itself",
    "import": "this application, imported",
    "client of boto3": '`boto3.client("events")`',
    "import and client": "this application, imported, and its events client",
    "start": "**this application: first 202**",
    "start with 1,000 products": "… with 1,000 products",
    "start without bytecode": "… with sources, as `chalice deploy` packs it",
    "start with all models": "… with all of AWS's models",
    "start with neither": "… with neither",
    "start chalice": "Chalice + boto3: first 202",
    "start powertools": "Powertools + pydantic: first 202",
    "start persist_cart": "`persist_cart`: first event",
    "start schedule_reminder": "`schedule_reminder`: first event",
    "start send_reminder": "`send_reminder`: first mail",
    "start without a call": "`schedule_reminder`: first event, of somebody without mail",
    "start record_failure": "`record_failure`: first failure",
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
    "warm bare, older SDK": f"bare function with boto3 {OLDER_SDK}",
    "warm PutEvents, older SDK": f"`PutEvents` alone, as boto3 {OLDER_SDK} does it",
    "warm cart, older SDK": f"this application with boto3 {OLDER_SDK}",
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


def _bills(bills: Mapping[str, Mapping[str, float]]) -> str:
    services = list(next(iter(bills.values())))
    rows = (
        (
            name,
            *(f"{bill[service]:.2f}" for service in services),
            f"**{total(bill, mail=False):.2f}**",
            f"{total(bill, mail=True):.2f}",
        )
        for name, bill in bills.items()
    )
    return _table(("", *services, "before mail", "total"), rows)


def _decisions(
    built: Mapping[str, float], without: Mapping[str, Sequence[Any]], no_line: Mapping[str, str]
) -> str:
    """Return a row for each decision; those that change no line of the bill say why."""
    after = f"{total(built, mail=False):.2f}"
    rows = {
        int(number): (number, f"{total(bill, mail=False):.2f}", after, words)
        for number, (words, bill) in without.items()
    }
    rows |= {int(number): (number, "", "", words) for number, words in no_line.items()}
    head = ("decision", "without", "with", "without it, or why it changes nothing")
    lines = [head, ("---:", "---:", "---:", "---"), *(rows[number] for number in sorted(rows))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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
