"""Amazon EventBridge Scheduler: keeps one-time schedules and fires them."""

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
from infra.local.engine.sdk import Answer, Parameters, answer, failure

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
    """The schedules of the account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._armed: dict[Key, _Armed] = {}
        self._groups = {DEFAULT_GROUP}
        self._schedules: dict[Key, dict[str, Any]] = {}
        engine.sdk.after("scheduler", "CreateScheduleGroup", self._group_created)
        for operation, act in {
            "CreateSchedule": self._create,
            "UpdateSchedule": self._update,
            "GetSchedule": self._get,
            "DeleteSchedule": self._delete,
            "ListSchedules": self._list,
        }.items():
            engine.sdk.before("scheduler", operation, act)

    def state(self) -> list[dict[str, str | None]]:
        """Return every schedule that exists: name, due_at (ISO 8601, UTC), state and target."""
        schedules = []
        for key, schedule in self._schedules.items():
            armed = self._armed.get(key)
            state = schedule["State"] if armed or schedule["State"] == "DISABLED" else "COMPLETED"
            schedules.append(
                {
                    "name": schedule["Name"],
                    "due_at": f"{armed.due:%Y-%m-%dT%H:%M:%SZ}" if armed else None,
                    "state": state,
                    "target": schedule["Target"]["Arn"],
                }
            )
        return sorted(schedules, key=lambda item: (item["due_at"] or "~", item["name"] or ""))

    def _group_created(self, parameters: Parameters, _: Mapping[str, Any]) -> None:
        self._groups.add(parameters["Name"])

    def _create(self, parameters: Parameters) -> Answer:
        key = _key_of(parameters)
        if key[0] not in self._groups:
            return failure("ResourceNotFoundException", f"There is no group {key[0]}.", 404)
        if key in self._schedules:
            return failure("ConflictException", f"Schedule {key[1]} already exists.", 409)
        return self._check(parameters) or self._keep(key, parameters)

    def _update(self, parameters: Parameters) -> Answer:
        key = _key_of(parameters)
        if key not in self._schedules:
            return _no_schedule(key)
        return self._check(parameters) or self._keep(key, parameters)

    def _get(self, parameters: Parameters) -> Answer:
        key = _key_of(parameters)
        return answer(dict(self._schedules[key])) if key in self._schedules else _no_schedule(key)

    def _delete(self, parameters: Parameters) -> Answer:
        key = _key_of(parameters)
        if key not in self._schedules:
            return _no_schedule(key)
        self._remove(key)
        return answer({})

    def _list(self, parameters: Parameters) -> Answer:
        """Answer with all schedules on one page, whatever the size that is asked for."""
        wanted = {name: parameters.get(name) for name in ("GroupName", "State")}
        names = ("Arn", "GroupName", "Name", "State", "CreationDate", "LastModificationDate")
        found = [
            {**{name: each[name] for name in names}, "Target": {"Arn": each["Target"]["Arn"]}}
            for each in self._schedules.values()
            if all(value in (None, each[name]) for name, value in wanted.items())
            and each["Name"].startswith(parameters.get("NamePrefix") or "")
        ]
        return answer({"Schedules": found})

    def _check(self, parameters: Parameters) -> Answer | None:
        """Refuse what Scheduler refuses, and what the local cloud cannot do."""
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

    def _keep(self, key: Key, parameters: Parameters) -> Answer:
        now, known = self._engine.clock.now(), self._schedules.get(key, {})
        arn = self._engine.account.arn("scheduler", f"schedule/{key[0]}/{key[1]}")
        given = {name: value for name, value in parameters.items() if name != "ClientToken"}
        self._schedules[key] = {
            "State": "ENABLED",
            **given,
            "GroupName": key[0],
            "Arn": arn,
            "CreationDate": known.get("CreationDate", now),
            "LastModificationDate": now,
        }
        self._disarm(key)
        self._arm(key, self._schedules[key])
        armed = self._armed.get(key)
        outcome = f"due {armed.due:%Y-%m-%d %H:%M:%S}" if armed else "never due"
        self._record(key, outcome, _payload_of(self._schedules[key]))
        return answer({"ScheduleArn": arn})

    def _remove(self, key: Key) -> None:
        del self._schedules[key]
        self._disarm(key)
        self._engine.journal.record("schedule", key[1], "deleted")

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
        schedule = self._schedules[key]
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
            self._remove(key)


def _key_of(parameters: Parameters) -> Key:
    return parameters.get("GroupName") or DEFAULT_GROUP, parameters["Name"]


def _no_schedule(key: Key) -> Answer:
    message = f"Schedule {key[1]} does not exist."
    return failure("ResourceNotFoundException", message, 404)


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
