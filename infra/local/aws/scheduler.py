"""Amazon EventBridge Scheduler: moto keeps the schedules, this fires them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.local.engine.agenda import Step
from infra.local.engine.correlation import event_id_of
from infra.local.engine.delivery import Delivery, RetryPolicy
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Answer, Parameters, failure

DEFAULT_GROUP: Final = "default"
_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", re.ASCII)
_UNSUPPORTED_TARGET_KEYS: Final = {
    "EcsParameters",
    "KinesisParameters",
    "SageMakerPipelineParameters",
    "SqsParameters",
}

Key = tuple[str, str]
"""The group and the name of a schedule."""


@dataclass(frozen=True)
class _Armed:
    step: Step
    due: datetime


class Schedules:
    """Watches what is created, changed and deleted, and fires what is due."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._armed: dict[Key, _Armed] = {}
        for operation in ("CreateSchedule", "UpdateSchedule"):
            engine.sdk.before("scheduler", operation, self._check)
            engine.sdk.after("scheduler", operation, self._created)
        engine.sdk.after("scheduler", "DeleteSchedule", self._deleted)

    def state(self) -> list[dict[str, str | None]]:
        """Return every schedule that exists: name, due_at (ISO 8601, UTC), state and target."""
        client = self._engine.sdk.client("scheduler")
        pages = client.get_paginator("list_schedules").paginate()
        schedules = []
        for summary in (item for page in pages for item in page["Schedules"]):
            armed = self._armed.get((summary["GroupName"], summary["Name"]))
            state = summary["State"] if armed or summary["State"] == "DISABLED" else "COMPLETED"
            schedules.append(
                {
                    "name": summary["Name"],
                    "due_at": f"{armed.due:%Y-%m-%dT%H:%M:%SZ}" if armed else None,
                    "state": state,
                    "target": summary["Target"]["Arn"],
                }
            )
        return sorted(schedules, key=lambda item: (item["due_at"] or "~", item["name"] or ""))

    def _check(self, parameters: Parameters) -> Answer | None:
        """Refuse what Scheduler refuses and moto does not."""
        unsupported = _UNSUPPORTED_TARGET_KEYS & set(parameters["Target"])
        if unsupported:
            message = f"The local cloud has no schedules with {', '.join(sorted(unsupported))}."
            return failure("ValidationException", message, 400)
        now, expression = self._engine.clock.now(), parameters["ScheduleExpression"]
        try:
            zone = parameters.get("ScheduleExpressionTimezone") or "UTC"
            due = due_at(expression, zone)
        except ValueError as error:
            message = f"Invalid Schedule Expression {expression}. {error}"
            return failure("ValidationException", message, 400)
        if due < now:
            message = f"Invalid Schedule Expression {expression}. It is in the past."
            return failure("ValidationException", message, 400)
        return None

    def _created(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        key = _key_of(parameters)
        self._disarm(key)
        schedule = self._get(key)
        self._arm(key, schedule)
        armed = self._armed.get(key)
        outcome = f"due {armed.due:%Y-%m-%d %H:%M:%S}" if armed else "never due"
        self._record(key, outcome, _payload_of(schedule))

    def _deleted(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        key = _key_of(parameters)
        self._disarm(key)
        self._engine.journal.record("schedule", key[1], "deleted")

    def _get(self, key: Key) -> dict[str, Any]:
        answer: dict[str, Any] = self._engine.sdk.client("scheduler").get_schedule(
            GroupName=key[0], Name=key[1]
        )
        return answer

    def _disarm(self, key: Key) -> None:
        armed = self._armed.pop(key, None)
        if armed:
            self._engine.agenda.cancel(armed.step)

    def _arm(self, key: Key, schedule: Mapping[str, Any]) -> None:
        """Plan the time that a schedule fires."""
        if schedule.get("State") == "DISABLED":
            return
        zone = schedule.get("ScheduleExpressionTimezone") or "UTC"
        due = due_at(schedule["ScheduleExpression"], zone)
        step = self._engine.agenda.plan_at(due, f"schedule {key[1]}", lambda: self._fire(key))
        self._armed[key] = _Armed(step, due)

    def _fire(self, key: Key) -> None:
        schedule = self._get(key)
        del self._armed[key]
        payload = _payload_of(schedule)
        self._record(key, "fired", payload)
        for delay in self._engine.network.delays(f"schedule:{key[1]}", payload):
            self._plan_delivery(key[1], schedule, payload, timedelta(seconds=delay))
        self._complete(key, schedule)

    def _plan_delivery(
        self, name: str, schedule: Mapping[str, Any], payload: Mapping[str, Any], delay: timedelta
    ) -> None:
        target = schedule["Target"]
        bus = target.get("EventBridgeParameters", {})
        delivery = Delivery(
            arn=target["Arn"],
            payload=payload,
            entry={
                "Source": bus.get("Source"),
                "DetailType": bus.get("DetailType"),
                "Resources": [schedule["Arn"]],
            },
            policy=RetryPolicy.read(target.get("RetryPolicy")),
            dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn"),
            labels={"SCHEDULE_ARN": schedule["Arn"], "TARGET_ARN": target["Arn"]},
            since=self._engine.clock.now(),
        )
        self._engine.targets.plan(f"target of {name}", delivery, delay)

    def _record(self, key: Key, outcome: str, payload: Mapping[str, Any]) -> None:
        event = {"detail": payload}
        self._engine.journal.record(
            "schedule", key[1], outcome, ref=event_id_of(event), payload=event
        )

    def _complete(self, key: Key, schedule: Mapping[str, Any]) -> None:
        """Delete a schedule that will not fire again, if it was created so."""
        if schedule.get("ActionAfterCompletion") == "DELETE":
            self._engine.sdk.client("scheduler").delete_schedule(GroupName=key[0], Name=key[1])


def _key_of(parameters: Parameters) -> Key:
    return parameters.get("GroupName") or DEFAULT_GROUP, parameters["Name"]


def _payload_of(schedule: Mapping[str, Any]) -> dict[str, Any]:
    payload = json.loads(schedule["Target"].get("Input") or "{}")
    return payload if isinstance(payload, dict) else {"input": payload}


def due_at(expression: str, timezone: str) -> datetime:
    """Return when a schedule is due (UTC).

    Raises:
        ValueError: the local cloud knows no such expression, or the time zone is unknown.
    """
    parsed = _AT.fullmatch(expression)
    if parsed is None:
        raise ValueError(f"the local cloud knows at(yyyy-mm-ddThh:mm:ss) only, not {expression!r}")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"no time zone has the name {timezone!r}") from error
    return datetime.fromisoformat(parsed[1]).replace(tzinfo=zone).astimezone(UTC)
