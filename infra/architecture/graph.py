"""What is deployed and what leads where, read from the templates and the functions' policies.

Nothing here names a function, a rule or a queue: what is added to the templates is in the graph.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from chalicelib.settings import API_HANDLER as API
from chalicelib.settings import Names
from infra.cloudformation.template import Resource

SHOP: Final = "shop"

_SENDS: Final = frozenset(
    {
        *("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
        *("scheduler:CreateSchedule", "ses:SendEmail", "sqs:SendMessage"),
    }
)
"""The permissions by which a function leads to a place: those to read lead nowhere."""


class Kind(StrEnum):
    """What a place is."""

    SHOP = "shop"
    API = "api"
    FUNCTION = "function"
    BUS = "bus"
    ARCHIVE = "archive"
    TABLE = "table"
    QUEUE = "queue"
    DEAD_LETTERS = "dead_letters"
    SCHEDULES = "schedules"
    MAIL = "mail"
    LOG = "log"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True)
class Place:
    """Where something happens; ``resource`` is its name in AWS, which the stage is part of."""

    id: str
    kind: Kind
    name: str
    service: str
    resource: str = ""


@dataclass(frozen=True)
class Path:
    """How something gets from one place to another.

    ``rules`` are the rules that send it; ``sources`` those of the events that travel, where the
    path ends at a bus or an archive, ``cart.*`` for all that begin so.
    """

    start: str
    end: str
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Names the path in a drawing."""
        return f"{self.start}>{self.end}"


@dataclass(frozen=True)
class Graph:
    """Every place by its id, and every path by its own, in the order of the templates."""

    places: Mapping[str, Place]
    paths: Mapping[str, Path]


_TYPES: Final[Mapping[str, tuple[Kind, str, str, str]]] = {
    # Type: kind, service as people call it, as an ARN calls it, and the property with the name.
    "AWS::Events::EventBus": (Kind.BUS, "EventBridge", "events", "Name"),
    "AWS::Events::Archive": (Kind.ARCHIVE, "EventBridge", "archive", "ArchiveName"),
    "AWS::Events::ApiDestination": (Kind.THIRD_PARTY, "HTTPS", "events", "Name"),
    "AWS::DynamoDB::Table": (Kind.TABLE, "DynamoDB", "dynamodb", "TableName"),
    "AWS::SQS::Queue": (Kind.QUEUE, "SQS", "sqs", "QueueName"),
    "AWS::Scheduler::ScheduleGroup": (Kind.SCHEDULES, "Scheduler", "scheduler", "Name"),
    "AWS::Logs::LogGroup": (Kind.LOG, "CloudWatch Logs", "logs", "LogGroupName"),
    "AWS::SES::ConfigurationSet": (Kind.MAIL, "SES", "ses", "Name"),
}


def derive(
    resources: Sequence[Resource],
    policies: Mapping[str, Sequence[Mapping[str, Any]]],
    names: Names,
) -> Graph:
    """Return the graph of resolved resources and of the functions' policy statements, by name."""
    return _Derivation(resources, policies, names).graph()


