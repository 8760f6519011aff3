"""Where consent is required, nobody is reminded who did not ask for it."""

import pytest

from tests.support.plans import open_shop
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import Shopper


@pytest.fixture
def cloud():
    with open_shop(["1h", "1d"], 'consent = "required"') as cloud:
        yield cloud


@pytest.fixture
def ada(cloud):
    return Shopper(cloud, "ada@example.com", "Ada")


def wish(ada, *, wanted: bool) -> None:
    assert ada.send("PUT", "/cart/reminders", {"wanted": wanted}).status == 200


def told(cloud, kind: str) -> list[dict]:
    events = cloud.state()["events"]
    return [event["detail"] for event in events if event["detail-type"] == kind]


def reasons(cloud) -> list[str]:
    return [detail["data"]["reason"] for detail in told(cloud, "ReminderSkipped")]


def test_nobody_is_reminded_who_did_not_ask(cloud, ada):
    assert ada.get("/cart/reminders").json == {"wanted": False}
    ada.add(MUG)
    cloud.settle()
    assert ada.cart()["reminder_due_at"] is None
    cloud.advance(3 * DAY)
    assert cloud.inbox == []
    assert reasons(cloud) == ["no_consent", "no_consent"]


def test_who_asked_before_or_after_the_add_is_reminded(cloud, ada, grace):
    wish(ada, wanted=True)
    for shopper in (ada, grace):
        shopper.add(MUG)
    cloud.settle()
    wish(grace, wanted=True)
    for shopper in (ada, grace):
        assert shopper.get("/cart/reminders").json == {"wanted": True}
        assert shopper.cart()["reminder_due_at"] is not None
    cloud.advance(3 * DAY)
    assert len(cloud.inbox) == 4


@pytest.fixture
def grace(cloud):
    return Shopper(cloud, "grace@example.com", "Grace")


def test_consent_that_comes_after_the_first_step_counts_for_the_second(cloud, ada):
    ada.add(MUG)
    cloud.advance(3 * HOUR)
    wish(ada, wanted=True)
    assert ada.cart()["reminder_due_at"] is not None
    cloud.advance(3 * DAY)
    assert len(cloud.inbox) == 1
    assert reasons(cloud) == ["no_consent"]


def test_consent_that_is_taken_back_is_an_opt_out(cloud, ada):
    wish(ada, wanted=True)
    ada.add(MUG)
    cloud.advance(30 * 60)
    wish(ada, wanted=False)
    cloud.advance(3 * DAY)
    assert cloud.inbox == []
    assert reasons(cloud) == ["opted_out", "opted_out"], "each step is decided when it is due"
    wish(ada, wanted=True)
    ada.add(MUG)
    cloud.advance(3 * HOUR)
    assert len(cloud.inbox) == 1


def test_what_was_agreed_to_and_when_is_kept_as_an_event(cloud, ada):
    now = cloud.clock.now()
    wish(ada, wanted=True)
    (allowed,) = told(cloud, "RemindersAllowed")
    assert allowed["data"]["wording"] == "Remind me of my cart by mail"
    assert allowed["metadata"]["occurred_at"].startswith(f"{now:%Y-%m-%dT%H:%M:%S}")


def test_it_is_kept_in_the_language_in_which_it_was_given(cloud):
    headers = {
        "Authorization": f"Bearer {cloud.sign_in('ada@example.com', locale='de')}",
        "Content-Type": "application/json",
    }
    assert cloud.request("PUT", "/cart/reminders", headers, '{"wanted": true}').status == 200
    (allowed,) = told(cloud, "RemindersAllowed")
    assert allowed["data"]["wording"] == "Per Mail an meinen Warenkorb erinnern"
