"""What is checked, restored and said where customers call the HTTP API, or are an issuer's."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chalicelib.domain.identities import cart_of
from infra.cloudformation.stacks import FOUNDATION
from infra.cloudformation.template import variable_of
from infra.operations import customers, state
from infra.operations.configuration import Configuration
from infra.operations.deploy import http_api, identity, stacks
from infra.operations.problems import Problem
from infra.operations.target import ROOT, Target
from infra.repair.forget import Forgotten

pytestmark = pytest.mark.own_shop

ISSUER = "https://login.example.com/"
DOCUMENT = {"issuer": ISSUER, "jwks_uri": "https://login.example.com/jwks.json"}
JWT = {"Issuer": ISSUER, "Audience": ["page"]}
REST: dict[str, str] = {}
HTTP = {"API_TYPE": "http"}
OIDC = {**HTTP, "IDENTITY_ISSUER": ISSUER, "IDENTITY_AUDIENCE": "page"}


@dataclass(frozen=True)
class Configured(Configuration):
    """Stage dev of this project, with an environment of its own."""

    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables of the functions."""
        return self.variables


def target_of(chosen: Mapping[str, str], **outputs: str) -> Target:
    """Give a stage with these settings, deployed with these outputs."""
    found = {variable_of(name): value for name, value in outputs.items()}
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    configuration = Configured(ROOT, "dev", {**chosen, **found})
    return Target(configuration, session, "123456789012", "aws")


