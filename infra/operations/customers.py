"""What is done for single customers: a failed job once more, their data, and forgetting them."""

import json
from typing import Any

import click

from chalicelib.domain.identities import cart_of
from infra.operations.deploy import stacks
from infra.operations.problems import Problem
from infra.operations.target import Target
from infra.repair import retry as failed_jobs
from infra.repair.forget import carts_waiting
from infra.repair.forget import export as kept_about
from infra.repair.forget import forget as erase


def retry(target: Target, request_id: str) -> None:
    """Put the event of a failed request on the bus again.

    Raises:
        Problem: the stage is not deployed, no failure of this request is kept, or the event
            cannot be put on the bus as it is kept.
    """
    stacks.required_outputs_of(target)
    clients = target.client("dynamodb"), target.client("events")
    try:
        functions = failed_jobs.retry(*clients, target.names, request_id)
    except failed_jobs.RetryError as error:
        raise Problem(str(error)) from error
    click.echo(f"The event is on the bus again; {', '.join(functions)} had failed.")


def forget(target: Target, customer: str, *, delete_account: bool) -> None:
    """Erase what is kept about a customer, given the address or the ``sub``.

    Raises:
        Problem: the stage is not deployed, no customer has this address, or the accounts are
            those of another issuer and only that one can do what is asked.
    """
    issuer = target.configuration.environment.get("IDENTITY_ISSUER")
    cart_id, pool = id_of(target, customer), _pool_of(target)
    if issuer and delete_account:
        raise Problem(f"The account is kept by {issuer}: delete it there.")
    address = customer if "@" in customer and not issuer else None
    clients = target.client("dynamodb"), target.client("scheduler")
    erased = erase(*clients, target.names, cart_id, address)
    click.echo(f"Erased {erased.items} items and {erased.schedules} schedules of {cart_id}.")
    if delete_account:
        _delete_account(target, pool, cart_id)
    elif issuer:
        click.echo(f"The account itself is kept by {issuer}.")
    elif _users(target, pool, "sub", cart_id):
        click.echo("The account is still in the user pool; --delete-account deletes it as well.")
    click.echo(
        "After a replay of events from before now, run this again with that id. docs/privacy.md "
        "says what else is kept, and how long."
    )


def forget_without_account(target: Target, *, ask: bool) -> None:
    """Forget everybody who has a reminder to come and no account any more.

    Whoever deleted the account by other means than ``forget`` left a cart behind, and a schedule
    that would mail the customer.

    Raises:
        Problem: the stage is not deployed, or the accounts are those of another issuer.
    """
    pool = _pool_of(target)
    if not pool:
        raise Problem("The accounts are kept by another issuer, which alone knows who has one.")
    waiting = carts_waiting(target.client("scheduler"), target.names)
    gone = [cart_id for cart_id in waiting if not _users(target, pool, "sub", cart_id)]
    if not gone:
        click.echo("Everybody who has a reminder to come has an account.")
        return
    click.echo("These customers have a reminder to come, and no account:")
    click.echo("\n".join(f"  {cart_id}" for cart_id in gone))
    if ask:
        click.confirm("Forget them?", abort=True)
    for cart_id in gone:
        forget(target, cart_id, delete_account=False)


def export(target: Target, customer: str) -> None:
    """Print all that is kept about a customer, given the address or the ``sub``, as JSON.

    Raises:
        Problem: the stage is not deployed, or no customer has this address.
    """
    found = kept_about(target.client("dynamodb"), target.names, id_of(target, customer))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))


def id_of(target: Target, customer: str) -> str:
    """Return the id of a customer's cart, given the address or the ``sub``.

    Raises:
        Problem: the stage is not deployed, or no customer has this address.
    """
    pool, issuer = _pool_of(target), target.configuration.environment.get("IDENTITY_ISSUER")
    by_address = "@" in customer and not issuer
    return cart_of(_subject_of(target, pool, customer) if by_address else customer, issuer)


def _pool_of(target: Target) -> str:
    """Return the stage's user pool, "" if its customers are those of another issuer."""
    return stacks.required_outputs_of(target).get("UserPoolArn", "").rpartition("/")[2]


def _delete_account(target: Target, pool: str, subject: str) -> None:
    client = target.client("cognito-idp")
    for user in _users(target, pool, "sub", subject):
        client.admin_delete_user(UserPoolId=pool, Username=user["Username"])
        click.echo("The account is deleted.")


def _subject_of(target: Target, pool: str, address: str) -> str:
    subjects = [
        attribute["Value"]
        for user in _users(target, pool, "email", address)
        for attribute in user["Attributes"]
        if attribute["Name"] == "sub"
    ]
    if len(subjects) != 1:
        raise Problem(f"{len(subjects)} customers have this address: give the id (`sub`) instead.")
    return str(subjects[0])


def _users(target: Target, pool: str, attribute: str, value: str) -> list[dict[str, Any]]:
    answer = target.client("cognito-idp").list_users(
        UserPoolId=pool,
        Filter=f"{attribute} = {json.dumps(value)}",
        AttributesToGet=["sub"],
    )
    users: list[dict[str, Any]] = answer["Users"]
    return users
