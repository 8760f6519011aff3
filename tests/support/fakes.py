"""The adapters' doubles: they keep in memory what the real ones keep in AWS.

The contract suites in ``tests/unit/adapters`` hold fakes and real adapters to the same promises.
"""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from chalicelib.adapters.dynamodb.reminder_claims import Claim
from chalicelib.adapters.scheduler import SOONEST
from chalicelib.domain import ids
from chalicelib.domain.addresses import canonical
from chalicelib.domain.cart import LIFETIME, Cart, Change, Contact, PriceSeen
from chalicelib.domain.errors import CartError, ClaimHeld, GuestCartTaken
from chalicelib.domain.events import CartReminderDue, Envelope
from chalicelib.domain.failures import Failure
from chalicelib.domain.mail import Mail
from chalicelib.domain.mail_feedback import Reason
from chalicelib.domain.reminder_outcomes import SentReminder
from chalicelib.domain.signing import SigningKey


class Faults:
    """Errors that the next calls of a fake raise, in this order."""

    def __init__(self) -> None:
        self._errors: list[CartError] = []

    def fail_next(self, *errors: CartError) -> None:
        """Have the next calls raise these errors, one each."""
        self._errors.extend(errors)

    def _raise_if_due(self) -> None:
        if self._errors:
            raise self._errors.pop(0)


class InMemoryCarts(Faults):
    """Stands in for ``CartsTable``."""

    def __init__(self) -> None:
        super().__init__()
        self._changes: dict[str, list[Change]] = {}
        self._owners: dict[str, str] = {}
        self._contacts: dict[str, list[Contact]] = {}
        self._prices: dict[str, dict[str, PriceSeen]] = {}

    def record(
        self,
        cart_id: str,
        change: Change,
        now: datetime,
        contact: Contact | None = None,
        price_seen: PriceSeen | None = None,
    ) -> bool:
        self._raise_if_due()
        known = self._changes.setdefault(cart_id, [])
        same = [other for other in known if other.intent == change.intent]
        alive = [other for other in same if not _is_over(other, now)]
        if _is_over(change, now) or any(other.rank <= change.rank for other in alive):
            return False
        self._changes[cart_id] = [other for other in known if other not in same] + [change]
        if contact is not None:
            self._contacts.setdefault(cart_id, []).append(contact)
        if price_seen is not None:
            prices = self._prices.setdefault(cart_id, {})
            prices[change.sku] = max(price_seen, prices.get(change.sku, price_seen))
        return True

    def read(self, cart_id: str, now: datetime) -> Cart:
        self._raise_if_due()
        changes = self._changes.get(cart_id, [])
        merged = Cart(changes, now).merged_at
        guests = {
            name: Cart(self._changes.get(name, []), now, prices_seen=self._prices.get(name))
            for name in merged
        }
        contact = max(self._contacts.get(cart_id, []), default=None)
        return Cart(changes, now, guests, contact, self._prices.get(cart_id))

    def claim_guest(self, guest_cart_id: str, cart_id: str, now: datetime) -> None:
        del now
        self._raise_if_due()
        if self._owners.setdefault(guest_cart_id, cart_id) != cart_id:
            raise GuestCartTaken("It is another customer's.")

    def owner_of(self, guest_cart_id: str) -> str | None:
        self._raise_if_due()
        return self._owners.get(guest_cart_id)


class RecordingBus(Faults):
    """Stands in for ``EventBus``; ``published`` is what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[Envelope[Any]] = []

    def publish(self, *envelopes: Envelope[Any]) -> None:
        self._raise_if_due()
        self.published.extend(envelopes)


class InMemorySchedules(Faults):
    """Stands in for ``Schedules``; ``due`` tells each wake-up's time."""

    def __init__(self) -> None:
        super().__init__()
        self.due: dict[tuple[str, int], datetime] = {}

    def schedule(self, wake_up: Envelope[CartReminderDue], due_at: datetime, now: datetime) -> bool:
        self._raise_if_due()
        key = wake_up.data.cart_id, wake_up.data.window
        if key in self.due:
            return False
        soonest = max(due_at, now + SOONEST)
        self.due[key] = soonest + timedelta(microseconds=-soonest.microsecond % 1_000_000)
        return True


