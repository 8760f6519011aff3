"""Some days of a few guests who leave addresses, and what must hold of the mails to these.

A seed makes what the guests do, when, and what breaks down. What is checked is computed from what
was asked for and answered, and knows nothing of how reminders are decided.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from infra.local.aws.ses import Mail
from infra.local.cloud import LocalCloud  # noqa: TC001 - as everywhere
from tests.support.plans import open_shop
from tests.support.products import MUG, TEA

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
START: Final = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
STEPS: Final = (3 * HOUR, DAY)
EMAILS: Final = ("one@example.com", "two@example.com")
CUSTOMER: Final = "customer@example.com"
FUNCTIONS: Final = (
    "confirm_address",
    "plan_guest_reminder",
    "remind_guest",
    "forget_guest_address",
)
_CONFIRM: Final = re.compile(r"(/guest/confirm\?token=(guest-[0-9a-f]+)\S+)")
_STOP: Final = re.compile(r"(/unsubscribe\?token=(guest-[0-9a-f]+)\S+)")


@dataclass
class Visitor:
    """A guest, and when they did what; ``gone`` is when they signed in."""

    token: str
    adds: list[datetime] = field(default_factory=list)
    confirmed: dict[str, list[datetime]] = field(default_factory=dict)
    stopped: list[datetime] = field(default_factory=list)
    gone: datetime | None = None

    @property
    def cart_id(self) -> str:
        """The id of the cart, which the token begins with."""
        return self.token.partition(".")[0]


class History:
    """Plays the history of a seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, Random(seed)  # noqa: S311 - a history, not a secret
        self.guests = list[Visitor]()
        self.disturbed = False

    def play(self) -> list[str]:
        """Play it, and return the promises that were broken."""
        after = [f"{step // HOUR}h" for step in STEPS]
        with open_shop(after, at=START, seed=self.seed) as cloud:
            self.cloud: LocalCloud = cloud
            self.guests = [Visitor(json.loads(self._send("/guest", "POST"))["guest_token"])]
            self.guests.append(Visitor(json.loads(self._send("/guest", "POST"))["guest_token"]))
            acts = (self._add, self._add, self._add, self._ask, self._ask, *3 * (self._confirm,))
            for _ in range(self.random.randint(8, 20)):
                self._pass(self.random.choice((20, 600, 4 * 3600, 20 * 3600)))
                self.random.choice((*acts, self._look, self._stop, self._merge, self._disturb))()
            for target in ("ses", "events", *(f"function:{name}" for name in FUNCTIONS)):
                cloud.faults.arm(target, 0)
            cloud.advance(6 * DAY.total_seconds())
            return [*self._broken()]

    # What people do

    def _pass(self, most: int) -> None:
        self.cloud.advance(self.random.uniform(1, most))

    def _send(self, path: str, method: str, body: object = None, **headers: str) -> bytes:
        """Ask until it is answered, and have what it causes be done."""
        headers |= {"Content-Type": "application/json"} if body else {}
        while True:
            answer = self.cloud.request(method, path, headers, json.dumps(body) if body else "")
            self.cloud.advance(1)
            if answer.status < 500:
                self.status = answer.status
                return answer.body

    def _add(self) -> None:
        guest = self.random.choice(self.guests)
        if guest.gone is None:
            item = {"sku": self.random.choice((MUG, TEA)), "quantity": 1}
            guest.adds.append(self.cloud.clock.now())
            self._send("/guest/cart", "POST", item, **{"Guest-Token": guest.token})

    def _ask(self) -> None:
        guest, email = self.random.choice(self.guests), self.random.choice(EMAILS)
        if guest.gone is None:
            token = {"Guest-Token": guest.token}
            self._send("/guest/cart/reminders", "PUT", {"email": email}, **token)

    def _linked(self, link: re.Pattern[str], method: str) -> tuple[Visitor, Mail, datetime] | None:
        """Open a link in one of the mails; return whose it is, which mail, and when."""
        mails = [mail for mail in self.cloud.inbox if link.search(mail.text or "")]
        if not mails:
            return None
        mail = self.random.choice(mails)
        found = link.search(mail.text or "")
        assert found
        at = self.cloud.clock.now()
        self._send(found[1], method)
        (guest,) = (each for each in self.guests if each.cart_id == found[2])
        return guest, mail, at

    def _look(self) -> None:
        self._linked(_CONFIRM, "GET")

    def _confirm(self) -> None:
        if (opened := self._linked(_CONFIRM, "POST")) and self.status == 200:
            guest, mail, at = opened
            guest.confirmed.setdefault(mail.to[0], []).append(at)

    def _stop(self) -> None:
        if opened := self._linked(_STOP, "POST"):
            guest, _, at = opened
            guest.stopped.append(at)

    def _merge(self) -> None:
        guest = self.random.choice(self.guests)
        if guest.gone is None and self.random.random() < 0.4:
            token = {"Authorization": f"Bearer {self.cloud.sign_in(CUSTOMER)}"}
            self._send("/cart/merge", "POST", {"guest_token": guest.token}, **token)
            guest.gone = self.cloud.clock.now()

    def _disturb(self) -> None:
        self.disturbed = True
        match self.random.choice(("ses", "function", "events", "replay", "replay")):
            case "ses":
                self.cloud.faults.arm("ses", 100_000)
                self.cloud.advance(self.random.choice((1, 5)) * 3600)
                self.cloud.faults.arm("ses", 0)
            case "function":
                name = self.random.choice(FUNCTIONS)
                self.cloud.faults.arm(f"function:{name}", self.random.choice((1, 2)))
            case "events":
                self.cloud.faults.arm("events", self.random.choice((1, 3)))
            case "replay":
                now = self.cloud.clock.now()
                self.cloud.replay(now - self.random.choice((2, 30, 200)) * HOUR, now)

    # What must hold

    def _broken(self) -> Iterator[str]:
        questions = [mail for mail in self.cloud.inbox if _CONFIRM.search(mail.text or "")]
        asked = Counter((mail.to[0], f"{mail.sent_at:%Y-%m-%d}") for mail in questions)
        yield from (f"{to} was asked {n} times on {day}" for (to, day), n in asked.items() if n > 1)
        for guest in self.guests:
            reminders = [mail for mail in self.cloud.inbox if guest.cart_id in (mail.text or "")]
            reminders = [mail for mail in reminders if mail not in questions]
            for mail in reminders:
                yield from (f"{mail.sent_at:%d %H:%M} {why}" for why in _wrong(guest, mail))
            yield from self._left_alone(guest, reminders)
            if guest.gone and guest.cart_id in self._kept():
                yield f"the address of {guest.cart_id} is kept after the merge"
        addresses = (*EMAILS, CUSTOMER)
        for event in self.cloud.state()["events"]:
            if event["detail-type"] != "CartReminderDue" and event["source"] != "lambda":
                text = json.dumps(event)
                yield from (
                    f"{event['detail-type']} has {one}" for one in addresses[:2] if one in text
                )

    def _left_alone(self, guest: Visitor, reminders: list[Mail]) -> Iterator[str]:
        """Look whether a guest who confirmed first, and then left a cart alone, got each step."""
        if self.disturbed or guest.gone or guest.stopped or not guest.adds:
            return
        if len(guest.confirmed) != 1 or self._asked_for_another(guest):
            return
        ((first, *_),) = guest.confirmed.values()
        since = max(guest.adds[-1], first)
        mails = [mail for mail in reminders if mail.sent_at > since]
        if len(mails) != len(STEPS):
            yield f"{guest.cart_id} was left alone since {since} and got {len(mails)} mails"

    def _asked_for_another(self, guest: Visitor) -> bool:
        return next(iter(guest.confirmed)) != self._kept().get(guest.cart_id)

    def _kept(self) -> dict[str, str]:
        """Return the addresses that are kept and confirmed, by their carts."""
        items: list[dict[str, Any]] = self.cloud.client("dynamodb").scan(TableName="cart-local")[
            "Items"
        ]
        return {
            item["pk"]["S"].removeprefix("GUEST_ADDRESS#"): item["email"]["S"]
            for item in items
            if item["pk"]["S"].startswith("GUEST_ADDRESS#") and item["confirmed"]["N"] == "1"
        }


def _wrong(guest: Visitor, mail: Mail) -> Iterator[str]:
    """Tell what is wrong with a reminder."""
    to, at = mail.to[0], mail.sent_at
    if to not in guest.confirmed or guest.confirmed[to][0] > at:
        yield f"{to} was reminded and had not confirmed"
    if guest.gone and guest.gone + MINUTE < at:
        yield f"{to} was reminded after the guest became a customer"
    again = [when for times in guest.confirmed.values() for when in times if when <= at]
    stopped = [when for when in guest.stopped if when + MINUTE < at]
    if stopped and max(stopped) > max(again, default=START):
        yield f"{to} was reminded after that was stopped"
    adds = [when for when in guest.adds if when <= at]
    if not adds or at < adds[-1] + STEPS[0]:
        yield f"{to} was reminded too early"
