"""What of the app exists in AWS, in the form of Chalice's record, whoever deployed it."""

from collections.abc import Iterator

from chalicelib.settings import API_HANDLER
from infra.operations.configuration import Record
from infra.operations.deploy import stacks
from infra.operations.problems import answer_or_none
from infra.operations.target import Target


def found(target: Target) -> Iterator[Record]:
    """Give the roles and functions that exist, of those that are configured or recorded."""
    configuration, recorded = target.configuration, target.configuration.recorded()
    roles = {f"{name}_role": f"{target.names.base}-{name}" for name in configuration.functions}
    roles |= {item["name"]: item["role_name"] for item in recorded if "role_name" in item}
    functions = {item["name"]: item["lambda_arn"] for item in recorded if "lambda_arn" in item}
    functions |= configuration.functions
    for name, role in roles.items():
        answer = answer_or_none(target.client("iam").get_role, RoleName=role)
        if answer is not None:
            arn = answer["Role"]["Arn"]
            yield {"name": name, "resource_type": "iam_role", "role_name": role, "role_arn": arn}
    for name, function in functions.items():
        ask = target.client("lambda").get_function_configuration
        answer = answer_or_none(ask, FunctionName=function)
        if answer is not None:
            arn = answer["FunctionArn"]
            yield {"name": name, "resource_type": "lambda_function", "lambda_arn": arn}


def api(target: Target) -> Iterator[Record]:
    """Give the REST API that the foundation stack made, if it is there.

    Its URL is where the shop is, which is another API if customers call the HTTP API.
    """
    outputs = stacks.outputs_of(target)
    if "RestApiId" in outputs:
        yield {
            "name": "rest_api",
            "resource_type": "rest_api",
            "rest_api_id": outputs["RestApiId"],
            "rest_api_url": outputs["ShopUrl"],
        }


def log_groups(target: Target, *, of_api: bool = False) -> list[str]:
    """Return the names of the consumers' log groups, or that of the API, the foundation's."""
    functions = target.configuration.functions
    names = {
        f"/aws/lambda/{functions[name]}" for name in functions if (name == API_HANDLER) == of_api
    }
    prefix = f"/aws/lambda/{target.names.base}"
    pages = target.client("logs").get_paginator("describe_log_groups")
    return [
        group["logGroupName"]
        for page in pages.paginate(logGroupNamePrefix=prefix)
        for group in page["logGroups"]
        if group["logGroupName"] in names
    ]
