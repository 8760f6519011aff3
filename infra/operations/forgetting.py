"""Forgetting a person, whom the operator knows by address or by id."""

import json

import click

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.deploy import stacks
from infra.operations.problems import Problem
from infra.operations.target import Target
from infra.repair.forget import forget as erase


def forget(target: Target, customer: str) -> None:
    """Erase what is kept about a customer, given the address or the ``sub``.

    Raises:
        Problem: the stage is not deployed, or no customer has this address.
    """
    pool = stacks.outputs_of(target, FOUNDATION).get("UserPoolArn")
    if pool is None:
        raise Problem(f"Stage {target.stage} is not deployed in {target.region}.")
    address = customer if "@" in customer else None
    cart_id = customer if address is None else _subject_of(target, pool, address)
    clients = target.client("dynamodb"), target.client("scheduler")
    erased = erase(*clients, target.stage, cart_id, address)
    click.echo(f"Erased {erased.items} items and {erased.schedules} schedules of {cart_id}.")
    click.echo(
        "After a replay of events from before now, run this again with that id. The account "
        "itself is in the user pool. What else is kept, and how long: docs/privacy.md."
    )


def _subject_of(target: Target, pool_arn: str, address: str) -> str:
    answer = target.client("cognito-idp").list_users(
        UserPoolId=pool_arn.rpartition("/")[2],
        Filter=f"email = {json.dumps(address)}",
        AttributesToGet=["sub"],
    )
    subjects = [
        attribute["Value"]
        for user in answer["Users"]
        for attribute in user["Attributes"]
        if attribute["Name"] == "sub"
    ]
    if len(subjects) != 1:
        raise Problem(f"{len(subjects)} customers have this address: give the id (`sub`) instead.")
    return str(subjects[0])
