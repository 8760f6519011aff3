"""What happened, hop by hop: each is one record, from which log lines and pages are made."""

import queue
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.local.clock import Clock

KEPT: Final = 1_000
"""How many records of each kind are kept for ``/_local/state``."""

_EMAIL_ADDRESS: Final = re.compile(r"[^\s@<>\"'=:(]+@[^\s@<>\"',;)]+")


@dataclass(frozen=True)
class Hop:
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
    """

    at: datetime
    kind: str
    what: str
    outcome: str
    ref: str = ""
    duration_ms: float | None = None
    note: str = ""
    failed: bool = False


class Journal:
    """Collects hops, hands them to the output and to whoever subscribed."""

    def __init__(self, clock: Clock, output: Callable[[Hop], None] | None = None) -> None:
        self.hops: deque[Hop] = deque(maxlen=KEPT)
        self._clock = clock
        self._output = output
        self._subscribers: list[queue.Queue[Hop]] = []

    def record(
        self,
        kind: str,
        what: str,
        outcome: str,
        *,
        ref: str = "",
        duration_ms: float | None = None,
        note: str = "",
        failed: bool = False,
    ) -> None:
        """Record a hop that happens now."""
        now = self._clock.now()
        hop = Hop(now, kind, what, outcome, ref, duration_ms, redact(note), failed)
        self.hops.append(hop)
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
    return _EMAIL_ADDRESS.sub("<e-mail address>", text)


def _offer(subscriber: queue.Queue[Hop], hop: Hop) -> None:
    while True:
        try:
            subscriber.put_nowait(hop)
        except queue.Full:
            subscriber.get_nowait()
        else:
            return
