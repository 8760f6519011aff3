from datetime import timedelta

import pytest

from chalicelib.domain.cart import LIFETIME
from chalicelib.domain.reminder_policy import DEFAULT_LATENESS
from chalicelib.settings import (
    MAX_DELAY,
    MAX_WINDOW,
    Names,
    UnusableSetting,
    read,
)

ENVIRONMENT = {
    "NAME_PREFIX": "cart",
    "STAGE": "dev",
    "EVENT_BUS_ARN": "arn:aws:events:eu-central-1:123456789012:event-bus/cart-dev",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/cart-scheduler-dev",
    "SCHEDULES_DLQ_ARN": "arn:aws:sqs:eu-central-1:123456789012:cart-schedules-dlq-dev",
    "USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a",
    "USER_POOL_CLIENT_ID": "client",
    "REMINDER_WINDOW_SECONDS": "60",
    "REMINDER_DELAY_SECONDS": "120",
    "CURRENCY": "EUR",
    "LANGUAGES": "en,de",
    "MAIL_SENDER": "shop@example.com",
    "MAIL_RATE": "14",
    "SHOP_URL": "https://shop.example.com/",
}


def test_names_derive_from_the_stage():
    names = read(ENVIRONMENT).names
    assert names.table == "cart-dev"
    assert names.bus == "cart-dev"
    assert names.schedule_group == "cart-reminders-dev"
    assert names.queue("reminders") == "cart-reminders-dev"
    assert names.queue("reminders-dlq") == "cart-reminders-dlq-dev"


@pytest.mark.parametrize(
    ("name", "function"), [("api_handler", "cart-dev"), ("persist_cart", "cart-dev-persist_cart")]
)
def test_a_function_is_named_after_app_and_stage_and_back(name, function):
    assert Names("cart", "dev").function(name) == function
    assert Names("cart", "dev").short(function) == name


def test_region_is_the_one_of_the_bus():
    assert read(ENVIRONMENT).region == "eu-central-1"


def test_times_are_seconds():
    rule = read(ENVIRONMENT).reminder_rule
    assert (rule.window, rule.delay) == (timedelta(minutes=1), timedelta(minutes=2))


def test_a_plan_may_have_several_reminders():
    rule = read({**ENVIRONMENT, "REMINDER_DELAY_SECONDS": "60,120,180"}).reminder_rule
    assert (rule.delay, rule.later) == (timedelta(minutes=1), (2 * rule.delay, 3 * rule.delay))


@pytest.mark.parametrize("name", ENVIRONMENT)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_or_empty_variable_is_named(name, value):
    environment = {**ENVIRONMENT, name: value}
    with pytest.raises(UnusableSetting, match=name):
        read(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMINDER_WINDOW_SECONDS", "0"),
        ("REMINDER_WINDOW_SECONDS", "-60"),
        ("REMINDER_WINDOW_SECONDS", "1.5"),
        ("REMINDER_WINDOW_SECONDS", "an hour"),
        ("REMINDER_WINDOW_SECONDS", "86401"),
        ("REMINDER_DELAY_SECONDS", "-1"),
        ("REMINDER_DELAY_SECONDS", str(57 * 86_400 + 1)),
        ("REMINDER_DELAY_SECONDS", str(60 * 86_400)),
        ("REMINDER_DELAY_SECONDS", "9" * 20),
        ("REMINDER_DELAY_SECONDS", "\u0663"),
        ("REMINDER_DELAY_SECONDS", "60,"),
        ("REMINDER_DELAY_SECONDS", "60,-1"),
        ("REMINDER_DELAY_SECONDS", f"60,{57 * 86_400 + 1}"),
        ("REMINDER_POLICY", "{"),
        ("REMINDER_POLICY", '{"max_mails": 3}'),
        ("REMINDER_POLICY", '{"quiet_hours": {"from": "9 pm", "until": "08:00"}}'),
        ("NAME_PREFIX", "Toys"),
        ("NAME_PREFIX", "my-toys"),
        ("STAGE", "Dev"),
        ("STAGE", "dev "),
        ("CURRENCY", "euro"),
        ("MAIL_RATE", "0"),
        ("MAIL_RATE", "-1"),
        ("MAIL_RATE", "0.5"),
        ("MAIL_RATE", "10000"),
        ("SHOP_URL", "https://shop.example.com"),
        ("SHOP_URL", "shop.example.com/"),
        ("SHOP_URL", "https://shop.example.com/?a=/"),
    ],
)
def test_a_value_that_cannot_work_is_named_with_what_is_allowed(name, value):
    with pytest.raises(UnusableSetting, match=rf"{name} must be .+\."):
        read({**ENVIRONMENT, name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMINDER_WINDOW_SECONDS", "1"),
        ("REMINDER_WINDOW_SECONDS", "86400"),
        ("REMINDER_DELAY_SECONDS", "0"),
        ("REMINDER_DELAY_SECONDS", str(57 * 86_400)),
        ("SHOP_URL", "http://127.0.0.1:8000/"),
    ],
)
def test_the_limits_themselves_are_allowed(name, value):
    read({**ENVIRONMENT, name: value})


def test_a_cart_is_still_there_when_its_reminder_comes_at_the_latest():
    assert MAX_WINDOW + MAX_DELAY + DEFAULT_LATENESS <= LIFETIME


@pytest.mark.parametrize("name", ["USER_POOL_ARN", "USER_POOL_CLIENT_ID"])
def test_with_an_issuer_there_is_no_user_pool_to_know(name):
    environment = {
        **ENVIRONMENT,
        "API_TYPE": "http",
        "IDENTITY_ISSUER": "https://login.example.com",
    }
    del environment[name]
    with pytest.raises(UnusableSetting, match="IDENTITY_AUDIENCE"):
        read(environment)
    settings = read({**environment, "IDENTITY_AUDIENCE": "page"})
    assert (settings.issuer, settings.audience, settings.api) == (
        *("https://login.example.com", "page", "http"),
    )
    assert settings.user_pool_client_id is None


def test_customers_call_a_rest_api_and_are_those_of_the_user_pool_by_default():
    settings = read(ENVIRONMENT)
    assert (settings.api, settings.issuer) == ("rest", None)
