"""Some days of a few customers of a shop with a plan, and what must hold of their reminders.

A seed makes the shop's rules, the customers' time zones, what they do and what breaks down. What is
checked knows nothing of how reminders are decided: it looks at mails, at answers of the API and at
what the bus tells, and computes the rest from what was asked for.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from infra.local.cloud import LocalCloud  # noqa: TC001 - as everywhere
from tests.support.catalog import LANGUAGE, PRODUCTS
from tests.support.plans import open_shop

MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
MAX_LATENESS: Final = 2 * DAY
SHOPS_ZONE: Final = "Europe/Berlin"
ZONES: Final = (
    *("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
    *("America/St_Johns", "Mars/Phobos", None),
)
SKUS: Final = ("MUG-STONE-350", "TEA-SENCHA-100")
NAMES: Final = {product.name_in(LANGUAGE): product.sku for product in PRODUCTS}
# In two of these nights clocks are set in Europe, and in two in America.
BEGINNINGS: Final = (
    *(datetime(2026, 1, 12, 9, tzinfo=UTC), datetime(2026, 3, 27, 9, tzinfo=UTC)),
    *(datetime(2026, 10, 23, 9, tzinfo=UTC), datetime(2026, 3, 6, 15, tzinfo=UTC)),
    datetime(2026, 10, 30, 15, tzinfo=UTC),
)
NIGHTS: Final = (None, ("21:00", "08:00"), ("00:00", "06:30"), ("12:00", "23:15"))
_ITEM: Final = re.compile(r"^ +(\d+) \S (.+) \(", re.MULTILINE)


@dataclass(frozen=True)
class Rules:
    """What the shop has set."""

    steps: tuple[timedelta, ...]
    quiet: tuple[str, str] | None
    most: tuple[int, int] | None
    consent: str

    @property
    def lines(self) -> list[str]:
        """Return it as shop.toml has it."""
        lines = [f'consent = "{self.consent}"']
        if self.quiet:
            lines.append(f'quiet_hours = {{ from = "{self.quiet[0]}", until = "{self.quiet[1]}" }}')
        if self.most:
            lines.append(f"max_mails = {{ mails = {self.most[0]}, days = {self.most[1]} }}")
        return lines


@dataclass
class Customer:
    """A customer, and what they did so far: when, what and how many."""

    email: str
    zone: str | None
    did: list[tuple[datetime, str, str, int]] = field(default_factory=list)
    wished: list[tuple[datetime, bool]] = field(default_factory=list)
    told: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    mails: list[tuple[datetime, Counter[str]]] = field(default_factory=list)
    cart_id: str = ""

    def cart(self, at: datetime) -> Counter[str]:
        """Return what is in the cart at a time."""
        cart = Counter[str]()
        for when, what, sku, count in self.did:
            if when > at:
                break
            if what == "add":
                cart[sku] += count
            else:
                cart = Counter({one: n for one, n in cart.items() if sku not in {one, ""}})
        return cart

    def last_add(self, at: datetime) -> datetime | None:
        """Return when something was last added before a time."""
        adds = (when for when, what, *_ in self.did if what == "add" and when <= at)
        return max(adds, default=None)

    def wants(self, at: datetime, consent: str) -> bool:
        """Tell whether reminders are wanted at a time."""
        wishes = (wish for when, wish in reversed(self.wished) if when <= at)
        return next(wishes, consent == "implied")

    @property
    def acted_at(self) -> list[datetime]:
        """When they did or wished something."""
        return [*(did[0] for did in self.did), *(wish[0] for wish in self.wished)]


class Lives:
    """Plays the history of a seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, Random(seed)  # noqa: S311 - a history, not a secret
        steps = self.random.choice(((3,), (3, 24), (1, 5, 30), (3, 24, 72)))
        self.rules = Rules(
            steps=tuple(hours * HOUR for hours in steps),
            quiet=self.random.choice(NIGHTS),
            most=self.random.choice((None, None, (1, 2), (2, 1))),
            consent=self.random.choice(("implied", "implied", "required")),
        )
        self.customers = [
            Customer(f"{name}@example.com", self.random.choice(ZONES)) for name in ("ada", "grace")
        ]
        self.begun_at = self.random.choice(BEGINNINGS)
        self.disturbed, self.redriven = list[datetime](), list[datetime]()
        self.disturbances = Counter[str]()
        self.events = list[dict[str, Any]]()

    def play(self) -> list[str]:
        """Play it, and return the promises that were broken."""
        after = [f"{step // HOUR}h" for step in self.rules.steps]
        with open_shop(after, *self.rules.lines, at=self.begun_at, seed=self.seed) as cloud:
            self.cloud: LocalCloud = cloud
            for _ in range(self.random.randint(6, 16)):
                most = self.random.choice((20, 300, 3600, 6 * 3600, 20 * 3600))
                self._pass(self.random.uniform(1, most))
                self.random.choice((self._shop, self._shop, self._shop, self._disturb))()
            self._calm()
            self._pass(86_400)
            self._redrive()  # what waited in the night came too late for the first time
            self._pass(6 * 86_400)
            self.events = cloud.state()["events"]
            return [*self._broken()]

    def figures(self) -> Counter[str]:
        """Return figures about the history that was played."""
        figures = Counter[str]({f"disturbance: {one}": n for one, n in self.disturbances.items()})
        for customer in self.customers:
            figures[f"zone: {customer.zone or 'none'}"] += 1
            figures.update(f"act: {what}" for _, what, *_ in customer.did)
            figures["act: wish"] += len(customer.wished)
            figures["act: look"] += len(customer.told)
            figures["mails"] += len(customer.mails)
        facts = (event for event in self.events if event["source"] == "cart.reminders")
        told = {event["detail"]["metadata"]["event_id"]: event for event in facts}
        for event in told.values():
            data = event["detail"]["data"]
            if event["detail-type"] == "ReminderSent":
                figures[f"mails of step {data['step']}"] += 1
            if event["detail-type"] == "ReminderSkipped":
                figures[f"skipped: {data['reason']}"] += 1
        figures["events"] = len(self.events)
        figures["runs of functions"] = len(self.cloud.state()["invocations"])
        return figures

    def _pass(self, seconds: float) -> None:
        """Let time pass, and note the mails that came."""
        self.cloud.advance(seconds)
        for customer in self.customers:
            known = len(customer.mails)
            mine = [mail for mail in self.cloud.inbox if mail.to == (customer.email,)]
            for mail in mine[known:]:
                items = Counter({NAMES[name]: int(n) for n, name in _ITEM.findall(mail.text or "")})
                customer.mails.append((mail.sent_at, items))

    def _shop(self) -> None:
        customer = self.random.choice(self.customers)
        what = self.random.choice(("add", "add", "add", "remove", "order", "wish", "look", "look"))
        sku, count = self.random.choice(SKUS), self.random.randint(1, 3)
        match what:
            case "add":
                at, _ = self._send(customer, "POST", "/cart", {"sku": sku, "quantity": count})
                customer.did.append((at, "add", sku, count))
            case "remove":
                at, _ = self._send(customer, "DELETE", f"/cart/{sku}")
                customer.did.append((at, "remove", sku, 0))
            case "order":
                at, _ = self._send(customer, "POST", "/cart/checkout")
                customer.did.append((at, "order", "", 0))
            case "wish":
                wanted = self.random.random() < 0.6
                at, _ = self._send(customer, "PUT", "/cart/reminders", {"wanted": wanted})
                customer.wished.append((at, wanted))
            case "look":
                at, cart = self._send(customer, "GET", "/cart")
                due_at = cart["reminder_due_at"]
                customer.told.append((at, datetime.fromisoformat(due_at) if due_at else None))

    def _send(
        self, customer: Customer, method: str, path: str, body: object = None
    ) -> tuple[datetime, Any]:
        """Ask until it is answered; return when it was, and the answer."""
        while True:
            token = self.cloud.sign_in(customer.email, time_zone=customer.zone)
            claims = self.cloud.parts.identity.verify(token)
            customer.cart_id = claims["sub"] if claims else ""
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            text = json.dumps(body) if body else ""
            answer = self.cloud.request(method, path, headers, text)
            at = self.cloud.clock.now()
            self.cloud.advance(1)
            if answer.status < 400:
                return at, json.loads(answer.body)
            assert answer.status in {502, 503}, (path, answer)

    def _disturb(self) -> None:
        """Have something fail for a while, or come again."""
        self.disturbed.append(self.cloud.clock.now())
        what = self.random.choice(("ses", "ses", "function", "events", "replay", "replay"))
        self.disturbances[what] += 1
        match what:
            case "ses":
                self.cloud.faults.arm("ses", 100_000)
                self._pass(self.random.choice((HOUR, 14 * HOUR)).total_seconds())
                self.cloud.faults.arm("ses", 0)
            case "function":
                name = self.random.choice(("persist_cart", "schedule_reminder", "next_reminder"))
                self.cloud.faults.arm(f"function:{name}", self.random.choice((1, 2)))
            case "events":
                self.cloud.faults.arm("events", self.random.choice((1, 3)))
            case "replay":
                now = self.cloud.clock.now()
                self.cloud.replay(now - self.random.choice((2, 30, 200)) * HOUR, now)
        self.disturbed.append(self.cloud.clock.now())

    def _calm(self) -> None:
        """Let everything work again, and do what an operator does."""
        self.disturbed.append(self.cloud.clock.now())
        for target in ("ses", "events", "function:persist_cart", "function:schedule_reminder"):
            self.cloud.faults.arm(target, 0)
        self.cloud.faults.arm("function:next_reminder", 0)
        self._redrive()

    def _redrive(self) -> None:
        self.redriven.append(self.cloud.clock.now())
        self.disturbed.append(self.cloud.clock.now())
        self.cloud.redrive("cart-reminders-dlq-local")

    # What must hold

    def _broken(self) -> Iterator[str]:
        yield from self._outcomes()
        for customer in self.customers:
            for number, (at, items) in enumerate(customer.mails):
                for problem in self._of_mail(customer, number, at, items):
                    yield f"{customer.email}, mail of {at:%a %d %H:%M}: {problem}"
            for problem in self._of_told_times(customer):
                yield f"{customer.email}: {problem}"
            yield from self._left_alone(customer)

    def _of_mail(
        self, customer: Customer, number: int, at: datetime, items: Counter[str]
    ) -> Iterator[str]:
        known = customer.zone and customer.zone != "Mars/Phobos"
        zone = ZoneInfo(customer.zone if known and customer.zone else SHOPS_ZONE)
        if self.rules.quiet and _is_quiet(f"{at.astimezone(zone):%H:%M}", *self.rules.quiet):
            yield f"it is {at.astimezone(zone):%H:%M} in {zone}, where nobody is mailed"
        recently = [at - n * MINUTE for n in range(6)]
        if items not in [customer.cart(when) for when in recently]:
            yield f"it is about {items}, and there is {customer.cart(at)}"
        if not any(customer.wants(when, self.rules.consent) for when in recently):
            yield "no reminders are wanted"
        last_add = customer.last_add(at)
        known_adds = filter(None, map(customer.last_add, recently))
        if all(at < add + self.rules.steps[0] for add in known_adds):
            yield f"it is too early after the add of {last_add}"
        if last_add and number:
            yield from self._too_soon(customer, number, last_add)
        if self.rules.most:
            since = at - self.rules.most[1] * DAY
            before = sum(when > since for when, _ in customer.mails[:number])
            if before >= self.rules.most[0]:
                yield f"{before} mails came in {self.rules.most[1]} days before it"

    def _too_soon(self, customer: Customer, number: int, last_add: datetime) -> Iterator[str]:
        """Look whether a mail keeps the plan's distance from the one before it.

        Where something breaks down, the one before it may be late; and a replay brings wake-ups
        that were skipped, all at once.
        """
        before, at = (customer.mails[each][0] for each in (number - 1, number))
        if before < last_add or any(last_add - HOUR < when <= at for when in self.disturbed):
            return
        step = sum(last_add < when <= at for when, _ in customer.mails)
        pause = self.rules.steps[step - 1] - self.rules.steps[step - 2]
        if at - before < pause - 2 * MINUTE:
            yield f"{at - before} after the one before it is too soon for step {step}"

    def _of_told_times(self, customer: Customer) -> Iterator[str]:
        """Look whether a mail came when the cart said so, where nothing happened in between.

        No step follows one whose wake-up waits in the dead-letter queue.
        """
        for at, due_at in customer.told:
            until = (due_at or at + 3 * DAY) + 2 * MINUTE
            acts = (*customer.acted_at, *self.disturbed)
            if any(at - 5 * MINUTE < when < until for when in acts) or self._is_dead(at, until):
                continue
            mails = [when for when, _ in customer.mails if at < when < until]
            if due_at is None and mails:
                yield f"was told of no mail at {at}, and got one at {mails[0]}"
            if due_at is not None and (len(mails) != 1 or abs(mails[0] - due_at) > 2 * MINUTE):
                yield f"was told at {at} of a mail at {due_at}, and got {len(mails)}"

    def _is_dead(self, since: datetime, until: datetime) -> bool:
        """Tell whether a wake-up was in the dead-letter queue at some time in between."""
        dead = (hop.at for hop in self.cloud.hops() if "dead-lettered" in hop.outcome)
        return any(
            at < until and not any(at < redriven <= since for redriven in self.redriven)
            for at in dead
        )

    def _left_alone(self, customer: Customer) -> Iterator[str]:
        """Look whether a cart that was left alone got all its reminders but those that came late.

        What an outage had kept in the dead-letter queue until it was too late is told as skipped.
        """
        end = self.cloud.clock.now()
        last_add = customer.last_add(end)
        if last_add is None or max(customer.acted_at) > last_add or self.rules.most:
            return
        if not customer.wants(end, self.rules.consent):
            return
        mails = [when for when, _ in customer.mails if when > last_add]
        late = self._too_late(customer.cart_id, last_add)
        for step in late:
            due_at = last_add + self.rules.steps[step - 1]
            if not any(at > due_at + MAX_LATENESS for at in self.redriven):
                yield f"step {step} was due {due_at}, and was too late"
        if len(mails) + len(late) != len(self.rules.steps):
            yield f"{customer.email} left a cart alone since {last_add} and got {len(mails)} mails"

    def _too_late(self, cart_id: str, since: datetime) -> set[int]:
        """Return the steps due since a time of which the bus tells that they came too late."""
        return {
            event["detail"]["data"]["step"]
            for event in self.events
            if event["detail"].get("data", {}).get("reason") == "too_late"
            and event["detail"]["data"]["cart_id"] == cart_id
            and event["detail"]["data"]["window"] > since.timestamp()
        }

    def _outcomes(self) -> Iterator[str]:
        facts = [event for event in self.events if event["source"] == "cart.reminders"]
        causes = {fact["detail"]["metadata"]["causation_id"] for fact in facts}
        sent = defaultdict[str, set[tuple[int, int]]](set)
        ids = set[str]()
        for fact in facts:
            data, metadata = fact["detail"]["data"], fact["detail"]["metadata"]
            if fact["detail-type"] == "CartReminderDue" and metadata["event_id"] not in causes:
                yield f"nothing tells what became of step {data['step']} of {data['window']}"
            if fact["detail-type"] == "ReminderSent":
                ids.add(metadata["event_id"])
                sent[data["cart_id"]].add((data["window"], data["step"]))
        mails = sum(len(customer.mails) for customer in self.customers)
        if len(ids) != mails or sum(map(len, sent.values())) != mails:
            yield f"{mails} mails went out, and {len(ids)} are told, of {sent}"


def _is_quiet(shown: str, start: str, until: str) -> bool:
    inside = min(start, until) <= shown < max(start, until)
    return inside if start < until else not inside
