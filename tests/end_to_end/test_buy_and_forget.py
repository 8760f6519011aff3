"""From ``POST /cart`` to the reminder mail, through everything in between."""

import pytest

from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import logged

A_DAY_AND_A_WINDOW = DAY + HOUR


def test_an_add_is_pending_then_in_the_cart(cloud, ada):
    accepted = ada.add(MUG, 2)
    assert accepted.status == 202
    request_id = accepted.json["request_id"]
    assert ada.request_status(request_id) == "pending"
    cloud.settle()
    assert ada.request_status(request_id) == "succeeded"
    [line] = ada.cart()["items"]
    assert (line["sku"], line["quantity"], line["subtotal"]) == (MUG, 2, 2900)


def test_a_cart_left_alone_for_a_day_is_one_mail_with_its_items_and_total(cloud, ada):
    ada.add(MUG, 2)
    ada.add(TEA, 1)
    cloud.settle()
    [schedule] = cloud.state()["schedules"]
    assert schedule["due_at"] > ada.cart()["updated_at"]
    cloud.advance(A_DAY_AND_A_WINDOW)
    [mail] = cloud.inbox
    assert mail.to == ("ada@example.com",)
    for part in (mail.text, mail.html):
        assert "Stoneware mug" in part
        assert "Sencha, 100 g" in part
        assert "45.90" in part
    assert cloud.state()["schedules"] == []
    cloud.advance(30 * DAY)
    assert len(cloud.inbox) == 1


def test_ten_adds_in_a_minute_are_one_schedule_and_one_mail(cloud, ada):
    for _ in range(10):
        ada.add(MUG)
        cloud.advance(6)
    assert len(cloud.state()["schedules"]) == 1
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 1
    assert ada.cart()["items"][0]["quantity"] == 10


def test_an_add_the_next_morning_moves_the_reminder(cloud, ada):
    ada.add(MUG)
    cloud.advance(20 * HOUR)
    ada.add(TEA)
    cloud.advance(6 * HOUR)
    assert cloud.inbox == []
    assert logged(cloud, "send_reminder", reason="superseded")
    cloud.advance(20 * HOUR)
    [mail] = cloud.inbox
    assert "Stoneware mug" in mail.text
    assert "Sencha" in mail.text


@pytest.mark.parametrize("leave", ["remove everything", "check out"])
def test_a_cart_emptied_before_the_reminder_is_due_gets_no_mail(cloud, ada, leave):
    ada.add(MUG)
    ada.add(TEA)
    cloud.advance(HOUR)
    if leave == "check out":
        ada.check_out()
    else:
        ada.remove(MUG)
        ada.remove(TEA)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert ada.cart()["items"] == []
    assert cloud.inbox == []
    assert logged(cloud, "send_reminder", reason="cart_empty")


def test_the_same_idempotency_key_adds_once_and_reminds_once(cloud, ada):
    first = ada.add(MUG, 2, key="click-1")
    cloud.advance(2 * HOUR)
    again = ada.add(MUG, 2, key="click-1")
    cloud.settle()
    assert ada.cart()["items"][0]["quantity"] == 2
    for answer in (first, again):
        assert ada.request_status(answer.json["request_id"]) == "succeeded"
    cloud.advance(3 * DAY)
    assert len(cloud.inbox) == 1


def test_a_removed_line_is_gone_and_can_be_added_again(cloud, ada):
    ada.add(MUG, 5)
    cloud.advance(1)
    ada.remove(MUG)
    cloud.advance(1)
    ada.add(MUG, 1)
    cloud.settle()
    assert ada.cart()["items"][0]["quantity"] == 1


def test_two_customers_have_two_carts_and_two_mails(cloud, ada, grace):
    ada.add(MUG)
    grace.add(TEA)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert [item["sku"] for item in grace.cart()["items"]] == [TEA]
    mails = {mail.to[0]: mail.text for mail in cloud.inbox}
    assert set(mails) == {"ada@example.com", "grace@example.com"}
    assert "Sencha" not in mails["ada@example.com"]


def test_what_a_customer_calls_themselves_is_text_in_the_mail(cloud, sign_in):
    mallory = sign_in("mallory@example.com", name='<b onclick="x()">M</b>\r\nBcc: all@example.com')
    mallory.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    [mail] = cloud.inbox
    assert mail.to == ("mallory@example.com",)
    assert "<b onclick" not in mail.html
    assert "&lt;b onclick" in mail.html