class FakeApi:
    """Keeps the parts of one HTTP API, as API Gateway lists them: a page at a time."""

    def __init__(self) -> None:
        self.is_there = True
        self._numbers = itertools.count(1)
        self._parts: dict[str, list[dict[str, Any]]] = {
            "route": [],
            "authorizer": [],
            "integration": [],
        }

    def __getattr__(self, operation: str) -> Any:
        verb, _, kind = operation.partition("_")
        if verb == "get":
            return lambda ApiId, NextToken="0": self._page(ApiId, kind, int(NextToken))  # noqa: N803
        return lambda ApiId, **given: getattr(self, f"_{verb}")(ApiId, kind, given)  # noqa: N803

    def find(self, kind: str, **wanted: Any) -> dict[str, Any]:
        [found] = [each for each in self._parts[kind] if wanted.items() <= each.items()]
        return found

    def _page(self, api: str, kind: str, start: int) -> dict[str, Any]:
        assert api == "http"
        if not self.is_there:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetApi")
        if kind == "api":
            return {"ApiId": api}
        items = self._parts[kind.removesuffix("s")]
        more = {"NextToken": str(start + 5)} if start + 5 < len(items) else {}
        return {"Items": items[start : start + 5], **more}

    def _create(self, api: str, kind: str, given: dict[str, Any]) -> None:
        assert api == "http"
        known = {f"{kind.capitalize()}Id": f"{kind}-{next(self._numbers)}"}
        self._parts[kind].append({**given, **known})

    def _update(self, api: str, kind: str, given: dict[str, Any]) -> None:
        assert api == "http"
        name = f"{kind.capitalize()}Id"
        self.find(kind, **{name: given[name]}).update(given)

    def _delete(self, api: str, kind: str, given: dict[str, Any]) -> None:
        assert api == "http"
        self._parts[kind].remove(self.find(kind, **given))


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def deployed(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Give a stage with an HTTP API and an issuer, as its template says."""
    outputs = {"HttpApiId": "http", "RestApiId": "rest", "ShopUrl": "https://shop.example.com/"}
    monkeypatch.setattr(stacks, "outputs_of", lambda *_: outputs)
    target = target_of(OIDC, **outputs)
    target.clients["apigatewayv2"] = api
    api.create_integration(ApiId="http", IntegrationType="AWS_PROXY")
    for kind in ("Authorizer", "Route"):
        for resource in target.resources(FOUNDATION).values():
            if resource.type == f"AWS::ApiGatewayV2::{kind}":
                given = dict(resource.properties, ApiId="http")
                if "AuthorizerId" in given:
                    given["AuthorizerId"] = api.find("authorizer")["AuthorizerId"]
                if "Target" in given:
                    given["Target"] = f"integrations/{api.find('integration')['IntegrationId']}"
                getattr(api, f"create_{kind.lower()}")(**given)
    return target


def drift(target: Target) -> list[tuple[str, str]]:
    return [(what, how) for what, how, _ in http_api.drift(target)]


class TestTheHttpApi:
    def test_is_as_it_should_be_when_it_was_just_deployed(self, deployed: Target) -> None:
        assert drift(deployed) == []

    def test_gets_back_a_route_that_was_deleted(self, api: FakeApi, deployed: Target) -> None:
        before = dict(api.find("route", RouteKey="POST /cart"))
        api.delete_route(ApiId="http", RouteId=before["RouteId"])
        [(what, how, mend)] = http_api.drift(deployed)
        assert (what, how) == ("route POST /cart", "missing")
        mend()
        assert drift(deployed) == []
        restored = api.find("route", RouteKey="POST /cart")
        assert {**restored, "RouteId": before["RouteId"]} == before

    def test_gets_back_the_authorizer_of_a_route_that_was_opened(
        self, api: FakeApi, deployed: Target
    ) -> None:
        api.find("route", RouteKey="GET /cart").update(AuthorizationType="NONE")
        [(what, how, mend)] = http_api.drift(deployed)
        assert (what, how) == ("route GET /cart", "changed")
        mend()
        assert drift(deployed) == []
        assert api.find("route", RouteKey="GET /cart")["AuthorizationType"] == "JWT"

    @pytest.mark.parametrize(
        "changed",
        [
            {"JwtConfiguration": {**JWT, "Audience": ["page", "strangers"]}},
            {"JwtConfiguration": {**JWT, "Issuer": "https://stranger.example.com/"}},
            {"IdentitySource": ["$request.querystring.token"]},
        ],
    )
    def test_takes_the_tokens_of_nobody_else_again(
        self, api: FakeApi, deployed: Target, changed: dict[str, Any]
    ) -> None:
        before = dict(api.find("authorizer"))
        api.find("authorizer").update(changed)
        [(what, how, mend)] = http_api.drift(deployed)
        assert (what, how) == ("authorizer of the API", "changed")
        mend()
        assert api.find("authorizer") == before

    def test_gets_an_authorizer_again_and_its_routes_ask_it(
        self, api: FakeApi, deployed: Target
    ) -> None:
        known = api.find("authorizer")["AuthorizerId"]
        api.delete_authorizer(ApiId="http", AuthorizerId=known)
        for _, _, mend in http_api.drift(deployed):
            mend()
        assert drift(deployed) == []
        new = api.find("authorizer")["AuthorizerId"]
        assert api.find("route", RouteKey="POST /cart")["AuthorizerId"] == new != known

    def test_takes_the_tokens_of_the_user_pool_that_there_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pool = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_real"
        outputs = {"HttpApiId": "http", "UserPoolArn": pool, "UserPoolClientId": "client"}
        monkeypatch.setattr(stacks, "outputs_of", lambda *_: outputs)
        target = target_of(HTTP, **outputs)
        target.clients["apigatewayv2"] = api = FakeApi()
        for _, _, mend in http_api.drift(target):
            mend()
        assert api.find("authorizer")["JwtConfiguration"] == {
            "Issuer": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_real",
            "Audience": ["client"],
        }

    def test_that_was_deleted_is_told_before_a_deployment(
        self, api: FakeApi, deployed: Target
    ) -> None:
        api.is_there = False
        assert drift(deployed) == []
        [problem] = identity.problems(deployed, lambda _: json.dumps(DOCUMENT).encode())
        assert problem.startswith("The HTTP API http is missing, though its stack is there")
        shown = next(state._api(deployed))  # noqa: SLF001
        assert shown.split() == ["!", "HTTP", "API", "missing"]

    def test_is_shown_with_its_address_and_the_rest_api_as_closed(self, deployed: Target) -> None:
        http, rest = state._api(deployed)  # noqa: SLF001
        assert http.split() == ["HTTP", "API", "https://shop.example.com/"]
        assert "closed" in rest


class TestAnIssuer:
    def test_that_describes_itself_is_no_problem(self, deployed: Target) -> None:
        asked: list[str] = []

        def fetch(url: str) -> bytes:
            asked.append(url)
            return json.dumps(DOCUMENT).encode()

        assert list(identity.problems(deployed, fetch)) == []
        assert asked == ["https://login.example.com/.well-known/openid-configuration"]

    @pytest.mark.parametrize(
        "document",
        [
            {**DOCUMENT, "issuer": "https://login.example.com"},
            {**DOCUMENT, "issuer": "https://login.example.com/realms/shop"},
            {**DOCUMENT, "jwks_uri": "http://login.example.com/jwks.json"},
            {"issuer": ISSUER},
            ["issuer", "jwks_uri"],
            "<html>",
        ],
    )
    def test_whose_tokens_no_gateway_could_check_is_named(
        self, deployed: Target, document: object
    ) -> None:
        [problem] = identity.problems(deployed, lambda _: json.dumps(document).encode())
        assert "`issuer` of `identity` in chalicelib/shop/shop.toml" in problem

    @pytest.mark.parametrize("error", [OSError("no route"), TimeoutError()])
    def test_that_nobody_answers_for_is_named(self, deployed: Target, error: Exception) -> None:
        def fetch(_: str) -> bytes:
            raise error

        [problem] = identity.problems(deployed, fetch)
        assert "is no description of an OpenID Connect issuer" in problem

    def test_does_not_cost_the_accounts_of_the_user_pool(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with mock_aws():
            client = boto3.client("cognito-idp", region_name="eu-central-1")
            pool = client.create_user_pool(PoolName="cart-dev")["UserPool"]
            outputs = {"UserPoolArn": pool["Arn"], "RestApiId": "rest"}
            monkeypatch.setattr(stacks, "outputs_of", lambda *_: outputs)
            target = target_of(OIDC, **outputs)

            def problems() -> list[str]:
                return list(identity.problems(target, lambda _: json.dumps(DOCUMENT).encode()))

            assert problems() == []
            client.admin_create_user(UserPoolId=pool["Id"], Username="ada@example.com")
            [problem] = problems()
            assert "accounts, which a deployment with another issuer deletes" in problem


@pytest.mark.parametrize(
    ("chosen", "before", "moves"),
    [
        (REST, {"RestApiId": "rest"}, 0),
        (REST, {}, 0),
        (HTTP, {}, 0),
        (HTTP, {"RestApiId": "rest", "HttpApiId": "http"}, 0),
        (HTTP, {"RestApiId": "rest"}, 1),
        (OIDC, {"RestApiId": "rest"}, 1),
        (REST, {"RestApiId": "rest", "HttpApiId": "http"}, 1),
    ],
)
def test_that_links_in_mails_will_lead_nowhere_is_told_before_the_api_changes(
    chosen: dict[str, str], before: dict[str, str], moves: int
) -> None:
    made_by_aws = "https://rest.execute-api.eu-central-1.amazonaws.com/api/"
    notes = list(identity.notes(target_of(chosen, ShopUrl=made_by_aws, **before)))
    assert len(notes) == moves
    assert all(made_by_aws in note for note in notes)
    own = target_of(chosen, ShopUrl="https://shop.example.com/", **before)
    assert list(identity.notes(own)) == []


class TestForgetting:
    @pytest.fixture
    def erased(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
        erased: list[tuple[str, str | None]] = []

        def erase(*given: Any) -> Forgotten:
            erased.append(given[3:])
            return Forgotten(2, 1)

        monkeypatch.setattr(customers, "erase", erase)
        return erased

    def test_erases_the_cart_of_an_issuers_customer_and_says_who_has_the_account(
        self, deployed: Target, erased: list[object], capsys: pytest.CaptureFixture[str]
    ) -> None:
        customers.forget(deployed, "auth0|5f7c", delete_account=False)
        assert erased == [(cart_of("auth0|5f7c", ISSUER), None)]
        said = capsys.readouterr().out
        assert f"The account itself is kept by {ISSUER}." in said
        assert "user pool" not in said

    def test_deletes_no_account_of_an_issuer_and_nothing_else_then(
        self, deployed: Target, erased: list[object]
    ) -> None:
        with pytest.raises(Problem, match=r"is kept by https://login\.example\.com/: delete it"):
            customers.forget(deployed, "auth0|5f7c", delete_account=True)
        assert erased == []


def test_an_output_that_is_gone_is_no_setting_any_more(tmp_path: Path) -> None:
    file = tmp_path / ".chalice" / "config.json"
    file.parent.mkdir()
    kept = {"STAGE": "dev", "REST_API_ID": "old", "HTTP_API_ID": "http", "USER_POOL_ARN": "arn"}
    file.write_text(json.dumps({"stages": {"dev": {"environment_variables": kept}}}), "utf-8")
    configuration = Configuration(tmp_path, "dev")
    configuration.keep_outputs({"RestApiId": "rest"}, stacks.declared_outputs())
    assert configuration.environment == {"STAGE": "dev", "REST_API_ID": "rest"}