class Outbox(Faults):
    """Stands in for ``Mailer``; ``sent`` is what went out."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Mail] = []

    def send(self, mail: Mail) -> str:
        self._raise_if_due()
        self.sent.append(mail)
        return f"message-{len(self.sent)}"


class InMemoryReminderLog(Faults):
    """Stands in for ``ReminderLog``; ``kept`` is what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[tuple[str, int, int], tuple[Claim, datetime, str]] = {}
        self._tokens = count(1)
        self.kept: dict[tuple[str, int, int], SentReminder] = {}

    def sent(self, cart_id: str) -> tuple[SentReminder, ...]:
        self._raise_if_due()
        return tuple(one for (cart, *_), one in self.kept.items() if cart == cart_id)

    def claim(
        self,
        cart_id: str,
        window: int,
        step: int,
        now: datetime,
        lease: timedelta,
        *,
        wake_up: str,
    ) -> Claim | None:
        self._raise_if_due()
        key = cart_id, window, step
        if key in self.kept:
            return None
        if key in self._held and self._held[key][1] > now:
            held_for = self._held[key][1] - now
            raise ClaimHeld("It is held.", held_seconds=held_for.total_seconds())
        claim = Claim(cart_id, window, step, f"token-{next(self._tokens)}")
        self._held[key] = claim, now + lease, wake_up
        return claim

    def mark_sent(self, claim: Claim, now: datetime, message_id: str) -> datetime:
        self._raise_if_due()
        key = claim.cart_id, claim.window, claim.step
        *_, wake_up = self._held.pop(key, (None, None, ""))
        at = now.replace(microsecond=now.microsecond // 1000 * 1000)
        sent = SentReminder(claim.window, claim.step, at, wake_up, message_id)
        return self.kept.setdefault(key, sent).at

    def release(self, claim: Claim) -> None:
        self._raise_if_due()
        key = claim.cart_id, claim.window, claim.step
        if key in self._held and self._held[key][0] == claim:
            del self._held[key]


class InMemoryFailures(Faults):
    """Stands in for ``Failures``."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[tuple[str, str, str], Failure] = {}

    def record(self, failure: Failure) -> None:
        self._raise_if_due()
        key = failure.cart_id, ids.intent_of(failure.request_id), failure.function
        known = self._kept.get(key)
        if known is None or known.request_id <= failure.request_id:
            self._kept[key] = failure

    @property
    def kept(self) -> list[Failure]:
        return list(self._kept.values())

    def find(self, cart_id: str, request_id: str, function: str = "persist_cart") -> Failure | None:
        self._raise_if_due()
        return self._kept.get((cart_id, ids.intent_of(request_id), function))


class InMemorySuppressions(Faults):
    """Stands in for ``Suppressions``."""

    def __init__(self) -> None:
        super().__init__()
        self._reasons: dict[str, Reason] = {}

    def add(self, address: str, reason: Reason, now: datetime) -> None:
        del now
        self._raise_if_due()
        self._reasons[canonical(address)] = reason

    def contains(self, address: str) -> bool:
        self._raise_if_due()
        return canonical(address) in self._reasons


class InMemoryPreferences(Faults):
    """Stands in for ``Preferences``."""

    def __init__(self) -> None:
        super().__init__()
        self.opted_out: set[str] = set()
        self.opted_in: set[str] = set()

    def opt_out(self, cart_id: str, now: datetime) -> None:
        del now
        self._raise_if_due()
        self.opted_out.add(cart_id)
        self.opted_in.discard(cart_id)

    def opt_in(self, cart_id: str, now: datetime, wording: str) -> None:
        del now, wording
        self._raise_if_due()
        self.opted_out.discard(cart_id)
        self.opted_in.add(cart_id)

    def has_opted_in(self, cart_id: str) -> bool:
        self._raise_if_due()
        return cart_id in self.opted_in

    def has_opted_out(self, cart_id: str) -> bool:
        self._raise_if_due()
        return cart_id in self.opted_out


class FixedKeys(Faults):
    """Stands in for ``SigningKeys``; ``keys`` are what it has, the newest first."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = (SigningKey(b"0" * 32, created_at=0),)

    def current(self, now: datetime) -> tuple[SigningKey, ...]:
        del now
        self._raise_if_due()
        return self.keys


def _is_over(change: Change, now: datetime) -> bool:
    return ids.time_of(change.event_id) + LIFETIME <= now
