"""What would make a deployment fail, found before anything is changed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalicelib import wiring
from chalicelib.domain import addresses
from infra.cloudformation.stacks import FOUNDATION, STACKS
from infra.cloudformation.template import Resource
from infra.generate import chalice_files
from infra.operations.deploy import identity, leftovers, limits, presence, stacks
from infra.operations.problems import Problems, answer_or_none
from infra.operations.target import Target
from infra.shop import check as shop

# The table is not here, because a kept table is taken over; neither are resources whose names need
# not be unique.
_UNIQUE: Final = (
    *("AWS::Events::Archive", "AWS::Events::EventBus", "AWS::IAM::Role", "AWS::SQS::Queue"),
    "AWS::Scheduler::ScheduleGroup",
)


def check(target: Target) -> None:
    """Look for everything that would make a deployment fail.

    Raises:
        Problems: there is something.
    """
    if found := list(problems(target)):
        raise Problems(found)


def problems(target: Target) -> Iterator[str]:
    """Give everything that would make a deployment fail, one sentence each."""
    yield from shop.problems(wiring.shop_folder())
    if problem := limits.runtime_problem():
        yield problem
    yield from _stacks(target)
    yield from _taken_names(target)
    yield from _bus(target)
    yield from _sender(target)
    yield from identity.problems(target)


def _stacks(target: Target) -> Iterator[str]:
    return filter(None, (stacks.trouble_with(target, template) for template in STACKS))


def _taken_names(target: Target) -> Iterator[str]:
    """Names of the foundation that somebody else uses, if its stack is not there yet."""
    if stacks.status_of(target, FOUNDATION) not in {None, stacks.NEVER_EXECUTED}:
        return
    for resource in target.resources(FOUNDATION).values():
        if resource.type in _UNIQUE and _exists(target, resource):
            name = resource.properties[presence.QUESTIONS[resource.type][3]]
            kind = resource.type.rpartition("::")[2]
            yield f"The name {name} is taken by another {kind}: delete or rename that one."


def _exists(target: Target, resource: Resource) -> bool:
    found = presence.look_up(target, resource)
    return found is not None and not leftovers.is_being_deleted(found)


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
    """The address that reminders come from, if SES or the policies would refuse to send from it."""
    configuration = target.configuration
    address = chalice_files.sender_of(configuration.environment)
    if not addresses.is_mailable(address):
        yield (
            f"MAIL_SENDER of stage {target.stage} in .chalice/config.json is not one address, "
            "such as shop@example.com or Shop <shop@example.com>: set `sender` in "
            "chalicelib/shop/shop.toml, and run `python -m infra configure`."
        )
        return
    for file in sorted(configuration.folder.glob(f"policy-{target.stage}-*.json")):
        allowed = _senders_in(json.loads(file.read_text(encoding="utf-8")))
        if allowed and address not in allowed:
            yield (
                f"{file.name} allows mail from {', '.join(sorted(allowed))} only, but MAIL_SENDER "
                f"of stage {target.stage} is {address}: run `python -m infra configure`."
            )
    if not any(_is_verified(target, identity) for identity in _identities_of(address)):
        yield (
            f"SES in {target.region} may not send from {address}: set `sender` in "
            "chalicelib/shop/shop.toml to an address of yours, run `python -m infra configure`, "
            "and verify the address or its domain with `aws sesv2 create-email-identity`."
        )


def _identities_of(address: str) -> Iterator[str]:
    """Give the identities that cover an address: itself, its domain, and the domains above."""
    yield address
    labels = address.rpartition("@")[2].split(".")
    for position in range(len(labels) - 1):
        yield ".".join(labels[position:])


def _is_verified(target: Target, identity: str) -> bool:
    found = answer_or_none(target.client("sesv2").get_email_identity, EmailIdentity=identity)
    # Each emulator knows only one of the two.
    return found is not None and bool(
        found.get("VerifiedForSendingStatus") or found.get("VerificationStatus") == "SUCCESS"
    )


def _senders_in(policy: Mapping[str, Any]) -> set[str]:
    """Return the addresses that the conditions of a policy name; none if there is none."""
    conditions = [
        keys
        for statement in policy["Statement"]
        for keys in statement.get("Condition", {}).values()
    ]
    allowed = [keys["ses:FromAddress"] for keys in conditions if "ses:FromAddress" in keys]
    return {
        address
        for listed in allowed
        for address in ([listed] if isinstance(listed, str) else listed)
    }
