"""Customers are mailed about their orders: once, in their language, and only where mail may go."""

from datetime import timedelta
from shutil import copytree
from unittest import mock

import pytest

from chalicelib import wiring
from chalicelib.adapters.dynamodb.suppressions import Suppressions
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain import events, ids
from chalicelib.domain.events import Customer
from chalicelib.extensions.order_mail import consumers, mail
from chalicelib.extensions.order_mail.reads import Line, OrderCancelled, OrderPaid, OrderRefundDue
from infra.shop.texts import problems

DAY = 86_400
ORDER = "01900000-0000-7000-8000-000000000001"
ADA = Customer("ada-1", "ada@example.com", "Ada", "en")
LINES = (Line("Stoneware mug", 2, 1450, 2900), Line("Sencha & <b>more", 1, 1690, 1690))


def told(kind=OrderPaid, customer=ADA, **more):
    facts = {"lines": LINES, "total": 4590, "currency": "EUR"}
    return kind(cart_id=customer.id, order_id=ORDER, customer=customer, **facts, **more)


@pytest.fixture
def tell(cloud):
    """Put an event on the bus, with no more fields than the mails read; return it."""

    def tell(data, envelope=None):
        event_id = ids.event_id(cloud.clock.now(), ids.intent_bits(data.detail_type, data.order_id))
        envelope = envelope or events.first(event_id, data)
        entry = {
            "EventBusName": "cart-local",
            "Source": data.source,
            "DetailType": data.detail_type,
        }
        cloud.client("events").put_events(Entries=[{**entry, "Detail": events.encode(envelope)}])
        cloud.settle()
        return envelope

    return tell


def outcomes(cloud):
    return [
        run["outcome"] for run in cloud.state()["invocations"] if run["function"] == "mail_order"
    ]


def test_a_paid_order_is_confirmed_with_all_that_was_ordered(cloud, tell):
    tell(told())
    (sent,) = cloud.inbox
    assert sent.to == ("ada@example.com",)
    assert sent.subject == "Your order at Leaf & Bean"
    for part in (sent.text, sent.html):
        assert ORDER in part
        assert "Stoneware mug" in part
        assert "€45.90" in part
    assert "Sencha & <b>more" in sent.text
    assert "Sencha &amp; &lt;b&gt;more" in sent.html
    assert "List-Unsubscribe" not in sent.headers


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (told(OrderCancelled, reason="payment_timed_out"), "no payment in time"),
        (told(OrderCancelled, reason="payment_refused"), "your payment was refused"),
        (told(OrderRefundDue), "We give it back"),
    ],
)
def test_what_becomes_of_an_order_is_told(cloud, tell, event, words):
    tell(event)
    (sent,) = cloud.inbox
    assert words in sent.text


@pytest.mark.parametrize(
    ("locale", "words"),
    [("de", "Guten Tag Ada"), ("de-AT", "45,90"), ("fr", "Hello Ada"), (None, "Hello Ada")],
)
def test_a_mail_is_in_the_customers_language_or_the_shops_first(cloud, tell, locale, words):
    tell(told(customer=Customer("ada-1", "ada@example.com", "Ada", locale)))
    (sent,) = cloud.inbox
    assert words in sent.text


def test_one_event_is_one_mail_however_often_it_comes(cloud, tell):
    start = cloud.clock.now()
    envelope = tell(told())
    tell(told(), envelope)
    cloud.advance(DAY)
    cloud.replay(start, cloud.clock.now())
    cloud.settle()
    assert len(cloud.inbox) == 1


def test_each_news_of_an_order_is_a_mail(cloud, tell):
    tell(told(OrderCancelled, reason="payment_timed_out"))
    tell(told(OrderRefundDue))
    assert len(cloud.inbox) == 2


def test_nobody_without_a_verified_address_is_mailed(cloud, tell):
    tell(told(customer=Customer("ada-1")))
    assert cloud.inbox == []
    assert outcomes(cloud) == ["succeeded"]


def test_an_address_that_bounced_is_not_mailed(cloud, tell):
    tell(told(customer=Customer("ada-1", "bounce@simulator.amazonses.com", "Ada")))
    cloud.settle()
    sent = len(cloud.inbox)
    tell(told(OrderRefundDue, customer=Customer("ada-1", "bounce@simulator.amazonses.com")))
    assert len(cloud.inbox) == sent


def test_a_replay_of_old_news_mails_nobody(cloud, tell):
    event_id = ids.event_id(cloud.clock.now() - timedelta(days=3, seconds=1), 1)
    tell(told(), events.first(event_id, told()))
    assert cloud.inbox == []


@pytest.mark.parametrize("place", ["ses", "function:mail_order"])
def test_a_mail_that_fails_is_tried_again(cloud, tell, place):
    cloud.faults.arm(place, 2)
    tell(told())
    assert cloud.inbox == []
    cloud.advance(3600)
    assert len(cloud.inbox) == 1


def test_a_language_that_nobody_wrote_the_mails_in_is_a_problem_of_the_shop(tmp_path):
    folder = copytree(wiring.shop_folder(), tmp_path / "shop")
    copytree(folder / "texts" / "en", folder / "texts" / "fr")
    (folder / "texts" / "fr" / "order.toml").unlink()
    found = problems(folder, ["en", "fr"], "EUR", [])
    assert [each for each in found if "order.toml" in each] == [
        "texts/fr/order.toml: the file is missing"
    ]


_put = Table.put
BUGS = {
    "a mail is sent again": (
        *(Table, "put", lambda self, item, *_, **__: _put(self, item)),
        test_one_event_is_one_mail_however_often_it_comes,
    ),
    "old news are mailed": (
        *(consumers, "MAX_AGE", timedelta(days=30)),
        test_a_replay_of_old_news_mails_nobody,
    ),
    "all mails are in one language": (
        *(mail, "preferred", lambda *_: "en"),
        lambda cloud, tell: test_a_mail_is_in_the_customers_language_or_the_shops_first(
            cloud, tell, "de", "Guten Tag Ada"
        ),
    ),
    "a bounce is mailed to again": (
        *(Suppressions, "contains", lambda *_: False),
        test_an_address_that_bounced_is_not_mailed,
    ),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_bug_is_noticed(cloud, tell, name):
    owner, member, bug, test = BUGS[name]
    with mock.patch.object(owner, member, bug), pytest.raises((AssertionError, ValueError)):
        test(cloud, tell)
