"""Signing in where customers are an issuer's: against a stand-in for an OpenID Connect provider."""

import base64
import hashlib
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.people import MUG

ISSUER = "https://login.example.com/realms/shop"
EMAIL = "issuer.ada@example.com"
CORS = {"Access-Control-Allow-Origin": "*"}


class Issuer:
    """An issuer as far as the page can tell; its tokens are those of the local cloud."""

    def __init__(self, sign_in):
        self._sign_in = sign_in
        self._codes: dict[str, dict[str, str]] = {}
        self.refuses = ""
        self.grants: list[str] = []

    def answer(self, route):
        url = urlsplit(route.request.url)
        name = url.path.removeprefix(urlsplit(ISSUER).path).strip("/").rpartition("/")[2]
        if name == "openid-configuration":
            endpoints = {
                f"{each}_endpoint": f"{ISSUER}/{each}" for each in ("authorization", "token")
            }
            route.fulfill(headers=CORS, json={"issuer": ISSUER, **endpoints})
        elif name == "authorization":
            self._authorize(route, fields_of(url.query))
        else:
            self._exchange(route, fields_of(route.request.post_data))

    def _authorize(self, route, asked):
        assert asked["client_id"] == "page"
        assert asked["response_type"] == "code"
        assert set(asked["scope"].split()) == {"openid", "email", "profile"}
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 32
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        given = {"error": self.refuses} if self.refuses else {"code": code}
        back = f"{asked['redirect_uri']}?{urlencode({**given, 'state': asked['state']})}"
        page = f'<a href="{back.replace("&", "&amp;")}">Continue</a>'
        route.fulfill(body=page, content_type="text/html")

    def _exchange(self, route, fields):
        assert fields["client_id"] == "page"
        self.grants.append(fields["grant_type"])
        if fields["grant_type"] == "authorization_code":
            asked = self._codes.pop(fields["code"])
            assert fields["redirect_uri"] == asked["redirect_uri"]
            digest = hashlib.sha256(fields["code_verifier"].encode()).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        else:
            assert fields["refresh_token"] == "refresh"
        tokens = {"id_token": self._sign_in(), "access_token": "none", "refresh_token": "refresh"}
        route.fulfill(headers=CORS, body=json.dumps(tokens))


def fields_of(text):
    return {name: value for name, [value] in parse_qs(text).items()}


@pytest.fixture
def issuer(cloud):
    return Issuer(lambda: cloud.token_of(EMAIL))


@pytest.fixture
def shopper(visit, issuer):
    """Somebody at the shop of a deployed stage."""
    visitor = visit()
    config = {"stage": "dev", "issuer": ISSUER, "client_id": "page"}
    visitor.page.route("**/config.json", lambda route: route.fulfill(json=config))
    visitor.page.route(re.compile(re.escape(visitor.url) + r"(\?.*)?$"), allow_issuer)
    visitor.page.route(f"{ISSUER}/**", issuer.answer)
    return visitor.open()


def allow_issuer(route):
    """Serve the page with the policy of a deployed stage."""
    response = route.fetch()
    policy = response.headers["content-security-policy"]
    policy = policy.replace("connect-src 'self'", "connect-src 'self' https://login.example.com")
    headers = {**response.headers, "content-security-policy": policy}
    route.fulfill(response=response, headers=headers)


def go_to_issuer(visitor):
    visitor.page.locator("#sign-in").click()
    visitor.page.locator("#account").get_by_role("button", name="Sign in", exact=True).click()
    return visitor.page.get_by_role("link", name="Continue")


def test_the_way_to_the_issuer_and_back_signs_in_and_leaves_no_code_in_the_address(shopper, issuer):
    go_to_issuer(shopper).click()
    expect(shopper.page.locator("#greeting")).to_contain_text("Welcome, ")
    assert shopper.page.url == shopper.url
    assert issuer.grants == ["authorization_code"]
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")


def test_an_expired_token_is_renewed_without_a_word(shopper, issuer, cloud):
    go_to_issuer(shopper).click()
    expect(shopper.page.locator("#greeting")).to_be_visible()
    cloud.advance(2 * 60 * 60)
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_contain_text("In your cart: ")
    assert issuer.grants == ["authorization_code", "refresh_token"]


def test_an_answer_that_this_tab_did_not_ask_for_signs_nobody_in(shopper, issuer):
    expect(go_to_issuer(shopper)).to_be_visible()
    shopper.page.goto(f"{shopper.url}?code=code-0&state=another")
    expect(shopper.page.locator("#sign-in")).to_be_visible()
    assert issuer.grants == []


def test_who_is_refused_by_the_issuer_is_told_so(shopper, issuer):
    issuer.refuses = "access_denied"
    go_to_issuer(shopper).click()
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_text(
        "That did not work (400). Please try again later."
    )
    assert issuer.grants == []


def test_signing_out_forgets_the_tokens(shopper):
    go_to_issuer(shopper).click()
    expect(shopper.page.locator("#greeting")).to_be_visible()
    shopper.button("Sign out").click()
    expect(shopper.page.locator("#sign-in")).to_be_visible()
    assert shopper.page.evaluate("sessionStorage.length") == 0
