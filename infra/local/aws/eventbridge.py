"""Amazon EventBridge: buses, their rules, and the archive."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from infra.local.aws.eventbridge_api_destinations import RESOURCE, ApiDestinations
from infra.local.aws.eventbridge_events import Archive, bus_name, error_in, error_in_all, time_of
from infra.local.aws.eventbridge_patterns import matches
from infra.local.aws.eventbridge_rules import Rule
from infra.local.engine import arns
from infra.local.engine.correlation import correlation_id_of, event_id_of
from infra.local.engine.delivery import Delivery
from infra.local.engine.engine import Engine
from infra.local.engine.journal import MAX_LISTED
from infra.local.engine.sdk import Answer, Parameters, answer, failure

Envelope = Mapping[str, Any]


class EventBuses:
    """The event buses of the account."""

    def __init__(self, engine: Engine) -> None:
        self.api_destinations = ApiDestinations(engine)
        self.events: deque[Envelope] = deque(maxlen=MAX_LISTED)
        self._engine = engine
        self._archives: list[Archive] = []
        self._rules: dict[str, list[Rule]] = {"default": []}
        engine.sdk.provide("events", {"PutEvents": self.put_events})
        engine.targets.register("events", self._send)

    def create(self, name: str) -> None:
        """Create a bus."""
        self._rules.setdefault(name, [])

    def add_rule(self, rule: Rule) -> None:
        """Add a rule to its bus.

        Raises:
            ValueError: there is no such bus.
        """
        if rule.bus not in self._rules:
            raise ValueError(f"There is no event bus {rule.bus!r}.")
        self._rules[rule.bus].append(rule)

    def add_archive(self, archive: Archive) -> None:
        """Keep events of a bus in an archive from now on."""
        self._archives.append(archive)

    def put_events(self, parameters: Parameters) -> Answer:
        """Answer a call of PutEvents, entry by entry, and put what is well-formed on its bus."""
        entries: Sequence[Parameters] = parameters["Entries"]
        refused = error_in_all(entries)
        if refused is not None:
            return failure("ValidationException", refused)
        results = [self._put(entry) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        return answer({"FailedEntryCount": failed, "Entries": results})

    def replay(self, since: datetime, until: datetime, rule: str | None = None) -> int:
        """Put the archived events of a span of time on their bus again.

        ``since`` is included, ``until`` is not; ``rule`` limits it to one rule's targets. Their
        ``time`` stays; they get a new ``id`` and a ``replay-name``. Returns how many.

        Raises:
            ValueError: there is no such rule.
        """
        if rule is not None and rule not in {known.name for known in self._all_rules()}:
            raise ValueError(f"There is no rule {rule!r}.")
        name = f"replay-{self._engine.identifiers.uuid()[:8]}"
        events = [
            (archive.bus, event)
            for archive in self._archives
            for event in archive.between(since, until, self._engine.clock.now())
        ]
        for bus, event in events:
            copy = {**event, "id": self._engine.identifiers.uuid(), "replay-name": name}
            self._accept(bus, copy, only=rule)
        return len(events)

    def _all_rules(self) -> list[Rule]:
        return [rule for rules in self._rules.values() for rule in rules]

    def _send(self, arn: str, payload: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        if arns.parse(arn).resource.startswith(RESOURCE):
            self.api_destinations.send(arn, payload)
            return
        self._put({**entry, "Detail": json.dumps(payload), "EventBusName": arn})

    def _put(self, entry: Parameters) -> dict[str, str]:
        error = error_in(entry)
        if error:
            code, message = error
            self._engine.journal.record("event", str(entry.get("DetailType")), code, failed=True)
            return {"ErrorCode": code, "ErrorMessage": message}
        envelope = {
            "version": "0",
            "id": self._engine.identifiers.uuid(),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self._engine.account.id,
            "time": f"{time_of(entry, self._engine.clock.now()):%Y-%m-%dT%H:%M:%SZ}",
            "region": self._engine.account.region,
            "resources": list(entry.get("Resources", ())),
            "detail": json.loads(entry["Detail"]),
        }
        self._accept(bus_name(entry), envelope)
        return {"EventId": str(envelope["id"])}

    def _accept(self, bus: str, envelope: Envelope, only: str | None = None) -> None:
        known = bus in self._rules
        # AWS answers success all the same, and the event is gone.
        outcome = f"on {bus}" if known else f"LOST: there is no event bus {bus}"
        ref, what = event_id_of(envelope), str(envelope["detail-type"])
        note = f"{envelope['replay-name']}" if "replay-name" in envelope else ""
        self._engine.journal.record(
            "event", what, outcome, ref=ref, note=note, failed=not known, payload=envelope
        )
        if not known:
            return
        self.events.append(envelope)
        for archive in self._archives:
            if archive.bus == bus:
                archive.keep(envelope, self._engine.clock.now())
        for rule in self._rules[bus]:
            if only in (None, rule.name) and matches(rule.pattern, envelope):
                self._match(rule, envelope)

    def _match(self, rule: Rule, envelope: Envelope) -> None:
        names = ", ".join(arns.parse(target.arn).name for target in rule.targets)
        ref, correlation_id = event_id_of(envelope), correlation_id_of(envelope)
        self._engine.journal.record(
            "rule", rule.name, f"→ {names}", ref=ref, correlation_id=correlation_id
        )
        for target in rule.targets:
            for delay in self._engine.network.delays(f"rule:{rule.name}", envelope):
                delivery = Delivery(
                    target.arn,
                    target.input(envelope),
                    {},
                    target.policy,
                    target.dead_letter_arn,
                    {"RULE_ARN": rule.arn, "TARGET_ARN": target.arn},
                    self._engine.clock.now(),
                )
                self._engine.targets.plan(f"rule {rule.name}", delivery, timedelta(seconds=delay))
