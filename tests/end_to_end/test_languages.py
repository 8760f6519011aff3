"""A customer is written to, and answered, in a language of the shop that the customer reads."""

import json

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.end_to_end.test_unsubscribing import link_in
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.plugin import MORNING
from tests.support.products import MUG
from tests.support.shopper import Shopper
from tests.support.shops import changed_shop

GERMAN = "Noch 1 Artikel in Ihrem Warenkorb"
ENGLISH = "You left 1 item in your cart"


@pytest.mark.parametrize(
    ("claim", "header", "subject"),
    [
        ("de-AT", "en", GERMAN),
        ("de_DE", "", GERMAN),
        ("en-US", "de", ENGLISH),
        (None, "de-CH, en;q=0.5", GERMAN),
        (None, "", ENGLISH),
        ("tlh", "", ENGLISH),
        ("de\r\nBcc: eve@example.com", "", ENGLISH),
        ("x" * 1000, "de", GERMAN),
    ],
)
def test_the_mail_is_in_the_customers_language(cloud, claim, header, subject):
    token = cloud.sign_in("ada@example.com", locale=claim)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"sku": MUG, "quantity": 1})
    answer = cloud.request("POST", "/cart", {**headers, "Accept-Language": header}, body)
    assert answer.status == 202
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert [mail.subject for mail in cloud.inbox] == [subject]


def test_the_opt_out_page_is_in_the_readers_language(cloud, ada):
    ada.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    [mail] = cloud.inbox
    answer = cloud.request("GET", link_in(mail), {"Accept-Language": "de"})
    assert "Keine Erinnerungen mehr?" in answer.body.decode()


@pytest.mark.parametrize(
    "sender",
    ["Ink & Paper <ink@example.com>", '"Paper, Ink" <ink@example.com>', "Töne <ink@töne.example>"],
)
def test_a_sender_with_a_name_can_send_on_this_machine(tmp_path, monkeypatch, sender):
    line = f"sender = {json.dumps(sender, ensure_ascii=False)}"
    folder = changed_shop(tmp_path, ('sender = "reminders@shop.example.com"', line))
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    with LocalCloud.start(clock=Clock(MORNING), seed=1) as cloud:
        Shopper(cloud, "ada@example.com").add(MUG)
        cloud.advance(A_DAY_AND_A_WINDOW)
        assert len(cloud.inbox) == 1
