"""The shop page's files, as API Gateway would ask for them."""

import gzip
import json
import re
from datetime import timedelta
from html import escape, unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from chalicelib import wiring
from chalicelib.adapters.page_files import PageFiles
from chalicelib.adapters.shop_folder import ShopError, read_shop
from chalicelib.domain.catalog import ProductList
from chalicelib.domain.reminders import ReminderRule
from chalicelib.domain.shop import Colours
from chalicelib.entrypoints import storefront as shop
from chalicelib.settings import Names, Settings
from chalicelib.web.views import Api
from tests.support.catalog import CATALOG, FOLDER, PRODUCTS

SHOP = read_shop(FOLDER, "local")
ROOT = Path(__file__).parents[3]
STOREFRONT = ROOT / "chalicelib" / "storefront"
FILES = PageFiles(structs.replace(SHOP, languages=("en", "de")), FOLDER)
PAGE = FILES.page("en").text
MODULES = list(FILES.modules)


def settings_of(stage: str) -> Settings:
    arn = "arn:aws:{}:eu-central-1:123456789012:{}"
    return Settings(
        names=Names("cart", stage),
        event_bus_arn=arn.format("events", f"event-bus/cart-{stage}"),
        scheduler_role_arn=arn.format("iam", "role/scheduler"),
        schedules_dlq_arn=arn.format("sqs", "schedules"),
        user_pool_arn=arn.format("cognito-idp", "userpool/pool"),
        user_pool_client_id="client",
        api="rest",
        issuer=None,
        audience=None,
        reminder_rule=ReminderRule(timedelta(hours=1), timedelta(days=1)),
        mail_sender="shop@example.com",
        mail_rate=14,
        products="file",
        currency="EUR",
        languages=("en", "de"),
        shop_url="https://shop.example.com/",
    )


def adapters_of(stage: str) -> SimpleNamespace:
    return SimpleNamespace(
        settings=settings_of(stage), page_files=FILES, catalog=CATALOG, allowed_origins=()
    )


