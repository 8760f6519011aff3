"""Which reminders were sent, in DynamoDB: one item per cart, window and step, one mail per item.

    pk = CART#<cart_id>   sk = REMINDER#<window>, from step 2 on REMINDER#<window>#<step>
    wake_up, expires_at   the id of the event that led to it, epoch seconds
    token, held_until     while somebody may be sending it
    sent_at, message_id   once it is sent

Sending is claimed first and marked after. The claim is a lease: should its holder die, another
one may send when it has run out. Times are ISO 8601 in UTC, so they compare as strings.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.errors import ClaimHeld
from chalicelib.domain.reminder_outcomes import SentReminder

_REMINDER: Final = "REMINDER#"


class Claim(msgspec.Struct, frozen=True):
    """The right to send one reminder; ``token`` tells it from later claims to the same."""

    cart_id: str
    window: int
    step: int
    token: str


class ReminderLog:
    """The reminders' items in the table; ``new_token`` returns a different token each time."""

    def __init__(
        self,
        client: Any,
        table_name: str,
        new_token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._new_token = new_token

    @translated_errors
    def sent(self, cart_id: str) -> tuple[SentReminder, ...]:
        """Return the reminders of a cart that were sent, as far back as they are remembered.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        answer = self._client.query(
            TableName=self._table_name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :reminder)",
            FilterExpression="attribute_exists(sent_at)",
            ExpressionAttributeValues={
                ":pk": {"S": items.partition(cart_id)},
                ":reminder": {"S": _REMINDER},
            },
            ConsistentRead=True,
        )
        return tuple(map(_sent, answer["Items"]))

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
            TransientError: DynamoDB failed for now.
        """
        claim = Claim(cart_id, window, step, self._new_token())
        try:
            self._client.put_item(
                TableName=self._table_name,
                Item={
                    **_key(claim),
                    "token": {"S": claim.token},
                    "held_until": {"S": _iso(now + lease)},
                    "wake_up": {"S": wake_up},
                    "expires_at": items.expires_at(now),
                },
                ConditionExpression=(
                    "attribute_not_exists(sent_at)"
                    " AND (attribute_not_exists(held_until) OR held_until <= :now)"
                ),
                ExpressionAttributeValues={":now": {"S": _iso(now)}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as refused:
            return _claim_after_all(claim, refused.response["Item"], now)
        return claim

    @translated_errors
    def mark_sent(self, claim: Claim, now: datetime, message_id: str) -> datetime:
        """Mark the reminder as sent, so that it is not sent again; return when it was sent first.

        That holds for an expired claim as well: the mail was sent.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        answer = self._client.update_item(
            TableName=self._table_name,
            Key=_key(claim),
            UpdateExpression=(
                "SET sent_at = if_not_exists(sent_at, :now),"
                " message_id = if_not_exists(message_id, :message_id),"
                " expires_at = :expires_at"
                " REMOVE #token, held_until"
            ),
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={
                ":now": {"S": _iso(now)},
                ":message_id": {"S": message_id},
                ":expires_at": items.expires_at(now),
            },
            ReturnValues="ALL_NEW",
        )
        return datetime.fromisoformat(answer["Attributes"]["sent_at"]["S"])

    @translated_errors
    def release(self, claim: Claim) -> None:
        """Release a claim because the mail was certainly not sent; the next attempt need not wait.

        A claim that another run has taken over since is left alone.

        Raises:
            TransientError: DynamoDB failed for now.
        """
        try:
            self._client.delete_item(
                TableName=self._table_name,
                Key=_key(claim),
                ConditionExpression="#token = :token",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":token": {"S": claim.token}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return


def _claim_after_all(claim: Claim, item: dict[str, Any], now: datetime) -> Claim | None:
    """Tell why a claim was refused, from the existing item."""
    if "sent_at" in item:
        return None
    if item["token"]["S"] == claim.token:
        return claim  # the SDK repeated this call after its answer was lost
    held_for = datetime.fromisoformat(item["held_until"]["S"]) - now
    raise ClaimHeld("Another invocation may be sending it.", held_seconds=held_for.total_seconds())


def _key(claim: Claim) -> dict[str, Any]:
    step = "" if claim.step == 1 else f"#{claim.step}"
    return items.key(claim.cart_id, f"{_REMINDER}{claim.window}{step}")


def _sent(item: dict[str, Any]) -> SentReminder:
    window, _, step = item["sk"]["S"].removeprefix(_REMINDER).partition("#")
    return SentReminder(
        window=int(window),
        step=int(step or 1),
        at=datetime.fromisoformat(item["sent_at"]["S"]),
        wake_up=item.get("wake_up", {}).get("S", ""),
        message_id=item["message_id"]["S"],
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
