"""Creating, updating and deleting a stack of CloudFormation.

A stack is changed through a change set, which tells beforehand whether there is anything to do.
"""

import json
import re
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.cloudformation.stacks import template_of
from infra.operations.deploy.stacks import DONE, NEVER_EXECUTED, describe, name_of
from infra.operations.problems import Problem, say
from infra.operations.target import Target

_NOTHING_TO_CHANGE: Final = ("didn't contain changes", "No updates are to be performed")

_REFERENCE: Final = re.compile(r"\$\{([\w:]+)\}")


def deploy(target: Target, template: str, leave_out: Collection[str] = ()) -> bool:
    """Create or update a stack, or delete it if nothing is in it any more.

    Returns whether there was anything to change.

    ``leave_out`` are types of resources that an emulator does not know.

    Raises:
        Problem: CloudFormation could not do it; why, and that it undid what it had begun.
    """
    if not template_of(template).section("Resources"):
        return delete(target, template)
    name = name_of(target, template)
    status = _settled(target, name)
    if status == NEVER_EXECUTED:  # an earlier deployment was broken off
        delete(target, template)
        status = None
    change_set = _change_set(target, template, leave_out, exists=status is not None)
    if change_set is None:
        return False
    seen = {event["EventId"] for event in _events(target, change_set["StackId"])}
    client = target.client("cloudformation")
    client.execute_change_set(ChangeSetName=change_set["ChangeSetName"], StackName=name)
    resources = len(change_set.get("Changes", []))
    status = _follow(target, change_set["StackId"], seen, resources)
    if status not in DONE:
        raise Problem(f"The stack {name} failed: {_first_failure(target, change_set, seen)}")
    return True


def delete(target: Target, template: str) -> bool:
    """Delete a stack; tell whether there was one.

    Raises:
        Problem: CloudFormation could not delete something.
    """
    name = name_of(target, template)
    _settled(target, name)
    stack = describe(target, name)
    if stack is None:
        return False
    seen = {event["EventId"] for event in _events(target, stack["StackId"])}
    pages = target.client("cloudformation").get_paginator("list_stack_resources")
    resources = [
        each for page in pages.paginate(StackName=name) for each in page["StackResourceSummaries"]
    ]
    target.client("cloudformation").delete_stack(StackName=name)
    status = _follow(target, stack["StackId"], seen, len(resources))
    if status != "DELETE_COMPLETE":
        raise Problem(f"The stack {name} is left: {_first_failure(target, stack, seen)}")
    return True


def _change_set(
    target: Target, template: str, leave_out: Collection[str], *, exists: bool
) -> dict[str, Any] | None:
    """Prepare what is to be changed; None if it is nothing."""
    client = target.client("cloudformation")
    # With the name of its stack, by which policies allow what concerns a change set.
    names = {
        "StackName": name_of(target, template),
        "ChangeSetName": f"deploy-{time.time_ns()}",
    }
    try:
        client.create_change_set(
            **names,
            ChangeSetType="UPDATE" if exists else "CREATE",
            TemplateBody=body(target, template, leave_out),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in target.parameters(template).items()
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
            # A table that an earlier `destroy` kept is taken over; see `body`.
            ImportExistingResources=True,
            # A stack that cannot be created leaves nothing in the way of the next try.
            **({} if exists else {"OnStackFailure": "DELETE"}),
        )
    except ClientError as error:
        if _says_nothing_to_change(str(error)):  # some emulators say so at once
            return None
        raise
    while True:
        change_set = _described(client, names)
        if change_set["Status"] == "CREATE_COMPLETE":
            return change_set
        if change_set["Status"] == "FAILED":
            break
        time.sleep(target.poll_seconds)
    client.delete_change_set(**names)
    reason = change_set.get("StatusReason", "")
    if _says_nothing_to_change(reason):
        return None
    raise Problem(f"CloudFormation refuses {template}.yaml: {reason}")