@dataclass
class _Derivation:
    resources: Sequence[Resource]
    policies: Mapping[str, Sequence[Mapping[str, Any]]]
    names: Names
    places: dict[str, Place] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    graveyards: set[str] = field(default_factory=set)

    def graph(self) -> Graph:
        self._add_resources()
        api = self._add_function(API)
        for name in self.policies:
            self._add_function(name)
        self.places[SHOP] = Place(SHOP, Kind.SHOP, "Shop", "browser")
        self._join(SHOP, api)
        readers: Mapping[str, Any] = {
            "AWS::Events::Archive": self._archive,
            "AWS::Events::Rule": self._rule,
            "AWS::Lambda::EventInvokeConfig": self._results,
            "AWS::Lambda::EventSourceMapping": self._mapping,
            "AWS::SQS::Queue": self._redrive,
            "AWS::IAM::Role": self._role,
        }
        for resource in self.resources:
            if resource.type in readers:
                readers[resource.type](resource.properties)
        for name, statements in self.policies.items():
            self._permissions(self._add_function(name), statements)
        for name in self.graveyards & self.places.keys():
            self.places[name] = replace(self.places[name], kind=Kind.DEAD_LETTERS)
        ends = {path.end for path in self.paths.values()}
        reached = {
            place.id: place
            for place in self.places.values()
            if place.kind is not Kind.LOG or place.id in ends  # not what every function has
        }
        return Graph(reached, self.paths)

    def _add_resources(self) -> None:
        for resource in self.resources:
            if resource.type in _TYPES:
                kind, service, prefix, naming = _TYPES[resource.type]
                name = resource.properties[naming].rpartition("/")[2]
                place = f"{prefix}:{self._short(name)}"
                words = _words(resource.logical_id)
                self.places[place] = Place(place, kind, words, service, name)

    def _add_function(self, name: str) -> str:
        place = f"lambda:{name}"
        if place not in self.places:
            kind, words = (Kind.API, "API") if name == API else (Kind.FUNCTION, name)
            deployed = self.names.function(name)
            self.places[place] = Place(place, kind, words, "Lambda", deployed)
        return place

    def _join(
        self, start: str, end: str, rules: tuple[str, ...] = (), sources: tuple[str, ...] = ()
    ) -> None:
        if start in self.places and end in self.places:
            path = Path(start, end, rules, sources)
            known = self.paths.get(path.id, Path(start, end))
            self.paths[path.id] = Path(
                start, end, _merged(known.rules, rules), _merged(known.sources, sources)
            )

    def _archive(self, properties: Mapping[str, Any]) -> None:
        start = self._of_arn(properties["SourceArn"])
        name = f"archive:{self._short(properties['ArchiveName'])}"
        self._join(start, name, sources=_sources(properties.get("EventPattern", {})))

    def _rule(self, properties: Mapping[str, Any]) -> None:
        bus = properties.get("EventBusName", "default").rpartition("/")[2]
        starts = [f"events:{self._short(bus)}"]
        if bus == "default":  # what an AWS service tells comes from that service's place
            prefixes = [
                source.removeprefix("aws.") for source in _sources(properties["EventPattern"])
            ]
            starts = [one for one in self.places if one.partition(":")[0] in prefixes]
        for target in properties["Targets"]:
            end = self._of_arn(target["Arn"])
            for start in starts:
                self._join(start, end, rules=(properties["Name"],))
            self._bury(target.get("DeadLetterConfig", {}).get("Arn"))

    def _results(self, properties: Mapping[str, Any]) -> None:
        start = self._function(properties["FunctionName"])
        for destination in properties.get("DestinationConfig", {}).values():
            end = self._of_arn(destination["Destination"])
            if end.startswith("sqs:"):
                self.graveyards.add(end)
            else:
                self._join(start, end, sources=("lambda",))

    def _mapping(self, properties: Mapping[str, Any]) -> None:
        self._join(
            self._of_arn(properties["EventSourceArn"]), self._function(properties["FunctionName"])
        )

    def _redrive(self, properties: Mapping[str, Any]) -> None:
        if "RedrivePolicy" in properties:
            dead = properties["RedrivePolicy"]["deadLetterTargetArn"]
            self._bury(dead)
            queue = f"sqs:{self._short(properties['QueueName'])}"
            self._join(queue, self._of_arn(dead))

    def _role(self, properties: Mapping[str, Any]) -> None:
        """Read what EventBridge Scheduler may do: it is what the schedules lead to."""
        trusted = str(properties["AssumeRolePolicyDocument"])
        for schedules in [one for one in self.places.values() if one.kind is Kind.SCHEDULES]:
            if "scheduler.amazonaws.com" in trusted:
                for policy in properties.get("Policies", ()):
                    statements = policy["PolicyDocument"]["Statement"]
                    self._permissions(schedules.id, statements)

    def _permissions(self, start: str, statements: Iterable[Mapping[str, Any]]) -> None:
        for statement in statements:
            actions = set(_listed(statement["Action"]))
            for arn in _listed(statement["Resource"]):
                end = self._of_arn(arn)
                if "events:PutEvents" in actions:
                    said = statement.get("Condition", {}).get("StringEquals", {})
                    sources = tuple(_listed(said.get("events:source", ())))
                    self._join(start, end, sources=sources)
                elif "sqs:SendMessage" in actions and "-dlq" in arn:
                    self._bury(arn)
                elif actions & _SENDS:
                    self._join(start, end)

    def _bury(self, arn: str | None) -> None:
        if arn:
            self.graveyards.add(self._of_arn(arn))

    def _of_arn(self, arn: str) -> str:
        """Return the id of the place that an ARN names."""
        service, resource = (arn.split(":", 5) + [""] * 6)[2:6:3]
        if service == "lambda":
            return self._function(resource.removeprefix("function:"))
        if service == "logs":
            resource = resource.removesuffix(":*").rpartition("/")[2]
        names = resource.split("/")
        name = names[min(1, len(names) - 1)]
        return f"{service}:{self._short(name)}"

    def _function(self, deployed: str) -> str:
        return self._add_function(self.names.short(deployed.rpartition(":")[2]))

    def _short(self, name: str) -> str:
        """Return a resource's name without the stage in it."""
        return re.sub(rf"-{self.names.stage}\b", "", name, count=1)


def _words(logical_id: str) -> str:
    """Return a logical id as words: ``RulesDlq`` is "Rules DLQ"."""
    words = re.findall(r"[A-Z][a-z0-9]*", logical_id)
    first, *rest = ("DLQ" if word == "Dlq" else word for word in words)
    return " ".join([first, *(word if word == "DLQ" else word.lower() for word in rest)])


def _sources(pattern: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        f"{source['prefix']}*" if isinstance(source, dict) else source
        for source in pattern.get("source", ())
    )


def _listed(value: Any) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value


def _merged(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *more]))
