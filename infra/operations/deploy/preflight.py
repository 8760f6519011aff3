"""What would fail later, or pass unnoticed, found before anything is changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.cloudformation.template import Resource
from infra.operations.deploy import stacks
from infra.operations.deploy.stacks import FOUNDATION, STACKS
from infra.operations.problems import Problems, answer_or_none
from infra.operations.target import Target

Ask = tuple[str, Callable[[Any], Callable[..., dict[str, Any]]], str, str]

# How to ask whether a thing exists: the service, its operation, the parameter that takes the name,
# and the property of the resource that holds it. The table is missing: one that was kept is taken
# over. So are things whose names need not be unique.
_QUESTIONS: Final[Mapping[str, Ask]] = {
    "AWS::Events::Archive": (
        *("events", lambda client: client.describe_archive),
        *("ArchiveName", "ArchiveName"),
    ),
    "AWS::Events::EventBus": (
        *("events", lambda client: client.describe_event_bus),
        *("Name", "Name"),
    ),
    "AWS::IAM::Role": ("iam", lambda client: client.get_role, "RoleName", "RoleName"),
    "AWS::SQS::Queue": ("sqs", lambda client: client.get_queue_url, "QueueName", "QueueName"),
    "AWS::Scheduler::ScheduleGroup": (
        *("scheduler", lambda client: client.get_schedule_group),
        *("Name", "Name"),
    ),
}


def check(target: Target) -> None:
    """Look for everything that would make a deployment fail.

    Raises:
        Problems: there is something.
    """
    found = [*_stacks(target), *_taken_names(target), *_bus(target), *_sender(target)]
    if found:
        raise Problems(found)


def _stacks(target: Target) -> Iterator[str]:
    for template in STACKS:
        trouble = stacks.trouble_with(target, template)
        if trouble is not None:
            yield trouble


def _taken_names(target: Target) -> Iterator[str]:
    """Names of the foundation that somebody else uses, if its stack is not there yet."""
    if stacks.status_of(target, FOUNDATION) not in {None, stacks.NEVER_EXECUTED}:
        return
    for resource in target.resources(FOUNDATION).values():
        if resource.type in _QUESTIONS and _exists(target, resource):
            name = resource.properties[_QUESTIONS[resource.type][3]]
            kind = resource.type.rpartition("::")[2]
            yield f"The name {name} is taken by another {kind}: delete or rename that one."


def _exists(target: Target, resource: Resource) -> bool:
    service, operation, parameter, property_name = _QUESTIONS[resource.type]
    name = resource.properties[property_name]
    return answer_or_none(operation(target.client(service)), **{parameter: name}) is not None


def _bus(target: Target) -> Iterator[str]:
    """A bus that was deleted by hand: PutEvents to a bus that is not there reports success."""
    if not stacks.is_there(target, FOUNDATION):
        return
    bus = target.resources(FOUNDATION)["EventBus"]
    if not _exists(target, bus):
        yield (
            f"The event bus {bus.ref} is missing, though its stack is there, and events for it "
            f"would be lost without an error: run `python -m infra destroy --stage "
            f"{target.stage}`, then deploy again."
        )


def _sender(target: Target) -> Iterator[str]:
    """The address that reminders come from, if SES would refuse to send from it."""
    address = target.configuration.environment["MAIL_SENDER"]
    domain = address.rpartition("@")[2]
    ses = target.client("sesv2")
    for identity in (address, domain):
        answer = answer_or_none(ses.get_email_identity, EmailIdentity=identity)
        # The emulators know only one of the two each.
        if answer and (
            answer.get("VerifiedForSendingStatus") or answer.get("VerificationStatus") == "SUCCESS"
        ):
            return
    yield (
        f"SES in {target.region} may not send from {address}: set MAIL_SENDER in "
        ".chalice/config.json (and ses:FromAddress in the policy of send_reminder) to an address "
        "of yours, and verify it with `aws sesv2 create-email-identity`."
    )
