"""Removing a stage: all of it but the data, unless told."""

from typing import Final

from infra.cloudformation.stacks import EXTENSIONS, FOUNDATION, SUBSCRIPTIONS
from infra.operations import listening
from infra.operations.deploy import deployed, functions, signing_keys, stack_changes, stacks
from infra.operations.problems import Problem, answer_or_none, say, step
from infra.operations.target import Target

KEPT: Final = "The table {table} is kept, with deletion protection; the next deploy takes it over."


def destroy(target: Target, *, delete_data: bool) -> None:
    """Remove a stage, or what is left of it.

    Raises:
        Problem: something cannot be deleted, or must not be without ``delete_data``.
    """
    resources = target.resources(FOUNDATION)
    table = resources["Table"].ref
    pool = resources.get("UserPool")
    if pool and pool.properties["DeletionProtection"] == "ACTIVE" and not delete_data:
        raise Problem(
            f"Stage {target.stage} protects its customers from deletion: to remove it with "
            "customers and carts, say --delete-data."
        )
    step(1, 3, "the subscriptions")
    removed = [stack_changes.delete(target, stack) for stack in (EXTENSIONS, SUBSCRIPTIONS)]
    _tell(removed=any(removed))
    listening.remove_all(target)
    _check_bus(target)
    step(2, 3, "the functions, their roles and logs, with `chalice delete`")
    _tell(removed=functions.delete(target))
    step(3, 3, "the foundation")
    _protect(target, table, protected=not delete_data)
    if delete_data:
        _give_up_customers(target)
    _tell(removed=stack_changes.delete(target, FOUNDATION))
    # Lambda creates the group again if a function logs after the stack is gone.
    functions.delete_log_groups(target, deployed.log_groups(target, of_api=True))
    if delete_data:
        signing_keys.delete(target)
    # Last, because until now a second run needs to know where the stage is.
    target.configuration.forget_outputs(stacks.declared_outputs())
    if not _table_exists(target, table):
        return
    if delete_data:
        target.client("dynamodb").delete_table(TableName=table)
        say(f"The table {table} is deleted.")
    else:
        say(KEPT.format(table=table))


def _check_bus(target: Target) -> None:
    """Refuse to go on while others have rules on the bus: it could not be deleted.

    Raises:
        Problem: there are such rules, and which.
    """
    bus = target.resources(FOUNDATION)["EventBus"].ref
    events = target.client("events")
    if answer_or_none(events.describe_event_bus, Name=bus) is None:
        return
    pages = events.get_paginator("list_rules").paginate(EventBusName=bus)
    # Rules that a service manages, such as that of an archive, are deleted with it.
    rules = [rule["Name"] for page in pages for rule in page["Rules"] if "ManagedBy" not in rule]
    if rules:
        raise Problem(
            f"The bus {bus} cannot be deleted: it has rules that are not of this project, "
            f"{', '.join(sorted(rules))}. Delete them, then run `destroy` again."
        )


def _protect(target: Target, table: str, *, protected: bool) -> None:
    if _table_exists(target, table):
        target.client("dynamodb").update_table(TableName=table, DeletionProtectionEnabled=protected)


def _table_exists(target: Target, table: str) -> bool:
    return answer_or_none(target.client("dynamodb").describe_table, TableName=table) is not None


def _give_up_customers(target: Target) -> None:
    arn = stacks.outputs_of(target).get("UserPoolArn")
    if arn is not None:
        target.client("cognito-idp").update_user_pool(
            UserPoolId=arn.rpartition("/")[2], DeletionProtection="INACTIVE"
        )


def _tell(*, removed: bool) -> None:
    say("Removed." if removed else "There is nothing to remove.")
