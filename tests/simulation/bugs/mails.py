"""Bugs in sending a mail once, and to whom."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any

from chalicelib.adapters import sdk
from chalicelib.adapters.dynamodb.preferences import Preferences
from chalicelib.adapters.dynamodb.reminder_claims import Claim, ReminderLog
from chalicelib.adapters.dynamodb.suppressions import Suppressions
from chalicelib.usecases import reminder_mail, send_reminder
from infra.local import project
from tests.simulation.bugs.ingredients import fault, rush, shopper, step
from tests.simulation.bugs.registry import bug, replacing
from tests.simulation.faults import Kind
from tests.simulation.steps import Unsubscribe


@bug("a mail is sent without a claim, and marked after", needs=rush)
def _() -> AbstractContextManager[Any]:
    def claim(self: ReminderLog, cart_id: str, window: int, step: int, *_: Any, **__: Any) -> Any:
        answer = self._client.get_item(Key=_reminder(cart_id, window), **self._name)
        return None if "sent_at" in answer.get("Item", {}) else Claim(cart_id, window, step, "none")

    return replacing(ReminderLog, "claim", claim)


@bug("the claim is a lease that has run out when it begins", needs=rush)
def _() -> AbstractContextManager[Any]:
    return replacing(send_reminder, "LEASE", timedelta())


@bug("a mail is marked before it is sent")
def _() -> AbstractContextManager[Any]:
    original = ReminderLog.claim

    def claim(
        self: ReminderLog, cart_id: str, window: int, step: int, now: Any, *_: Any, **also: Any
    ) -> Any:
        claimed = original(self, cart_id, window, step, now, *_, **also)
        if claimed is not None:
            self.mark_sent(claimed, now, "soon")
        return claimed

    return replacing(ReminderLog, "claim", claim)


@bug("a mail that was sent is never marked")
def _() -> AbstractContextManager[Any]:
    return replacing(ReminderLog, "mark_sent", lambda _log, _claim, now, _message_id: now)


@bug("a claim that its holder died with is never given up")
def _() -> AbstractContextManager[Any]:
    return replacing(send_reminder, "LEASE", timedelta(days=300))


@bug("the SDK repeats SendEmail when it gets no answer", needs=fault(Kind.ANSWER_LOST))
@contextmanager
def _() -> Iterator[None]:
    session, _ = project._kept()
    # Clients are kept between runs; those with the bug are made anew.
    with replacing(sdk, "_CONFIGS", {}), replacing(project, "_kept", lambda: (session, {})):
        yield


@bug("the mail is for whoever was mailed first: a customer kept between invocations")
def _() -> AbstractContextManager[Any]:
    original, kept = reminder_mail.render, list[Any]()

    def render(customer: Any, *arguments: Any, **options: Any) -> Any:
        kept.append(customer)
        return original(kept[0], *arguments, **options)

    return replacing(reminder_mail, "render", render)


@bug("an address that bounced is mailed again", needs=shopper("bea"))
def _() -> AbstractContextManager[Any]:
    return replacing(Suppressions, "contains", lambda *_: False)


@bug("whoever had the reminders stopped is mailed again", needs=step(Unsubscribe))
def _() -> AbstractContextManager[Any]:
    return replacing(Preferences, "has_opted_out", lambda *_: False)


def _reminder(cart_id: str, window: int) -> dict[str, Any]:
    return {"pk": {"S": f"CART#{cart_id}"}, "sk": {"S": f"REMINDER#{window}"}}
