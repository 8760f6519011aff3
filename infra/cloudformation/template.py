"""Reads a CloudFormation template and resolves it, as CloudFormation would, to plain JSON.

So what is deployed and what runs on this machine come from the same files. Of the template
language this knows what the templates use, and stops at anything else.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra.cloudformation import yaml
from infra.cloudformation.identities import (
    Identity,
    Pseudo,
    identify,
    identifying_properties,
    is_known,
)
from infra.cloudformation.intrinsics import NO_VALUE, Evaluator, Unresolvable

_SECTIONS: Final = {
    *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters"),
    *("Conditions", "Resources", "Outputs"),
}


class TemplateError(Exception):
    """A template that cannot be resolved; the message says where and why."""


@dataclass(frozen=True)
class Resource:
    """A resource as its template declares it, with every function in ``properties`` resolved."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    file: Path
    identity: Identity | None
    """None if what Ref and GetAtt give for the type is not known here."""

    @property
    def ref(self) -> str:
        """What ``Ref`` gives: a name, a URL, an ARN or an id, as the type has it."""
        return self._known_identity.ref

    @property
    def attributes(self) -> Mapping[str, str]:
        """What ``Fn::GetAtt`` gives, by attribute."""
        return self._known_identity.attributes

    @property
    def _known_identity(self) -> Identity:
        if self.identity is None:
            raise TemplateError(f"{self.file}: {self.logical_id}: no identity for {self.type}")
        return self.identity


@dataclass(frozen=True)
class Stack:
    """A resolved template; resources with a false condition are left out."""

    resources: Mapping[str, Resource]
    outputs: Mapping[str, str]


@dataclass(frozen=True)
class Template:
    """A template as it is written; short forms such as ``!Ref`` are spelled out."""

    file: Path
    body: Mapping[str, Any]

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section such as ``Resources``, empty if the template has none."""
        section: Mapping[str, Any] = self.body.get(name) or {}
        return section

    def resolve(self, parameters: Mapping[str, str], pseudo: Pseudo) -> Stack:
        """Resolve the template for these parameters.

        Raises:
            TemplateError: something is missing, not allowed or not supported.
        """
        return _Resolution(self, parameters, pseudo).stack()


def load(path: Path | str) -> Template:
    """Read a template.

    Raises:
        TemplateError: it is not YAML, or has a section that is not supported.
    """
    file = Path(path)
    try:
        body = yaml.parse(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise TemplateError(f"{file}: {error}") from error
    if not isinstance(body, dict) or "Resources" not in body:
        raise TemplateError(f"{file}: there are no Resources")
    if unknown := set(body) - _SECTIONS:
        raise TemplateError(f"{file}: sections not supported: {', '.join(sorted(unknown))}")
    return Template(file, body)


def merged(template: Template, addition: Template) -> Template:
    """Return a template with the sections of another one in it.

    Raises:
        TemplateError: both declare the same, and otherwise.
    """
    body = dict(template.body)
    for name, section in addition.body.items():
        if not isinstance(section, dict):
            continue
        known = template.section(name)
        if twice := {each for each in set(known) & set(section) if known[each] != section[each]}:
            raise TemplateError(
                f"{addition.file}: {template.file.name} has {', '.join(sorted(twice))}, too"
            )
        body[name] = {**known, **section}
    return Template(template.file, body)


def variable_of(output: str) -> str:
    """Return the environment variable of a stack's output: EventBusArn → EVENT_BUS_ARN."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", output).upper()


class _Resolution:
    """One template being resolved for one set of parameters."""

    def __init__(self, template: Template, parameters: Mapping[str, str], pseudo: Pseudo) -> None:
        self._template = template
        self._pseudo = pseudo
        self._resources = template.section("Resources")
        self._evaluator = Evaluator(
            values={**_pseudo_parameters(pseudo), **self._check(parameters)},
            conditions=template.section("Conditions"),
            identity=self._identity,
        )

    def stack(self) -> Stack:
        resources = {}
        for logical_id in self._resources:
            with self._at(logical_id):
                if self._exists(self._resources[logical_id]):
                    resources[logical_id] = self._resource(logical_id)
        outputs = {}
        for name, output in self._template.section("Outputs").items():
            with self._at(f"output {name}"):
                if self._exists(output):
                    outputs[name] = self._evaluator.text(output["Value"])
        return Stack(resources, outputs)

    @contextmanager
    def _at(self, place: str) -> Iterator[None]:
        """Say in errors in which file, and where in it, they are."""
        try:
            yield
        except Unresolvable as error:
            raise TemplateError(f"{self._template.file}: {place}: {error}") from error

    def _exists(self, declared: Mapping[str, Any]) -> bool:
        return "Condition" not in declared or self._evaluator.holds(declared["Condition"])

    def _resource(self, logical_id: str) -> Resource:
        declared = self._resources[logical_id]
        known = is_known(declared["Type"])
        return Resource(
            logical_id=logical_id,
            type=declared["Type"],
            properties=self._evaluator.value(declared.get("Properties", {})),
            file=self._template.file,
            identity=self._identity(logical_id) if known else None,
        )

    def _identity(self, logical_id: str) -> Identity:
        declared = self._resources.get(logical_id)
        if declared is None:
            raise Unresolvable(f"there is no parameter or resource {logical_id}")
        if not is_known(declared["Type"]):
            raise Unresolvable(f"what Ref and GetAtt give for a {declared['Type']} is not known")
        if not self._exists(declared):
            raise Unresolvable(f"{logical_id} is left out by its condition")
        wanted = identifying_properties(declared["Type"])
        # Only these properties: others may refer back to the resource itself.
        properties = {
            name: self._evaluator.text(node)
            for name, node in declared.get("Properties", {}).items()
            if name in wanted
        }
        return identify(logical_id, declared["Type"], properties, self._pseudo)

    def _check(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return every parameter's value: what is given, or its default; numbers as such."""
        values: dict[str, Any] = {}
        declarations = self._template.section("Parameters")
        with self._at("parameters"):
            if unknown := set(given) - set(declarations):
                raise Unresolvable(f"there is no {', '.join(sorted(unknown))}")
            for name, declared in declarations.items():
                if declared["Type"] not in {"String", "Number"}:
                    raise Unresolvable(f"{name}: type {declared['Type']} is not supported")
                value = given.get(name, declared.get("Default"))
                if value is None:
                    raise Unresolvable(f"{name} is missing and has no default")
                allowed = [str(item) for item in declared.get("AllowedValues", [value])]
                if str(value) not in allowed:
                    raise Unresolvable(f"{name} is {value!r}, not one of {', '.join(allowed)}")
                if not re.fullmatch(declared.get("AllowedPattern", ".*"), str(value), re.DOTALL):
                    raise Unresolvable(
                        f"{name} is {value!r}, not like {declared['AllowedPattern']}"
                    )
                values[name] = int(value) if declared["Type"] == "Number" else str(value)
        return values


def _pseudo_parameters(pseudo: Pseudo) -> dict[str, Any]:
    return {
        "AWS::AccountId": pseudo.account,
        "AWS::NoValue": NO_VALUE,
        "AWS::Partition": pseudo.partition,
        "AWS::Region": pseudo.region,
        "AWS::StackName": pseudo.stack_name,
        "AWS::URLSuffix": pseudo.url_suffix,
    }
