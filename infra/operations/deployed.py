"""What of the app exists in AWS, told as Chalice records it: whoever deployed it, from wherever."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from infra.operations import stacks
from infra.operations.configuration import Record
from infra.operations.problems import answer_or_none
from infra.operations.target import Target


def found(target: Target) -> Iterator[Record]:
    """Give the roles and functions that exist."""
    iam, functions = target.client("iam"), target.client("lambda")
    for name, function in target.configuration.functions.items():
        role = f"{target.configuration.app_name}-{target.stage}-{name}"
        answer = answer_or_none(iam.get_role, RoleName=role)
        if answer is not None:
            yield {
                "name": f"{name}_role",
                "resource_type": "iam_role",
                "role_arn": answer["Role"]["Arn"],
                "role_name": role,
            }
        answer = answer_or_none(functions.get_function_configuration, FunctionName=function)
        if answer is not None:
            yield {
                "name": name,
                "resource_type": "lambda_function",
                "lambda_arn": answer["FunctionArn"],
            }


def api(target: Target) -> Iterator[Record]:
    """Give the API that the foundation stack made, if it is there."""
    url = stacks.outputs_of(target, stacks.FOUNDATION).get("ShopUrl")
    if url is not None:
        yield {
            "name": "rest_api",
            "resource_type": "rest_api",
            "rest_api_id": (urlsplit(url).hostname or "").partition(".")[0],
            "rest_api_url": url,
        }


def merged(recorded: Iterable[Record], found: Iterable[Record]) -> list[Record]:
    """Return what is recorded, with what was found in place of what it says of the same."""
    by_name = {record["name"]: record for record in (*recorded, *found)}
    return list(by_name.values())


def log_groups(target: Target) -> list[str]:
    """Return the names of the log groups of the app's functions."""
    names = {f"/aws/lambda/{function}" for function in target.configuration.functions.values()}
    prefix = f"/aws/lambda/{target.configuration.app_name}-{target.stage}"
    pages = target.client("logs").get_paginator("describe_log_groups")
    return [
        group["logGroupName"]
        for page in pages.paginate(logGroupNamePrefix=prefix)
        for group in page["logGroups"]
        if group["logGroupName"] in names
    ]