def _described(client: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a change set with all its changes, which come in pages."""
    found: dict[str, Any] = client.describe_change_set(**names)
    page = found
    while "NextToken" in page:
        page = client.describe_change_set(**names, NextToken=page["NextToken"])
        found["Changes"] = [*found["Changes"], *page["Changes"]]
    return found


def _says_nothing_to_change(text: str) -> bool:
    return any(phrase in text for phrase in _NOTHING_TO_CHANGE)


def body(target: Target, template: str, leave_out: Collection[str] = ()) -> str:
    """Return a template as it is sent: in JSON, and without ``leave_out``.

    What is known of the stage and the account is filled in. That makes it smaller, for a template
    that is sent must not exceed 51,200 bytes; and CloudFormation takes over an existing resource
    only if its name is static.
    """
    document = dict(template_of(template).body)
    declared = document.get("Parameters", {})
    known = {
        **{
            name: int(value) if declared[name]["Type"] == "Number" else value
            for name, value in target.parameters(template).items()
        },
        "AWS::AccountId": target.account,
        "AWS::Partition": target.partition,
        "AWS::Region": target.region,
    }
    document["Resources"] = {
        logical_id: _filled_in(resource, known)
        for logical_id, resource in document["Resources"].items()
        if resource["Type"] not in leave_out
    }
    return json.dumps(document, separators=(",", ":"))


def _filled_in(node: Any, known: Mapping[str, Any]) -> Any:
    """Return a part of a template with the references that are ``known`` as text."""
    match node:
        case {"Ref": str(name)} if name in known:
            return known[name]
        case {"Fn::Sub": str(text)}:
            filled = _REFERENCE.sub(lambda found: str(known.get(found[1], found[0])), text)
            return {"Fn::Sub": filled} if "${" in filled else filled
        case dict():
            return {name: _filled_in(each, known) for name, each in node.items()}
        case list():
            return [_filled_in(each, known) for each in node]
        case _:
            return node


def _settled(target: Target, name: str) -> str | None:
    """Wait until nothing is being done to a stack, by an earlier run for instance."""
    while True:
        stack = describe(target, name)
        status = None if stack is None else str(stack["StackStatus"])
        if status is None or status == NEVER_EXECUTED or not status.endswith("_IN_PROGRESS"):
            return None if status == "DELETE_COMPLETE" else status
        time.sleep(target.poll_seconds)


def _follow(target: Target, stack_id: str, seen: Collection[str], resources: int) -> str:
    """Tell what becomes of each resource until the stack is done; return its status then.

    ``resources`` is how many are to change, ``seen`` has the events of earlier changes.
    """
    told, finished = set(seen), set[str]()
    while True:
        stack = describe(target, stack_id) or {"StackStatus": "DELETE_COMPLETE"}
        for event in _events(target, stack_id):
            if event["EventId"] in told:
                continue
            told.add(event["EventId"])
            if event["ResourceStatus"].endswith(("_COMPLETE", "_FAILED")):
                if event["LogicalResourceId"] != event["StackName"]:
                    finished.add(event["LogicalResourceId"])
                count = f"{len(finished)} of {max(resources, len(finished))}"
                say(f"{count:>8}  {event['ResourceStatus']:<16} {event['LogicalResourceId']}")
        status = str(stack["StackStatus"])
        if not status.endswith("_IN_PROGRESS"):
            return status
        time.sleep(target.poll_seconds)


def _events(target: Target, stack_id: str) -> list[dict[str, Any]]:
    """Return what has happened to a stack, in order."""
    pages = target.client("cloudformation").get_paginator("describe_stack_events")
    events = [each for page in pages.paginate(StackName=stack_id) for each in page["StackEvents"]]
    return events[::-1]


def _first_failure(target: Target, stack: Mapping[str, Any], seen: Collection[str]) -> str:
    for event in _events(target, stack["StackId"]):
        if event["EventId"] not in seen and event["ResourceStatus"].endswith("_FAILED"):
            reason = event.get("ResourceStatusReason", "no reason is given")
            return f"{event['LogicalResourceId']}: {reason}"
    return "CloudFormation gives no reason."
