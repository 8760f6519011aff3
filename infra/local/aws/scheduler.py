"""Amazon EventBridge Scheduler: keeps one-time schedules and fires them."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from infra.local.engine.agenda import Step
from infra.local.engine.correlation import event_id_of
from infra.local.engine.delivery import Delivery, RetryPolicy
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Answer, Parameters, answer, failure

DEFAULT_GROUP: Final = "default"
_AT: Final = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", re.ASCII)
_SUPPORTED: Final = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC"}

Key = tuple[str, str]
"""The group and the name of a schedule."""


class Schedules:
    """The schedules of the account."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._armed = dict[Key, Step]()
        self._groups = {DEFAULT_GROUP}
        self._schedules: dict[Key, dict[str, Any]] = {}
        operations = {
            "CreateSchedule": self._create,
            "GetSchedule": self._get,
            "DeleteSchedule": self._delete,
            "ListSchedules": self._list,
        }
        engine.sdk.provide("scheduler", operations)

    def state(self) -> list[dict[str, str | None]]:
        """Return every schedule that exists: name, due_at (ISO 8601, UTC), state and target."""
        schedules = []
        for key, schedule in self._schedules.items():
            step = self._armed.get(key)
            schedules.append(
                {
                    "name": schedule["Name"],
                    "due_at": f"{step.due:%Y-%m-%dT%H:%M:%SZ}" if step else None,
                    "state": schedule["State"] if step else "COMPLETED",
                    "target": schedule["Target"]["Arn"],
                }
            )
        return sorted(schedules, key=lambda item: (item["due_at"] or "~", item["name"] or ""))

    def create_group(self, name: str) -> None:
        """Create a schedule group."""
        self._groups.add(name)

    def _create(self, parameters: Parameters) -> Answer:
        key = _key_of(parameters)
        if key[0] not in self._groups:
            return failure("ResourceNotFoundException", f"There is no group {key[0]}.")
        if key in self._schedules:
            return failure("ConflictException", f"Schedule {key[1]} already exists.")
        try:
            return self._keep(key, due_at(parameters, self._engine.clock.now()), parameters)
        except ValueError as error:
            message = f"Invalid Schedule Expression {parameters['ScheduleExpression']}. {error}"
            return failure("ValidationException", message)

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
        names = ("Arn", "GroupName", "Name", "State", "CreationDate", "LastModificationDate")
        found = [
            {**{name: each[name] for name in names}, "Target": {"Arn": each["Target"]["Arn"]}}
            for each in self._schedules.values()
            if parameters.get("GroupName") in (None, each["GroupName"])
            and each["Name"].startswith(parameters.get("NamePrefix") or "")
        ]
        return answer({"Schedules": found})

    def _keep(self, key: Key, due: datetime, parameters: Parameters) -> Answer:
        now = self._engine.clock.now()
        schedule = {
            **_SUPPORTED,
            **{name: value for name, value in parameters.items() if name != "ClientToken"},
            "GroupName": key[0],
            "Arn": self._engine.account.arn("scheduler", f"schedule/{key[0]}/{key[1]}"),
            "CreationDate": now,
            "LastModificationDate": now,
        }
        self._schedules[key] = schedule
        step = self._engine.agenda.plan_at(due, f"schedule {key[1]}", lambda: self._fire(key))
        self._armed[key] = step
        self._record(key, f"due {due:%Y-%m-%d %H:%M:%S}", _payload_of(schedule))
        return answer({"ScheduleArn": schedule["Arn"]})

    def _remove(self, key: Key) -> None:
        del self._schedules[key]
        if step := self._armed.pop(key, None):
            self._engine.agenda.cancel(step)
        self._engine.journal.record("schedule", key[1], "deleted")

    def _fire(self, key: Key) -> None:
        schedule = self._schedules[key]
        del self._armed[key]
        payload = _payload_of(schedule)
        self._record(key, "fired", payload)
        for delay in self._engine.network.delays(f"schedule:{key[1]}", payload):
            self._plan_delivery(key[1], schedule, payload, timedelta(seconds=delay))
        if schedule.get("ActionAfterCompletion") == "DELETE":
            self._remove(key)

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


def _key_of(parameters: Parameters) -> Key:
    return parameters.get("GroupName") or DEFAULT_GROUP, parameters["Name"]


def _no_schedule(key: Key) -> Answer:
    return failure("ResourceNotFoundException", f"Schedule {key[1]} does not exist.")


def _payload_of(schedule: Mapping[str, Any]) -> dict[str, Any]:
    payload = json.loads(schedule["Target"].get("Input") or "{}")
    return payload if isinstance(payload, dict) else {"input": payload}


def due_at(parameters: Parameters, now: datetime) -> datetime:
    """Return when a schedule that is created now is due (UTC).

    Raises:
        ValueError: that has passed, or the local cloud knows no such schedules.
    """
    expression = parameters["ScheduleExpression"]
    parsed = _AT.fullmatch(expression)
    if parsed is None:
        raise ValueError(f"the local cloud knows at(yyyy-mm-ddThh:mm:ss) only, not {expression!r}")
    if any(parameters.get(name, value) != value for name, value in _SUPPORTED.items()):
        raise ValueError("the local cloud knows enabled schedules in UTC only")
    due = datetime.fromisoformat(parsed[1]).replace(tzinfo=UTC)
    if due < now:
        raise ValueError("It is in the past.")
    return due
