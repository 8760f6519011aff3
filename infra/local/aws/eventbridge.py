"""Amazon EventBridge: buses, their rules, and the archive.

moto keeps no part of it: it knows neither targets that are functions nor a bus that is missing.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from infra.local.aws.eventbridge_archive import Archive
from infra.local.aws.eventbridge_entries import bus_name, error_in, error_in_all, time_of
from infra.local.aws.eventbridge_input import Path, part_of
from infra.local.aws.eventbridge_patterns import matches
from infra.local.aws.lambda_invocation import correlation_id_of, event_id_of
from infra.local.engine import arns
from infra.local.engine.agenda import Agenda
from infra.local.engine.arns import Account
from infra.local.engine.clock import Clock
from infra.local.engine.delivery import Delivery, RetryPolicy, Targets
from infra.local.engine.identifiers import Identifiers
from infra.local.engine.journal import KEPT, Journal
from infra.local.engine.network import Network
from infra.local.engine.sdk import Answer, Parameters, answer, failure

Envelope = Mapping[str, Any]


@dataclass(frozen=True)
class RuleTarget:
    """Where a rule sends what it matches; ``dead_letter_arn`` for what cannot be delivered.

    ``input_path`` leads to the part of the event that is sent, all of it if empty.
    """

    arn: str
    input_path: Path
    policy: RetryPolicy
    dead_letter_arn: str | None


@dataclass(frozen=True)
class Rule:
    """A subscription: events of a bus that match the pattern go to every target."""

    name: str
    arn: str
    bus: str
    pattern: Mapping[str, Any]
    targets: tuple[RuleTarget, ...]


class EventBuses:
    """The event buses of the account."""

    def __init__(
        self,
        *,
        account: Account,
        agenda: Agenda,
        clock: Clock,
        identifiers: Identifiers,
        journal: Journal,
        network: Network,
        targets: Targets,
    ) -> None:
        self.events: deque[Envelope] = deque(maxlen=KEPT)
        self._archives: list[Archive] = []
        self._rules: dict[str, list[Rule]] = {"default": []}
        self._account = account
        self._agenda = agenda
        self._clock = clock
        self._identifiers = identifiers
        self._journal = journal
        self._network = network
        self._targets = targets
        targets.register("events", self._send)

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
            return failure("ValidationException", refused, 400)
        results = [self._put(entry) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        return answer({"FailedEntryCount": failed, "Entries": results})

    def replay(self, since: datetime, until: datetime, rule: str | None = None) -> tuple[str, int]:
        """Put the archived events of a span of time on their bus again.

        ``since`` is included, ``until`` is not; ``rule`` limits it to one rule's targets. Their
        ``time`` stays; they get a new ``id`` and a ``replay-name``. Returns that and how many.

        Raises:
            ValueError: there is no such rule.
        """
        if rule is not None and rule not in {known.name for known in self._all_rules()}:
            raise ValueError(f"There is no rule {rule!r}.")
        name = f"replay-{self._identifiers.uuid()[:8]}"
        events = [
            (archive.bus, event)
            for archive in self._archives
            for event in archive.between(since, until, self._clock.now())
        ]
        for bus, event in events:
            copy = {**event, "id": self._identifiers.uuid(), "replay-name": name}
            self._accept(bus, copy, only=rule)
        return name, len(events)

    def _all_rules(self) -> list[Rule]:
        return [rule for rules in self._rules.values() for rule in rules]

    def _send(self, arn: str, payload: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        self._put({**entry, "Detail": json.dumps(payload), "EventBusName": arn})

    def _put(self, entry: Parameters) -> dict[str, str]:
        error = error_in(entry)
        if error:
            code, message = error
            self._journal.record("event", str(entry.get("DetailType")), code, failed=True)
            return {"ErrorCode": code, "ErrorMessage": message}
        envelope = {
            "version": "0",
            "id": self._identifiers.uuid(),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": self._account.id,
            "time": f"{time_of(entry, self._clock.now()):%Y-%m-%dT%H:%M:%SZ}",
            "region": self._account.region,
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
        self._journal.record(
            "event", what, outcome, ref=ref, note=note, failed=not known, payload=envelope
        )
        if not known:
            return
        self.events.append(envelope)
        for archive in self._archives:
            if archive.bus == bus:
                archive.keep(envelope, self._clock.now())
        for rule in self._rules[bus]:
            if only in (None, rule.name) and matches(rule.pattern, envelope):
                self._match(rule, envelope)

    def _match(self, rule: Rule, envelope: Envelope) -> None:
        names = ", ".join(arns.parse(target.arn).name for target in rule.targets)
        ref, correlation_id = event_id_of(envelope), correlation_id_of(envelope)
        self._journal.record(
            "rule", rule.name, f"→ {names}", ref=ref, correlation_id=correlation_id
        )
        for target in rule.targets:
            for delay in self._network.delays(f"rule:{rule.name}", envelope):
                delivery = Delivery(
                    target.arn,
                    part_of(envelope, target.input_path),
                    {},
                    target.policy,
                    target.dead_letter_arn,
                    {"RULE_ARN": rule.arn, "TARGET_ARN": target.arn},
                    self._clock.now(),
                )
                self._agenda.plan(
                    f"rule {rule.name}", _later(self._targets, delivery), timedelta(seconds=delay)
                )


def _later(targets: Targets, delivery: Delivery) -> Any:
    return lambda: targets.deliver(delivery)
