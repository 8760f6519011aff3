"""Which reminders were sent, in DynamoDB: one item per cart, window and step, one mail per item.

    pk = CART#<cart_id>   sk = REMINDER#<window>, from step 2 on REMINDER#<window>#<step>
    wake_up, expires_at   the id of the event that led to it, epoch seconds
    token, held_until     while somebody may be sending it
    sent_at, message_id   once it is sent

Sending is claimed first and marked after. The claim is a lease: should its holder die, another
one may send when it has run out. Times are ISO 8601 in UTC, so they compare as strings.
"""

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.errors import ClaimHeld
from chalicelib.domain.reminder_outcomes import SentReminder

_REMINDER: Final = "REMINDER#"
_FREE: Final = (
    "attribute_not_exists(sent_at) AND (attribute_not_exists(held_until) OR held_until <= :now)"
)


class Claim(msgspec.Struct, frozen=True):
    """The right to send one reminder; ``token`` tells it from later claims to the same."""

    cart_id: str
    window: int
    step: int
    token: str


class ReminderLog(Table):
    """The reminders' items in the table."""

    def sent(self, cart_id: str) -> tuple[SentReminder, ...]:
        """Return the reminders of a cart that were sent, as far back as they are remembered."""
        found = self.query(items.partition(cart_id), _REMINDER)
        return tuple(_sent(item) for item in found if "sent_at" in item)

    @translated_errors
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
        """Claim the sending of a reminder until ``now + lease``, for a wake-up's event.

        Returns the claim, or None if the reminder was sent already.

        Raises:
            ClaimHeld: another claim has not expired.
        """
        claim = Claim(cart_id, window, step, secrets.token_hex(8))
        item: items.Item = {
            **_key(claim),
            "token": claim.token,
            "held_until": _iso(now + lease),
            "wake_up": wake_up,
            "expires_at": items.expiry(now),
        }
        put = items.put(item, _FREE, now=_iso(now)).parameters
        try:
            self._client.put_item(
                **put, ReturnValuesOnConditionCheckFailure="ALL_OLD", **self._name
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            return _claim_after_all(claim, items.plain(refused.response["Item"]), now)
        return claim

    @translated_errors
    def mark_sent(self, claim: Claim, now: datetime, message_id: str) -> datetime:
        """Mark the reminder as sent, so that it is not sent again; return when it was sent first.

        That holds for an expired claim as well: the mail was sent.
        """
        answer = self._client.update_item(
            Key=items.typed(_key(claim)),
            UpdateExpression=(
                "SET sent_at = if_not_exists(sent_at, :now),"
                " message_id = if_not_exists(message_id, :message_id),"
                " expires_at = :expires_at"
                " REMOVE #token, held_until"
            ),
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues=items.typed(
                {":now": _iso(now), ":message_id": message_id, ":expires_at": items.expiry(now)}
            ),
            ReturnValues="ALL_NEW",
            **self._name,
        )
        return datetime.fromisoformat(answer["Attributes"]["sent_at"]["S"])

    @translated_errors
    def release(self, claim: Claim) -> None:
        """Release a claim because the mail was certainly not sent; the next attempt need not wait.

        A claim that another run has taken over since is left alone.
        """
        with suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.delete_item(
                Key=items.typed(_key(claim)),
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues=items.typed({":token": claim.token}),
                **self._name,
            )


def _claim_after_all(claim: Claim, item: items.Item, now: datetime) -> Claim | None:
    """Tell why a claim was refused, from the existing item."""
    if "sent_at" in item:
        return None
    if item["token"] == claim.token:
        return claim  # the SDK repeated this call after its answer was lost
    held_for = datetime.fromisoformat(item["held_until"]) - now
    raise ClaimHeld("Another invocation may be sending it.", held_seconds=held_for.total_seconds())


def _key(claim: Claim) -> items.Item:
    step = "" if claim.step == 1 else f"#{claim.step}"
    return {"pk": items.partition(claim.cart_id), "sk": f"{_REMINDER}{claim.window}{step}"}


def _sent(item: items.Item) -> SentReminder:
    window, _, step = item["sk"].removeprefix(_REMINDER).partition("#")
    return SentReminder(
        window=int(window),
        step=int(step or 1),
        at=datetime.fromisoformat(item["sent_at"]),
        wake_up=item.get("wake_up", ""),
        message_id=item["message_id"],
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
