"""The HTTP API, where customers call one: what somebody changed by hand, and how to put it right.

Looked at is whom it lets in and where: a route that lost its authorizer, or one that is gone.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from infra.cloudformation.stacks import FOUNDATION
from infra.operations.deploy import stacks
from infra.operations.problems import answer_or_none
from infra.operations.target import Target

Found = tuple[str, str, Callable[[], object]]
"""What is not as it should be, how it is, and how to mend it."""


def is_there(target: Target, api_id: str) -> bool:
    """Tell whether the API exists; only its stack can make it."""
    return answer_or_none(target.client("apigatewayv2").get_api, ApiId=api_id) is not None


def drift(target: Target) -> Iterator[Found]:
    """Give what is missing or changed of the authorizer and the routes."""
    api_id = stacks.outputs_of(target).get("HttpApiId")
    if api_id is None or not is_there(target, api_id):
        return
    yield from _authorizer(target, api_id)
    routes = {each["RouteKey"]: each for each in _listed(target, "get_routes", api_id)}
    for resource in target.resources(FOUNDATION).values():
        if resource.type == "AWS::ApiGatewayV2::Route":
            yield from _route(target, api_id, resource.properties, routes)


def _authorizer(target: Target, api_id: str) -> Iterator[Found]:
    client, there = target.client("apigatewayv2"), _found_authorizer(target, api_id)
    declared = target.resources(FOUNDATION)["HttpApiAuthorizer"].properties
    wanted = {
        **{name: declared[name] for name in ("Name", "AuthorizerType", "IdentitySource")},
        "JwtConfiguration": _tokens_taken(target, declared),
    }
    if there is None:
        yield (
            "authorizer of the API",
            "missing",
            partial(client.create_authorizer, ApiId=api_id, **wanted),
        )
    elif any(there.get(name) != value for name, value in wanted.items()):
        known = {"ApiId": api_id, "AuthorizerId": there["AuthorizerId"]}
        yield (
            "authorizer of the API",
            "changed",
            partial(client.update_authorizer, **known, **wanted),
        )


def _tokens_taken(target: Target, declared: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return whose tokens are let in; what AWS calls the user pool, no template knows."""
    outputs = stacks.outputs_of(target)
    if "UserPoolArn" not in outputs:
        return dict(declared["JwtConfiguration"])
    pool = outputs["UserPoolArn"].rpartition("/")[2]
    issuer = f"https://cognito-idp.{target.region}.amazonaws.com/{pool}"
    return {"Issuer": issuer, "Audience": [outputs["UserPoolClientId"]]}


def _route(
    target: Target, api_id: str, wanted: Mapping[str, Any], there: Mapping[str, Any]
) -> Iterator[Found]:
    client, key = target.client("apigatewayv2"), wanted["RouteKey"]
    found = there.get(key)
    settings = {"RouteKey": key, "AuthorizationType": wanted["AuthorizationType"]}
    authorizer = _found_authorizer(target, api_id) if "AuthorizerId" in wanted else None
    if authorizer is not None:
        settings["AuthorizerId"] = authorizer["AuthorizerId"]
    integrations = _listed(target, "get_integrations", api_id)
    if found is None and integrations:
        target_of_all = f"integrations/{integrations[0]['IntegrationId']}"
        create = partial(client.create_route, ApiId=api_id, Target=target_of_all, **settings)
        yield f"route {key}", "missing", create
    elif found is not None and any(found.get(name) != value for name, value in settings.items()):
        known = {"ApiId": api_id, "RouteId": found["RouteId"]}
        yield f"route {key}", "changed", partial(client.update_route, **known, **settings)


def _found_authorizer(target: Target, api_id: str) -> dict[str, Any] | None:
    return next(iter(_listed(target, "get_authorizers", api_id)), None)


def _listed(target: Target, operation: str, api_id: str) -> list[dict[str, Any]]:
    client, found = target.client("apigatewayv2"), list[dict[str, Any]]()
    token: dict[str, str] = {}
    while True:
        page = getattr(client, operation)(ApiId=api_id, **token)
        found += page["Items"]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}