class Browser:
    """Asks for the page's files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # A blueprint is of the app that it was registered with last: undone after the test.
        monkeypatch.setattr(shop.storefront, "_current_app", None)
        self.app = Api("shop")
        self.app.register_blueprint(shop.storefront)

    def get(self, resource: str, *, url: str | None = None, **headers: str) -> dict[str, Any]:
        """Get a resource; ``url`` is the path that the browser sees, stage path included."""
        name = resource.removeprefix("/storefront/")
        is_file = name not in {resource, "config.json"}
        folder, name = ("pictures", name[9:]) if name.startswith("pictures/") else ("", name)
        resource_path = "/".join(filter(None, ("/storefront", folder, "{file}")))
        resource_path = resource_path if is_file else resource
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
        response: dict[str, Any] = self.app(event, None)
        return response


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(wiring, "adapters", adapters_of("local"))
    return Browser(monkeypatch)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(wiring, "adapters", adapters_of("prod"))
    return Browser(monkeypatch)


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


@pytest.mark.parametrize(("consent", "asks"), [("implied", None), ("required", True)])
def test_the_page_is_told_whether_to_ask_for_consent(consent, asks, browser):
    settings = wiring.adapters.settings
    policy = structs.replace(settings.reminder_rule.policy, consent=consent)
    rule = structs.replace(settings.reminder_rule, policy=policy)
    wiring.adapters.settings = structs.replace(settings, reminder_rule=rule)
    config = json.loads(browser.get("/storefront/config.json")["body"])
    assert config.get("asks_consent") is asks


ORDERS = {"orders": True}
WAYS_TO_ORDER = [
    ("local", ["/cart"], {}),
    ("local", ["/orders"], ORDERS),
    ("local", ["/orders", "/pay/{order_id}"], {**ORDERS, "payment_page": "pay/"}),
    ("prod", ["/orders", "/pay/{order_id}"], ORDERS),
]


@pytest.mark.parametrize(("stage", "routes", "told"), WAYS_TO_ORDER)
def test_the_page_is_told_how_to_order_by_what_routes_there_are(stage, routes, told, monkeypatch):
    monkeypatch.setattr(wiring, "adapters", adapters_of(stage))
    browser = Browser(monkeypatch)
    browser.app.routes.update({route: {} for route in routes})
    config = json.loads(browser.get("/storefront/config.json")["body"])
    assert {key: config[key] for key in ("orders", "payment_page") if key in config} == told


@pytest.mark.parametrize("stage", ["local", "prod"])
@pytest.mark.parametrize(("route", "told"), [("/guest/cart/reminders", True), ("/cart", None)])
def test_the_page_is_told_that_guests_are_reminded_if_there_is_the_route(
    route, told, stage, monkeypatch
):
    monkeypatch.setattr(wiring, "adapters", adapters_of(stage))
    browser = Browser(monkeypatch)
    browser.app.routes[route] = {}
    config = json.loads(browser.get("/storefront/config.json")["body"])
    assert config.get("guest_reminders") is told


def test_a_deployed_page_is_told_how_to_sign_in(deployed):
    assert json.loads(deployed.get("/storefront/config.json")["body"]) == {
        "stage": "prod",
        "region": "eu-central-1",
        "user_pool_client_id": "client",
    }


def test_a_page_whose_customers_are_an_issuers_is_told_where_to_sign_in(deployed, monkeypatch):
    settings = structs.replace(
        wiring.adapters.settings, issuer="https://login.example.com/realm", audience="page"
    )
    monkeypatch.setattr(wiring.adapters, "settings", settings)
    assert json.loads(deployed.get("/storefront/config.json")["body"]) == {
        "stage": "prod",
        "issuer": "https://login.example.com/realm",
        "client_id": "page",
    }
    policy = directives(deployed.get("/"))["connect-src"]
    assert policy == "'self' https://login.example.com"


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


@pytest.mark.parametrize(
    ("stage", "issuer", "unused"),
    [
        ("local", None, {"cognito.js", "oidc.js"}),
        ("prod", None, {"oidc.js"}),
        ("prod", "https://login.example.com/", {"cognito.js"}),
    ],
)
def test_the_page_loads_the_modules_that_it_uses_at_once(stage, issuer, unused, monkeypatch):
    adapters = adapters_of(stage)
    monkeypatch.setattr(adapters, "settings", structs.replace(adapters.settings, issuer=issuer))
    monkeypatch.setattr(wiring, "adapters", adapters)
    shop._modules.cache_clear()  # noqa: SLF001
    link = Browser(monkeypatch).get("/")["headers"]["Link"]
    shop._modules.cache_clear()  # noqa: SLF001
    loaded = re.findall(r"<storefront/([\w-]+\.js)>; rel=modulepreload", link)
    assert loaded == [module for module in MODULES if module not in unused]


@pytest.mark.parametrize("module", MODULES)
def test_modules_import_only_each_other(module):
    text = (STOREFRONT / module).read_text("utf-8")
    imported = re.findall(r'^import .* from "(.+)";$', text, re.MULTILINE)
    assert {path.removeprefix("./") for path in imported} <= set(MODULES)


def test_every_url_of_the_page_is_relative():
    urls = re.findall(r'(?:href|src)="([^"]*)"', PAGE)
    assert [url for url in urls if url.startswith("/") or ":" in url.removeprefix("mailto:")] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_whole_page_is_small_and_smaller_as_api_gateway_compresses_it(language):
    # A page loads the module of one way to sign in; that for a user pool is the larger one.
    names = {path.name for path in STOREFRONT.iterdir()} - {"oidc.js"}
    files = (FILES.file(name) for name in names)
    texts = [FILES.page(language).text, *(file.text for file in files if file)]
    assert sum(len(text.encode()) for text in texts) < 90_000
    assert sum(len(gzip.compress(text.encode())) for text in texts) < 30_000


@pytest.mark.parametrize("module", MODULES)
def test_scripts_are_sent_without_their_documentation_and_with_each_line_in_its_place(module):
    sent = FILES.file(module)
    assert sent
    written = (STOREFRONT / module).read_text("utf-8")
    assert re.findall(r"(?m)^\s*/?\*.*", sent.text) == re.findall(r"(?m)^\s*/\*\*.*\*/.+", written)
    assert not re.search(r"(?m)^\s*//", sent.text)
    lines = zip(written.split("\n"), sent.text.split("\n"), strict=True)
    assert {new for old, new in lines if new != old} == {""}


READERS = [
    ("", "en", "Add to cart"),
    ("de", "de", "Hinzufügen"),
    ("de-AT,de;q=0.9,en;q=0.5", "de", "Hinzufügen"),
    ("en-GB,en;q=0.9,de;q=0.5", "en", "Add to cart"),
    ("fr, ja;q=0.5", "en", "Add to cart"),
    ("fr,de;q=0.2", "de", "Hinzufügen"),
]


@pytest.mark.parametrize(("accepted", "language", "words"), READERS)
def test_the_page_is_in_the_language_that_its_reader_prefers(browser, accepted, language, words):
    response = browser.get("/", accept_language=accepted)
    assert f'<html lang="{language}">' in response["body"]
    assert f"<button>{words}</button>" in response["body"]
    assert response["headers"]["Content-Language"] == language


def test_a_cache_keeps_the_languages_apart(browser):
    english, german = (browser.get("/", accept_language=one)["headers"] for one in ("en", "de"))
    assert english["Vary"] == german["Vary"] == "Accept-Language"
    assert english["ETag"] != german["ETag"]
    again = browser.get("/", accept_language="de", if_none_match=english["ETag"])
    assert again["statusCode"] == 200


@pytest.mark.parametrize("name", ["Tea & Co", "<b>Tea</b>", 'The "Pot"', "$title {shop}"])
def test_the_shop_may_have_any_name(name):
    page = PageFiles(structs.replace(SHOP, name=name), FOLDER).page("en").text
    assert f"<title>{escape(name)}: things for tea and coffee</title>" in page


def test_the_page_says_whom_to_write_to():
    page = PageFiles(structs.replace(SHOP, support="ask@tea.example"), FOLDER).page("de").text
    assert '<a href="mailto:ask@tea.example">ask@tea.example</a>' in page


def test_the_scripts_find_their_messages_in_the_page():
    [messages] = re.findall(r'<template id="messages">(.*?)</template>', FILES.page("de").text)
    texts = json.loads((FOLDER / "texts" / "de" / "page.json").read_text("utf-8"))
    assert json.loads(unescape(messages)) == texts["messages"]


def test_the_style_sheet_has_the_colours_of_the_shop():
    colours = Colours("#aa0000", "#ffaaaa", "#ffffff", "#101010")
    style = PageFiles(structs.replace(SHOP, colours=colours), FOLDER).file("shop.css")
    assert style
    assert "--tea:light-dark(#aa0000,#ffaaaa);" in style.text
    assert "--paper:light-dark(#ffffff,#101010);" in style.text


def test_a_language_without_texts_is_named():
    with pytest.raises(ShopError, match=r"^texts/fr/page\.json: "):
        FILES.page("fr")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "mug.svg").write_text("<svg/>", "utf-8")
    (folder / "mug.txt").write_text("a mug", "utf-8")
    (tmp_path / "secret.svg").write_text("<svg/>", "utf-8")
    return tmp_path


def test_a_picture_of_the_shop_is_served_and_can_run_nothing(browser, pictures, monkeypatch):
    monkeypatch.setattr(wiring.adapters, "page_files", PageFiles(SHOP, pictures))
    response = browser.get("/storefront/pictures/mug.svg")
    assert (response["statusCode"], response["body"]) == (200, "<svg/>")
    assert response["headers"]["Content-Type"] == "image/svg+xml"
    assert directives(response)["default-src"] == "'none'"


@pytest.mark.parametrize("name", ["mug.txt", "none.svg", "../secret.svg", "%2e%2e%2fsecret.svg"])
def test_nothing_but_a_picture_of_the_shop_is_served(browser, pictures, monkeypatch, name):
    monkeypatch.setattr(wiring.adapters, "page_files", PageFiles(SHOP, pictures))
    assert browser.get(f"/storefront/pictures/{name}")["statusCode"] == 404


def test_a_shop_may_have_an_icon_of_its_own(pictures):
    own = PageFiles(SHOP, pictures)
    neutral = own.file("icon.svg")
    (pictures / "pictures" / "icon.svg").write_text("<svg id='own'/>", "utf-8")
    assert own.file("icon.svg") != neutral
    assert own.file("icon.svg").text == "<svg id='own'/>"


def test_pictures_may_be_at_the_hosts_that_the_products_name(browser, monkeypatch):
    images = ["https://img.example/a.jpg", "https://cdn.example:444/b.jpg", "mug.svg", None]
    images += ["https://img.example/c.jpg"]
    named = zip(PRODUCTS, images, strict=False)
    products = [structs.replace(product, image=image) for product, image in named]
    monkeypatch.setattr(wiring.adapters, "catalog", ProductList(products, "EUR", "local"))
    allowed = directives(browser.get("/"))["img-src"]
    assert allowed == "'self' https://cdn.example:444 https://img.example"


def test_the_page_names_no_other_length_of_a_password():
    everything = "".join(path.read_text("utf-8") for path in STOREFRONT.iterdir()) + PAGE
    assert set(re.findall(r"(\d+) characters", everything)) == {"12"}
