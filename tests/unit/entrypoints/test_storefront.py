"""The shop page's files, as API Gateway would ask for them."""

import gzip
import json
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chalice import Chalice

from chalicelib import wiring
from chalicelib.domain.reminders import ReminderRule
from chalicelib.entrypoints import storefront as shop
from chalicelib.settings import Settings
from infra.cloudformation import template
from tests.support.catalog import PRODUCTS

ROOT = Path(__file__).parents[3]
PAGE = shop.assets()[shop.PAGE].text
MODULES = sorted(name for name in shop.assets() if name.endswith(".js"))


def settings_of(stage: str) -> Settings:
    arn = "arn:aws:{}:eu-central-1:123456789012:{}"
    return Settings(
        stage=stage,
        event_bus_arn=arn.format("events", f"event-bus/cart-{stage}"),
        scheduler_role_arn=arn.format("iam", "role/scheduler"),
        schedules_dlq_arn=arn.format("sqs", "schedules"),
        user_pool_arn=arn.format("cognito-idp", "userpool/pool"),
        user_pool_client_id="client",
        reminder_rule=ReminderRule(timedelta(hours=1), timedelta(days=1)),
        mail_sender="shop@example.com",
        currency="EUR",
        languages=("en",),
        shop_url="https://shop.example.com/",
    )


class Browser:
    """Asks for the page's files."""

    def __init__(self) -> None:
        self._app = Chalice("shop")
        self._app.register_blueprint(shop.storefront)

    def get(self, resource: str, *, url: str | None = None, **headers: str) -> dict[str, Any]:
        """Get a resource; ``url`` is the path that the browser sees, stage path included."""
        name = resource.removeprefix("/storefront/")
        is_file = name not in {resource, "config.json"}
        resource_path = "/storefront/{file}" if is_file else resource
        context = {"httpMethod": "GET", "resourcePath": resource_path, "path": url or resource}
        event = {
            "requestContext": context,
            "pathParameters": {"file": name} if is_file else None,
            "headers": {header.replace("_", "-"): value for header, value in headers.items()},
            "multiValueQueryStringParameters": None,
            "stageVariables": None,
            "body": None,
            "isBase64Encoded": False,
        }
        response: dict[str, Any] = self._app(event, None)
        return response


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(wiring, "adapters", SimpleNamespace(settings=settings_of("local")))
    return Browser()


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(wiring, "adapters", SimpleNamespace(settings=settings_of("prod")))
    return Browser()


def directives(response: dict[str, Any]) -> dict[str, str]:
    policy = response["headers"]["Content-Security-Policy"]
    return dict(directive.split(" ", 1) for directive in policy.split("; "))


@pytest.mark.parametrize("url", ["/", "/api/", "/shop/v2/"])
def test_the_page_is_at_the_root_of_wherever_the_app_is(browser, url):
    response = browser.get("/", url=url)
    assert response["statusCode"] == 200
    assert response["headers"]["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("url", "location"), [("/api", "api/"), ("/shop/v2", "v2/")])
def test_without_the_trailing_slash_it_leads_to_where_relative_urls_work(browser, url, location):
    response = browser.get("/", url=url)
    assert (response["statusCode"], response["headers"]["Location"]) == (308, location)


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(browser):
    policy = directives(browser.get("/"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}


def test_a_deployed_page_may_call_cognito_in_its_region_and_nobody_else(deployed):
    cognito = "https://cognito-idp.eu-central-1.amazonaws.com"
    assert directives(deployed.get("/"))["connect-src"] == f"'self' {cognito}"


def test_the_local_page_is_told_that_it_is_local(browser):
    assert json.loads(browser.get("/storefront/config.json")["body"]) == {"stage": "local"}


def test_a_deployed_page_is_told_how_to_sign_in(deployed):
    assert json.loads(deployed.get("/storefront/config.json")["body"]) == {
        "stage": "prod",
        "region": "eu-central-1",
        "user_pool_client_id": "client",
    }


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("shop.js", "text/javascript; charset=utf-8"),
        ("shop.css", "text/css; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_has_its_type_and_no_browser_guesses_another(browser, name, content_type):
    headers = browser.get(f"/storefront/{name}")["headers"]
    assert headers["Content-Type"] == content_type
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["__init__.py", "index.html", "../settings.py", "%2e%2e", "none"])
def test_no_other_file_can_be_reached(browser, name):
    response = browser.get(f"/storefront/{name}")
    assert response["statusCode"] == 404
    assert json.loads(response["body"])["error"]["code"] == "not_found"


def test_a_file_that_the_browser_has_is_not_sent_again(browser):
    etag = browser.get("/storefront/shop.js")["headers"]["ETag"]
    again = browser.get("/storefront/shop.js", if_none_match=f"W/{etag}")
    assert (again["statusCode"], again["body"]) == (304, "")


def test_a_file_that_has_changed_since_is_sent(browser):
    response = browser.get("/storefront/shop.js", if_none_match='"0123456789abcdef"')
    assert response["statusCode"] == 200


def test_the_page_loads_its_modules_at_once(browser):
    link = browser.get("/")["headers"]["Link"]
    assert re.findall(r"<storefront/(\w+\.js)>; rel=modulepreload", link) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_only_each_other(module):
    imported = re.findall(r'^import .* from "(.+)";$', shop.assets()[module].text, re.MULTILINE)
    assert {path.removeprefix("./") for path in imported} <= set(MODULES)


def test_every_url_of_the_page_is_relative():
    urls = re.findall(r'(?:href|src)="([^"]*)"', PAGE)
    assert [url for url in urls if url.startswith("/") or ":" in url] == []


def test_every_product_has_a_mark_of_its_kind():
    kinds = {product.sku.partition("-")[0].lower() for product in PRODUCTS}
    assert {kind for kind in kinds if f'id="mark-{kind}"' not in PAGE} == set()


def test_the_whole_page_is_small_as_api_gateway_compresses_it():
    assert sum(len(gzip.compress(asset.text.encode())) for asset in shop.assets().values()) < 28_000


def test_the_page_asks_for_the_password_that_the_user_pool_wants():
    """The template is the source: each rule of the pool is in the field and in its words."""
    pool = template.load(ROOT / "infra" / "templates" / "foundation.yaml").body["Resources"][
        "UserPool"
    ]
    policy = pool["Properties"]["Policies"]["PasswordPolicy"]
    [field] = re.findall(r'<input name="chosen"[^>]*>', PAGE)
    [rules] = re.findall(r'<p id="password-rules"[^>]*>(.*?)</p>', PAGE)
    assert f'minlength="{policy["MinimumLength"]}"' in field
    assert rules.startswith(f"{policy['MinimumLength']} characters or more")
    for rule, pattern, words in (
        ("RequireLowercase", "(?=.*[a-z])", "a small letter"),
        ("RequireUppercase", "(?=.*[A-Z])", "a capital letter"),
        ("RequireNumbers", "(?=.*[0-9])", "a digit"),
        ("RequireSymbols", "(?=.*[^A-Za-z0-9])", "a symbol"),
    ):
        assert (pattern in field) is (words in rules) is policy[rule], rule


def test_the_page_names_no_other_length_of_a_password():
    everything = "".join(asset.text for asset in shop.assets().values())
    assert set(re.findall(r"(\d+) characters", everything)) == {"12"}
