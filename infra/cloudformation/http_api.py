"""The routes of the HTTP API, one for each of the app's.

One route for everything would be less to deploy, but Chalice finds a view by the path of the route.
What the routes refer to is in ``infra/templates/foundation.yaml``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from chalice.app import RouteEntry

from chalicelib.web.cors import PREFLIGHT
from infra.cloudformation.template import Template

API: Final = "HttpApi"


def with_routes(template: Template, routes: Mapping[str, Mapping[str, RouteEntry]]) -> Template:
    """Return the template of the foundation with the routes of its HTTP API."""
    resources = {**template.section("Resources"), **dict(_resources(routes))}
    return Template(template.file, {**template.body, "Resources": resources})


def _resources(routes: Mapping[str, Mapping[str, RouteEntry]]) -> Iterator[tuple[str, Any]]:
    for path, methods in sorted(routes.items()):
        for method, entry in methods.items():
            if method != PREFLIGHT:  # the API answers these by itself
                name = "".join(map(str.capitalize, re.findall(r"\w+", f"{method} {path}")))
                yield f"{API}{name.replace('_', '')}", _route(path, method, entry)


def _route(path: str, method: str, entry: RouteEntry) -> dict[str, Any]:
    properties = {
        "ApiId": {"Ref": API},
        "RouteKey": f"{method} {path}",
        "Target": {"Fn::Sub": "integrations/${HttpApiFunction}"},
        "AuthorizationType": "NONE",
    }
    if entry.authorizer:
        properties |= {"AuthorizationType": "JWT", "AuthorizerId": {"Ref": "HttpApiAuthorizer"}}
    return {
        "Type": "AWS::ApiGatewayV2::Route",
        "Condition": "HasHttpApi",
        "Properties": properties,
    }
