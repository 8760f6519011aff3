"""AWS as far as load matters: what it takes in a second, and what it does with what it refuses."""

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

SES_SECONDS: Final = 0.08
"""What SES takes to answer."""

_REFUSED: Final = {"Error": {"Code": "TooManyRequestsException", "Message": "Too fast."}}
_AWAY: Final = {"Error": {"Code": "InternalFailure", "Message": "Not now."}}


@dataclass
class Time:
    """The time within a run, in seconds from the beginning of the simulation."""

    at: float = 0

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds


class PerSecond:
    """A quota: so many calls are taken in each second."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[int] = Counter()

    def takes(self, at: float) -> bool:
        """Count a call, and tell whether it is taken."""
        second = int(at)
        if self._taken[second] >= self._most:
            return False
        self._taken[second] += 1
        return True


class Ses:
    """SES's client: takes so many mails a second, and none from ``away_from`` to ``away_to``."""

    def __init__(self, time: Time, rate: int, away_from: float, away_to: float) -> None:
        self._time = time
        self._quota = PerSecond(rate)
        self._away = away_from, away_to
        self.refusals = 0

    def send_email(self, **_: Any) -> Mapping[str, str]:
        """Take a mail, or raise what botocore does."""
        self._time.pass_by(SES_SECONDS)
        if self._away[0] <= self._time.at < self._away[1]:
            raise ClientError(_AWAY, "SendEmail")
        if not self._quota.takes(self._time.at):
            self.refusals += 1
            raise ClientError(_REFUSED, "SendEmail")
        return {"MessageId": "1"}


class Queue:
    """The queue of reminders: messages are numbers, received so many times at most."""

    def __init__(self, visible_at: Iterable[float], max_receives: int) -> None:
        self._waiting = [(at, number) for number, at in enumerate(visible_at)]
        heapq.heapify(self._waiting)
        self._max_receives = max_receives
        self.receives: Counter[int] = Counter()
        self.dead: set[int] = set()
        self.counted_until: dict[int, float] = {}
        """When a message was received for the third time: its age no longer counts then."""

    def next_visible(self) -> float | None:
        """Return when there is a message next, None if nothing is left."""
        return self._waiting[0][0] if self._waiting else None

    def receive(self, at: float, most: int) -> list[int]:
        """Take messages that are visible."""
        taken: list[int] = []
        while self._waiting and self._waiting[0][0] <= at and len(taken) < most:
            _, number = heapq.heappop(self._waiting)
            self.receives[number] += 1
            if self.receives[number] == 3:
                self.counted_until[number] = at
            taken.append(number)
        return taken

    def put_back(self, number: int, at: float) -> None:
        """Have a message visible again, or dead if it was received too often."""
        if self.receives[number] >= self._max_receives:
            self.dead.add(number)
        else:
            heapq.heappush(self._waiting, (at, number))
