"""The HTTP API has the routes of the app, guarded as the app says, and the app's CORS."""

from typing import Any

import pytest

from app import app
from chalicelib.settings import Names
from chalicelib.web import cors
from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import (
    FOUNDATION,
    SUBSCRIPTIONS,
    parameters_of,
    template_of,
    with_chosen,
)
from infra.cloudformation.template import Resource, Stack
from infra.operations.deploy import throttling

pytestmark = pytest.mark.own_shop

ISSUER = {"IDENTITY_ISSUER": "https://login.example.com/", "IDENTITY_AUDIENCE": "page"}
ORIGINS = {"ALLOWED_ORIGINS": "https://a.example.com,http://localhost:5173"}
NAMES = Names("cart", "dev")


def resolved(stack: str, **environment: str) -> Stack:
    template = template_of(stack)
    parameters = with_chosen(parameters_of(NAMES), template, environment)
    return template.resolve(parameters, Pseudo("123456789012", "eu-central-1"))


def http(**environment: str) -> dict[str, Resource]:
    found = resolved(FOUNDATION, API_TYPE="http", **environment).resources
    return {name: each for name, each in found.items() if each.type.startswith("AWS::ApiGatewayV2")}


def routes(**environment: str) -> dict[str, dict[str, Any]]:
    found = [each for each in http(**environment).values() if each.type.endswith("::Route")]
    assert len({each.properties["RouteKey"] for each in found}) == len(found)
    return {each.properties["RouteKey"]: dict(each.properties) for each in found}


def test_a_rest_api_is_what_customers_call_unless_the_shop_says_otherwise() -> None:
    stack = resolved(FOUNDATION)
    assert not [each for each in stack.resources.values() if "ApiGatewayV2" in each.type]
    assert stack.outputs["ShopUrl"].endswith("/api/")
    assert "HttpApiPermission" not in resolved(SUBSCRIPTIONS).resources


def test_each_route_of_the_app_is_there_and_asks_for_a_token_if_the_app_does() -> None:
    found = routes()
    wanted = {
        f"{method} {path}": entry.authorizer is not None
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if method != cors.PREFLIGHT
    }
    assert wanted["POST /cart"]
    assert {key: route["AuthorizationType"] == "JWT" for key, route in found.items()} == wanted
    authorizer = http()["HttpApiAuthorizer"].ref
    assert {route.get("AuthorizerId") for route in found.values()} == {authorizer, None}
    assert all(("AuthorizerId" in route) == wanted[key] for key, route in found.items())


def test_all_routes_lead_to_the_function_in_the_format_that_chalice_reads() -> None:
    integration = http()["HttpApiFunction"]
    assert {route["Target"] for route in routes().values()} == {f"integrations/{integration.ref}"}
    assert http()["HttpApi"].properties["ProtocolType"] == "HTTP"
    assert integration.properties["IntegrationType"] == "AWS_PROXY"
    assert integration.properties["IntegrationUri"].endswith(":function:cart-dev")
    assert integration.properties["PayloadFormatVersion"] == "1.0"


def test_all_that_belongs_to_an_api_is_of_this_one() -> None:
    found = http()
    assert {
        each.properties["ApiId"] for each in found.values() if each.type != "AWS::ApiGatewayV2::Api"
    } == {found["HttpApi"].ref}


def test_it_has_the_name_of_the_stage_and_is_deployed_when_its_routes_change() -> None:
    found = http()
    assert found["HttpApi"].properties["Name"] == "cart-dev"
    assert found["HttpApiStage"].properties["AutoDeploy"] is True


def test_a_token_is_taken_from_the_header_that_the_function_reads_it_from() -> None:
    properties = http()["HttpApiAuthorizer"].properties
    assert properties["AuthorizerType"] == "JWT"
    assert properties["IdentitySource"] == ["$request.header.Authorization"]


def test_the_tokens_are_those_of_the_user_pool_or_of_the_issuer() -> None:
    pool = resolved(FOUNDATION, API_TYPE="http")
    jwt = http()["HttpApiAuthorizer"].properties["JwtConfiguration"]
    pool_id = pool.outputs["UserPoolArn"].rpartition("/")[2]
    assert jwt == {
        "Issuer": f"https://cognito-idp.eu-central-1.amazonaws.com/{pool_id}",
        "Audience": [pool.outputs["UserPoolClientId"]],
    }
    jwt = http(**ISSUER)["HttpApiAuthorizer"].properties["JwtConfiguration"]
    assert jwt == {"Issuer": "https://login.example.com/", "Audience": ["page"]}


def test_with_an_issuer_there_is_no_user_pool() -> None:
    stack = resolved(FOUNDATION, API_TYPE="http", **ISSUER)
    assert not [each for each in stack.resources.values() if "Cognito" in each.type]
    assert not [name for name in stack.outputs if "UserPool" in name]


def test_the_api_answers_for_the_allowed_origins_what_the_function_would() -> None:
    assert "CorsConfiguration" not in http()["HttpApi"].properties
    found = http(**ORIGINS)["HttpApi"].properties["CorsConfiguration"]
    methods = {method for methods in app.routes.values() for method in methods}
    assert set(found["AllowMethods"]) == methods - {cors.PREFLIGHT}
    assert found == {
        "AllowOrigins": ["https://a.example.com", "http://localhost:5173"],
        "AllowMethods": found["AllowMethods"],
        "AllowHeaders": list(cors.ALLOW_HEADERS),
        "ExposeHeaders": list(cors.EXPOSE_HEADERS),
        "MaxAge": cors.MAX_AGE_SECONDS,
    }


def test_it_takes_as_many_requests_as_a_rest_api() -> None:
    assert http()["HttpApiStage"].properties["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": throttling.RATE_LIMIT,
        "ThrottlingBurstLimit": throttling.BURST_LIMIT,
    }


def test_the_shop_is_at_its_root() -> None:
    stack = resolved(FOUNDATION, API_TYPE="http")
    api = stack.outputs["HttpApiId"]
    assert stack.outputs["ShopUrl"] == f"https://{api}.execute-api.eu-central-1.amazonaws.com/"
    assert http()["HttpApiStage"].properties["StageName"] == "$default"


def test_this_api_alone_may_invoke_the_function() -> None:
    found = resolved(SUBSCRIPTIONS, HTTP_API_ID="abc").resources["HttpApiPermission"].properties
    assert found == {
        "FunctionName": "cart-dev",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:eu-central-1:123456789012:abc/*",
    }
