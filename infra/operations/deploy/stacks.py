"""The CloudFormation stacks of a stage, and how they are."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.cloudformation.stacks import FOUNDATION, template_of
from infra.operations.problems import Problem, code_of
from infra.operations.target import Target

DONE: Final = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
"""A stack that is as its template says."""

_STABLE: Final = {*DONE, "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}

NEVER_EXECUTED: Final = "REVIEW_IN_PROGRESS"
"""A stack of which there is nothing but a change set."""


def name_of(target: Target, template: str) -> str:
    """Return the name of the stack that is made from a template."""
    return f"{target.names.base}-{template}"


def status_of(target: Target, template: str) -> str | None:
    """Return the stack's status as CloudFormation names it; None if there is no such stack."""
    stack = describe(target, name_of(target, template))
    return None if stack is None else str(stack["StackStatus"])


def outputs_of(target: Target) -> Mapping[str, str]:
    """Return the foundation's outputs, none if there is no such stack."""
    stack = describe(target, name_of(target, FOUNDATION)) or {}
    return {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}


def required_outputs_of(target: Target) -> Mapping[str, str]:
    """Return the foundation's outputs.

    Raises:
        Problem: the stage is not deployed.
    """
    if outputs := outputs_of(target):
        return outputs
    raise Problem(f"Stage {target.stage} is not deployed in {target.region}.")


def is_there(target: Target, template: str) -> bool:
    """Tell whether the stack exists and nothing is being done to it."""
    return status_of(target, template) in _STABLE


def declared_outputs() -> Collection[str]:
    """Return the names of the outputs that the foundation can have."""
    return template_of(FOUNDATION).section("Outputs").keys()


def trouble_with(target: Target, template: str) -> str | None:
    """Say why the stack cannot be deployed as it is; None if it can, or will in a moment."""
    name, status = name_of(target, template), status_of(target, template)
    if status is None or status in _STABLE or status.endswith("_IN_PROGRESS"):
        return None
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED"}:
        return (
            f"The stack {name} is in {status} and can only be deleted: run "
            f"`python -m infra destroy --stage {target.stage}`, then deploy again."
        )
    return (
        f"The stack {name} is in {status}: continue its roll-back in the CloudFormation console, "
        "then deploy again."
    )


def describe(target: Target, name: str) -> dict[str, Any] | None:
    """Return what CloudFormation knows of a stack, by name or id; None if there is none."""
    try:
        found = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if code_of(error) == "ValidationError":
            return None
        raise
    return found[0] if found else None
