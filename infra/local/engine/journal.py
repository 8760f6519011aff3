"""The record of what happened, hop by hop; log lines and pages are made from it."""

import json
import queue
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Final, NamedTuple

from infra.local.engine.clock import Clock
from infra.local.engine.correlation import correlation_id_of

KEPT: Final = 1_000
"""How many hops are kept."""

MAX_LISTED: Final = 20_000
"""How many events, invocations and mails ``/_local/state`` lists, each the latest."""

MAX_NOTE_LENGTH: Final = 1_000
MAX_PAYLOAD_LENGTH: Final = 20_000
"""In characters of JSON; of a larger payload the journal keeps the beginning."""

# Each run of characters that an address may begin with is read once, so it takes linear time.
_EMAIL_ADDRESS: Final = re.compile(r"[^\s@<>\"'=:(]+(@[^\s@<>\"',;)]+)?")


class Hop(NamedTuple):
    """One thing that happened at one place.

    Attributes:
        at: UTC.
        kind: ``request``, ``event``, ``rule``, ``invoke``, ``schedule``, ``queue``, ``mail``,
            ``destination``, ``log`` or ``cloud``.
        what: the name of the route, event, rule, function, schedule or queue.
        outcome: what came of it, in a word or a few.
        ref: the id by which hops of one event are found together.
        duration_ms: how long it took, where that means something.
        note: more for a reader; never holds an e-mail address.
        failed: whether it deserves a reader's attention.
        number: counts the hops from 1.
        correlation_id: the id that all hops of one request share, "" if it is not known.
        attempt: which attempt at it this is, from 1.
        function: the name of the function that did it, "" if no function was running.
        payload: what travelled, if a reader may look at it. It may hold personal data: it is for
            the developer's own console, never for a log.
    """

    at: datetime
    kind: str
    what: str
    outcome: str
    ref: str = ""
    duration_ms: float | None = None
    note: str = ""
    failed: bool = False
    number: int = 0
    correlation_id: str = ""
    attempt: int = 1
    function: str = ""
    payload: Mapping[str, Any] | None = None


class Journal:
    """Collects hops and passes them to the output and to subscribers."""

    def __init__(
        self,
        clock: Clock,
        output: Callable[[Hop], None] | None = None,
        running_function: Callable[[], str] = str,
    ) -> None:
        self.hops: deque[Hop] = deque(maxlen=KEPT)
        self.counts: Counter[str] = Counter()
        """How many hops there were of each kind and place, such as ``rule/persist-cart``; those
        that failed are counted again as ``…/failed``, and those tried again as ``…/retried``."""
        self._numbers = count(1)
        self._clock = clock
        self._output = output
        self._running_function = running_function
        self._subscribers: list[queue.Queue[Hop]] = []

    def record(
        self,
        kind: str,
        what: str,
        outcome: str,
        *,
        at: datetime | None = None,
        ref: str = "",
        duration_ms: float | None = None,
        note: str = "",
        failed: bool = False,
        correlation_id: str = "",
        attempt: int = 1,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        """Record a hop; the correlation id defaults to the payload's.

        ``at`` is when it happened or ended, by default now. Who measures a duration passes the
        time at which it ended: one looked up later would have the hop begin later than it did.
        """
        hop = Hop(
            at=at or self._clock.now(),
            kind=kind,
            what=what,
            outcome=outcome,
            ref=ref,
            duration_ms=duration_ms,
            note=redact(note)[:MAX_NOTE_LENGTH],
            failed=failed,
            number=next(self._numbers),
            correlation_id=correlation_id or correlation_id_of(payload),
            attempt=attempt,
            function=self._running_function(),
            payload=_preview(payload),
        )
        self.hops.append(hop)
        for name in _counted_as(hop):
            self.counts[name] += 1
        if self._output is not None:
            self._output(hop)
        for subscriber in list(self._subscribers):
            _offer(subscriber, hop)

    def subscribe(self) -> queue.Queue[Hop]:
        """Return a queue that gets every hop from now on; a slow reader loses the oldest."""
        subscriber: queue.Queue[Hop] = queue.Queue(maxsize=KEPT)
        self._subscribers.append(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: queue.Queue[Hop]) -> None:
        """Give nothing more to a queue that :meth:`subscribe` returned."""
        self._subscribers.remove(subscriber)


def redact(text: str) -> str:
    """Return ``text`` without the e-mail addresses in it."""
    if "@" not in text:
        return text
    return _EMAIL_ADDRESS.sub(lambda run: "<e-mail address>" if run[1] else run[0], text)


def _preview(payload: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a payload, or what tells of one that is too large to be kept."""
    text = "" if payload is None else json.dumps(payload)
    if len(text) <= MAX_PAYLOAD_LENGTH:
        return payload
    return {"truncated": True, "characters": len(text), "beginning": text[:MAX_NOTE_LENGTH]}


def _counted_as(hop: Hop) -> Iterator[str]:
    """Yield the names that a hop is counted by: its kind, with its place or its outcome."""
    if hop.kind == "cloud":
        return
    named = hop.outcome.split(maxsplit=1)[0] if hop.kind in {"request", "schedule"} else hop.what
    place = f"{hop.kind}/{named}"
    yield place
    if hop.failed:
        yield f"{place}/failed"
    if hop.attempt > 1:
        yield f"{place}/retried"


def _offer(subscriber: queue.Queue[Hop], hop: Hop) -> None:
    while True:
        try:
            subscriber.put_nowait(hop)
        except queue.Full:
            subscriber.get_nowait()
        else:
            return
