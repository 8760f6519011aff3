"""Signing in where it is deployed: against a stand-in for Cognito's JSON API."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.people import MUG

POOL = "https://cognito-idp.eu-central-1.amazonaws.com/"
EMAIL, PASSWORD, CODE = "ada@example.com", "Correct-horse-1", "123456"
CONFIG = {"stage": "dev", "region": "eu-central-1", "user_pool_client_id": "client"}
CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}


class UserPool:
    """A user pool as far as the page can tell; its tokens are those of the local cloud."""

    def __init__(self, sign_in):
        self._sign_in = sign_in
        self.accounts: dict[str, dict] = {}
        self.actions: list[str] = []

    def answer(self, route):
        if route.request.method == "OPTIONS":
            route.fulfill(headers=CORS)
            return
        action = route.request.headers["x-amz-target"].rpartition(".")[2]
        fields = json.loads(route.request.post_data)
        assert fields.pop("ClientId") == "client"
        self.actions.append(fields.get("AuthFlow", action))
        answer = getattr(self, action)(**fields)
        status = 400 if "__type" in answer else 200
        route.fulfill(status=status, headers=CORS, body=json.dumps(answer))

    def SignUp(self, Username, Password, UserAttributes):  # noqa: N802, N803  as Cognito has it
        assert {"Name": "email", "Value": Username} in UserAttributes
        if Username in self.accounts:
            return {"__type": "UsernameExistsException"}
        self.accounts[Username] = {"password": Password, "confirmed": False}
        return {}

    def ConfirmSignUp(self, Username, ConfirmationCode):  # noqa: N802, N803
        if ConfirmationCode != CODE:
            return {"__type": "CodeMismatchException"}
        self.accounts[Username]["confirmed"] = True
        return {}

    def ResendConfirmationCode(self, Username):  # noqa: N802, N803
        return {}

    def ForgotPassword(self, Username):  # noqa: N802, N803
        return {"CodeDeliveryDetails": {"Destination": "a***@e***"}}  # for any address

    def ConfirmForgotPassword(self, Username, ConfirmationCode, Password):  # noqa: N802, N803
        if ConfirmationCode != CODE:
            return {"__type": "CodeMismatchException"}
        self.accounts[Username]["password"] = Password
        return {}

    def RevokeToken(self, Token):  # noqa: N802, N803
        return {}

    def InitiateAuth(self, AuthFlow, AuthParameters):  # noqa: N802, N803
        if AuthFlow == "REFRESH_TOKEN_AUTH":
            assert AuthParameters == {"REFRESH_TOKEN": "refresh"}
            return {"AuthenticationResult": {"IdToken": self._sign_in()}}
        account = self.accounts.get(AuthParameters["USERNAME"])
        if account is None or account["password"] != AuthParameters["PASSWORD"]:
            return {"__type": "NotAuthorizedException"}
        if not account["confirmed"]:
            return {"__type": "UserNotConfirmedException"}
        tokens = {"IdToken": self._sign_in(), "RefreshToken": "refresh"}
        return {"AuthenticationResult": tokens}


@pytest.fixture
def pool(cloud):
    return UserPool(lambda: cloud.token_of(f"pool.{EMAIL}"))


@pytest.fixture
def shopper(visit, pool):
    """Somebody at the shop of a deployed stage."""
    visitor = visit()
    visitor.page.route("**/config.json", lambda route: route.fulfill(json=CONFIG))
    visitor.page.route(visitor.url, allow_cognito)
    visitor.page.route(f"{POOL}**", pool.answer)
    visitor.open().page.locator("#sign-in").click()
    return visitor


def allow_cognito(route):
    """Serve the page with the policy of a deployed stage."""
    response = route.fetch()
    policy = response.headers["content-security-policy"]
    policy = policy.replace("connect-src 'self'", f"connect-src 'self' {POOL}")
    headers = {**response.headers, "content-security-policy": policy}
    route.fulfill(response=response, headers=headers)


def fill(visitor, **fields):
    for label, value in fields.items():
        visitor.page.get_by_label(label.replace("_", " ")).filter(visible=True).fill(value)


def submit(visitor):
    visitor.page.locator("#account").get_by_role("button", name="Sign in", exact=True).click()


def sign_up(visitor):
    visitor.button("I have no account").click()
    fill(visitor, Name="Ada", address=EMAIL, Choose_a_password=PASSWORD)
    visitor.button("Make an account").click()
    expect(visitor.page.get_by_label("Code")).to_be_visible()


def test_signing_up_and_confirming_signs_in(shopper, pool):
    sign_up(shopper)
    fill(shopper, Code=CODE)
    shopper.button("Confirm").click()
    expect(shopper.page.locator("#greeting")).to_contain_text("Welcome, Ada")
    assert pool.actions == ["SignUp", "ConfirmSignUp", "USER_PASSWORD_AUTH"]
    expect(shopper.page.get_by_text("Behind the page")).to_be_hidden()


def test_who_asks_for_reminders_at_sign_up_gets_them_where_a_shop_asks(shopper):
    config = {**CONFIG, "asks_consent": True}
    wish = shopper.page.get_by_label("Remind me of my cart by mail").filter(visible=True)
    shopper.button("I have no account").click()
    expect(wish).to_have_count(0)
    shopper.page.route("**/config.json", lambda route: route.fulfill(json=config))
    shopper.open().page.locator("#sign-in").click()
    shopper.button("I have no account").click()
    expect(wish).not_to_be_checked()
    wish.check()
    fill(shopper, Name="Ada", address=EMAIL, Choose_a_password=PASSWORD)
    shopper.button("Make an account").click()
    fill(shopper, Code=CODE)
    with shopper.page.expect_request(
        lambda request: request.method == "PUT" and request.url.endswith("/cart/reminders")
    ) as asked:
        shopper.button("Confirm").click()
    assert asked.value.post_data_json == {"wanted": True}
    expect(wish).to_be_checked()


def test_a_wrong_code_is_said_in_words_and_a_new_one_can_be_sent(shopper, pool):
    sign_up(shopper)
    fill(shopper, Code="000000")
    shopper.button("Confirm").click()
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_text(
        "This is not the code that we sent."
    )
    with shopper.page.expect_response(f"{POOL}**"):
        shopper.button("Send a new code").click()
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    assert pool.actions[-1] == "ResendConfirmationCode"


def test_a_wrong_password_is_said_in_words(shopper):
    fill(shopper, address=EMAIL, Password="Wrong-horse-1")
    submit(shopper)
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_text(
        "The e-mail address or the password is wrong."
    )


def test_who_never_confirmed_is_sent_a_new_code_at_sign_in(shopper, pool):
    pool.accounts[EMAIL] = {"password": PASSWORD, "confirmed": False}
    fill(shopper, address=EMAIL, Password=PASSWORD)
    submit(shopper)
    fill(shopper, Code=CODE)
    shopper.button("Confirm").click()
    expect(shopper.page.locator("#greeting")).to_contain_text("Welcome, Ada")


def test_an_expired_token_is_renewed_without_a_word(shopper, pool, cloud):
    pool.accounts[EMAIL] = {"password": PASSWORD, "confirmed": True}
    fill(shopper, address=EMAIL, Password=PASSWORD)
    submit(shopper)
    expect(shopper.page.locator("#greeting")).to_contain_text("Welcome, Ada")
    expect(shopper.cart).to_contain_text("Your cart is empty.")
    cloud.advance(2 * 60 * 60)
    shopper.add(MUG)
    expect(shopper.progress(MUG)).to_have_text("In your cart: 1")
    assert pool.actions == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]


def test_signing_out_revokes_the_refresh_token(shopper, pool):
    pool.accounts[EMAIL] = {"password": PASSWORD, "confirmed": True}
    fill(shopper, address=EMAIL, Password=PASSWORD)
    submit(shopper)
    with shopper.page.expect_response(f"{POOL}**"):
        shopper.button("Sign out").click()
    expect(shopper.page.locator("#sign-in")).to_be_visible()
    assert pool.actions[-1] == "RevokeToken"
    assert shopper.page.evaluate("sessionStorage.length") == 0


def test_who_forgot_the_password_chooses_a_new_one_and_is_signed_in(shopper, pool):
    pool.accounts[EMAIL] = {"password": "Forgotten-horse-1", "confirmed": True}
    fill(shopper, address=EMAIL)
    shopper.button("Forgot your password?").click()
    shopper.button("Send the code").click()
    fill(shopper, Code=CODE, Choose_a_password=PASSWORD)
    shopper.button("Save the new password").click()
    expect(shopper.page.locator("#greeting")).to_contain_text("Welcome, Ada")
    assert pool.actions == ["ForgotPassword", "ConfirmForgotPassword", "USER_PASSWORD_AUTH"]


def test_a_wrong_code_for_a_new_password_is_said_in_words_and_a_new_one_can_be_sent(shopper, pool):
    pool.accounts[EMAIL] = {"password": "Forgotten-horse-1", "confirmed": True}
    shopper.button("Forgot your password?").click()
    fill(shopper, address=EMAIL)
    shopper.button("Send the code").click()
    fill(shopper, Code="000000", Choose_a_password=PASSWORD)
    shopper.button("Save the new password").click()
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_text(
        "This is not the code that we sent."
    )
    with shopper.page.expect_response(f"{POOL}**"):
        shopper.button("Send a new code").click()
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_count(0)
    assert pool.actions[-1] == "ForgotPassword"


def test_a_password_that_breaks_a_rule_never_leaves_the_page(shopper, pool):
    shopper.button("I have no account").click()
    for password in ("Short-horse", "correct-horse-1", "CORRECT-HORSE-1", "Correct-horse"):
        fill(shopper, Name="Ada", address=EMAIL, Choose_a_password=password)
        shopper.button("Make an account").click()
        chosen = shopper.page.get_by_label("Choose a password")
        assert not chosen.evaluate("field => field.checkValidity()")
        expect(shopper.page.get_by_text("12 characters or more")).to_be_visible()
    assert pool.actions == []


def test_what_cognito_refuses_is_told_in_words_of_the_shop(shopper, pool):
    pool.SignUp = lambda **_: {"__type": "WeirdException", "message": "1 validation error detected"}
    shopper.button("I have no account").click()
    fill(shopper, Name="Ada", address=EMAIL, Choose_a_password=PASSWORD)
    shopper.button("Make an account").click()
    expect(shopper.page.get_by_role("alert").filter(visible=True)).to_have_text(
        "That did not work (400). Please try again later."
    )
