"""Amazon EventBridge Scheduler: moto keeps the schedules, this fires them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.local.agenda import Agenda, Step
from infra.local.clock import Clock
from infra.local.expressions import next_fire
from infra.local.invocation import event_id_of
from infra.local.journal import Journal
from infra.local.network import Network
from infra.local.sdk import Answer, Parameters, Sdk, failure
from infra.local.targets import Delivery, RetryPolicy, Targets

DEFAULT_GROUP: Final = "default"
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

    def __init__(
        self,
        *,
        agenda: Agenda,
        clock: Clock,
        journal: Journal,
        network: Network,
        sdk: Sdk,
        targets: Targets,
    ) -> None:
        self._agenda = agenda
        self._armed: dict[Key, _Armed] = {}
        self._clock = clock
        self._journal = journal
        self._network = network
        self._sdk = sdk
        self._targets = targets
        for operation in ("CreateSchedule", "UpdateSchedule"):
            sdk.before("scheduler", operation, self._check)
            sdk.after("scheduler", operation, self._created)
        sdk.after("scheduler", "DeleteSchedule", self._deleted)

    def clear(self) -> None:
        """Forget what was armed; the schedules themselves are moto's."""
        self._armed.clear()

    def state(self) -> list[dict[str, str | None]]:
        """Return every schedule that exists: name, due_at (ISO 8601, UTC), state and target."""
        client = self._sdk.client("scheduler")
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
        now, expression = self._clock.now(), parameters["ScheduleExpression"]
        try:
            zone = parameters.get("ScheduleExpressionTimezone") or "UTC"
            due = next_fire(expression, zone, now - timedelta(microseconds=1), now)
        except ValueError as error:
            message = f"Invalid Schedule Expression {expression}. {error}"
            return failure("ValidationException", message, 400)
        if due is None and expression.startswith("at("):
            message = f"Invalid Schedule Expression {expression}. It is in the past."
            return failure("ValidationException", message, 400)
        return None

    def _created(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        key = _key_of(parameters)
        self._disarm(key)
        schedule = self._get(key)
        self._arm(key, schedule, self._clock.now() - timedelta(microseconds=1))
        armed = self._armed.get(key)
        outcome = f"due {armed.due:%Y-%m-%d %H:%M:%S}" if armed else "never due"
        self._record(key, outcome, _payload_of(schedule))

    def _deleted(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        key = _key_of(parameters)
        self._disarm(key)
        self._journal.record("schedule", key[1], "deleted")

    def _get(self, key: Key) -> dict[str, Any]:
        answer: dict[str, Any] = self._sdk.client("scheduler").get_schedule(
            GroupName=key[0], Name=key[1]
        )
        return answer

    def _disarm(self, key: Key) -> None:
        armed = self._armed.pop(key, None)
        if armed:
            self._agenda.cancel(armed.step)

    def _arm(self, key: Key, schedule: Mapping[str, Any], after: datetime) -> bool:
        """Plan the next time that a schedule fires after ``after``; tell if there is one."""
        due = _next_due(schedule, after)
        if due is None or schedule.get("State") == "DISABLED":
            return False
        step = self._agenda.plan_at(due, f"schedule {key[1]}", lambda: self._fire(key, due))
        self._armed[key] = _Armed(step, due)
        return True

    def _fire(self, key: Key, due: datetime) -> None:
        schedule = self._get(key)
        del self._armed[key]
        payload = _payload_of(schedule)
        self._record(key, "fired", payload)
        for delay in self._network.delays(f"schedule:{key[1]}", payload):
            self._plan_delivery(key[1], schedule, payload, timedelta(seconds=delay))
        if not self._arm(key, schedule, due):
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
            since=self._clock.now(),
        )
        self._agenda.plan(f"target of {name}", lambda: self._targets.deliver(delivery), delay)

    def _record(self, key: Key, outcome: str, payload: Mapping[str, Any]) -> None:
        event = {"detail": payload}
        self._journal.record("schedule", key[1], outcome, ref=event_id_of(event), payload=event)

    def _complete(self, key: Key, schedule: Mapping[str, Any]) -> None:
        """Delete a schedule that will not fire again, if it was created so."""
        if schedule.get("ActionAfterCompletion") == "DELETE":
            self._sdk.client("scheduler").delete_schedule(GroupName=key[0], Name=key[1])


def _key_of(parameters: Parameters) -> Key:
    return parameters.get("GroupName") or DEFAULT_GROUP, parameters["Name"]


def _payload_of(schedule: Mapping[str, Any]) -> dict[str, Any]:
    payload = json.loads(schedule["Target"].get("Input") or "{}")
    return payload if isinstance(payload, dict) else {"input": payload}


def _next_due(schedule: Mapping[str, Any], after: datetime) -> datetime | None:
    """Return when a schedule fires after ``after``, within its start and end; or None.

    One with a flexible time window fires at its start.
    """
    start = _utc(schedule.get("StartDate"))
    created = _utc(schedule["CreationDate"]) or after
    expression = schedule["ScheduleExpression"]
    zone = schedule.get("ScheduleExpressionTimezone") or "UTC"
    one_time = expression.startswith("at(")
    if start and not one_time:
        after = max(after, start - timedelta(microseconds=1))
    due = next_fire(expression, zone, after, start or created)
    end = _utc(schedule.get("EndDate"))
    if due is not None and end is not None and due > end and not one_time:
        return None
    return due


def _utc(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC) if time else None
