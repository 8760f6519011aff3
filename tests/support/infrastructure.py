"""The infrastructure as the templates and ``.chalice/`` describe it, for rules to look at."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from chalice.config import Config

from app import app
from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import template_of
from infra.cloudformation.template import Resource, Stack, Template
from tests.support.chalice import CHALICE

ROOT: Final = Path(__file__).parents[2]
STAGES: Final = ("local", "dev", "prod")
DEPLOYED_STAGES: Final = ("dev", "prod")
ARN: Final = "arn:aws:{}:eu-central-1:123456789012:{}"

FOUNDATION: Final = template_of("foundation")
SUBSCRIPTIONS: Final = template_of("subscriptions")
EXTENSIONS: Final = template_of("extensions")
CONFIG: Final = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))


def foundation_of(stage: str) -> Stack:
    return _resolve(FOUNDATION, stage)


def resources_of(stage: str) -> dict[str, Resource]:
    """Give the resources of all stacks by logical id."""
    stacks = (_resolve(each, stage) for each in (FOUNDATION, SUBSCRIPTIONS, EXTENSIONS))
    return {name: each for stack in stacks for name, each in stack.resources.items()}


def _resolve(template: Template, stage: str) -> Stack:
    pseudo = Pseudo("123456789012", "eu-central-1", stack_name=f"cart-{stage}")
    return template.resolve({"Prefix": "cart", "Stage": stage}, pseudo)


# What a rule says of one stage holds for each; the strictest one is looked at.
RESOURCES: Final = resources_of("prod")


def read_again() -> None:
    """Read the files once more, for whoever has changed them meanwhile."""
    _renew(FOUNDATION.body, template_of("foundation").body)
    _renew(SUBSCRIPTIONS.body, template_of("subscriptions").body)
    _renew(EXTENSIONS.body, template_of("extensions").body)
    _renew(CONFIG, json.loads((CHALICE / "config.json").read_text(encoding="utf-8")))
    _renew(RESOURCES, resources_of("prod"))


def _renew(old: Any, new: Any) -> None:
    """Give what everybody has a reference to another content, which may be what it has."""
    content = dict(new)
    old.clear()
    old.update(content)


def of_type(resource_type: str) -> list[Resource]:
    found = [
        resource for resource in RESOURCES.values() if resource.type == f"AWS::{resource_type}"
    ]
    assert found, f"there is no {resource_type} to look at"
    return found


def of_the_core(resource_type: str) -> list[Resource]:
    """Return the resources of a type but for those that extensions bring."""
    own = (FOUNDATION, SUBSCRIPTIONS)
    ids = {logical_id for template in own for logical_id in template.body["Resources"]}
    return [each for each in of_type(resource_type) if each.logical_id in ids]


def core_functions() -> list[str]:
    """Return the names of the functions that are no extension's."""
    return [file.stem for file in sorted((ROOT / "infra" / "policies").glob("*.json"))]


def by_arn(resource_type: str) -> dict[str, Resource]:
    return {resource.attributes["Arn"]: resource for resource in of_type(resource_type)}


def targets() -> Iterator[tuple[Resource, dict[str, Any]]]:
    for rule in of_type("Events::Rule"):
        for target in rule.properties["Targets"]:
            yield rule, target


def consumer_names() -> list[str]:
    return [function.name for function in app.pure_lambda_functions]


def function_names() -> set[str]:
    return {"cart-prod"} | {f"cart-prod-{name}" for name in consumer_names()}


def invoked_functions() -> dict[str, list[Resource]]:
    """Give each function that rules invoke, by name, with those rules."""
    found: dict[str, list[Resource]] = {}
    for rule, target in targets():
        if ":function:" in target["Arn"]:
            found.setdefault(target["Arn"].split(":")[6], []).append(rule)
    return found


def invoke_configs() -> dict[str, dict[str, Any]]:
    """Give the event-invoke configuration of each function that has one."""
    configs = of_type("Lambda::EventInvokeConfig")
    return {config.properties["FunctionName"]: dict(config.properties) for config in configs}


def config_of(function: str, stage: str = "prod") -> Config:
    """Return what ``.chalice/config.json`` sets for a function, named as Chalice names it."""
    return Config(chalice_stage=stage, function_name=function, config_from_disk=CONFIG)


def watched_metrics(alarm: Resource) -> Iterator[dict[str, Any]]:
    """Give each metric of an alarm: ``Namespace``, ``MetricName`` and ``Dimensions``."""
    if "MetricName" in alarm.properties:
        yield dict(alarm.properties)
    for query in alarm.properties.get("Metrics", ()):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]
