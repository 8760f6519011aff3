"""Addresses that bounce or complain, as SES's mailbox simulator lets one try."""

import pytest

from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.products import MUG
from tests.support.shopper import logged


@pytest.mark.parametrize("mailbox", ["bounce", "complaint", "Bounce+label"])
def test_an_address_that_bounces_or_complains_gets_no_second_mail(cloud, sign_in, mailbox):
    customer = sign_in(f"{mailbox}@simulator.amazonses.com")
    customer.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 1
    customer.add(MUG)
    cloud.settle()
    assert customer.cart()["reminder_due_at"] is None
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 1
    assert logged(cloud, "send_reminder", reason="suppressed")


def test_the_mail_of_others_goes_on(cloud, ada, sign_in):
    sign_in("bounce@simulator.amazonses.com").add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    ada.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert [mail.to for mail in cloud.inbox][1:] == [("ada@example.com",)]


def test_an_address_that_bounces_under_another_spelling_gets_no_second_mail(cloud, sign_in):
    customer = sign_in("ada@bücher.example")
    customer.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert [mail.to for mail in cloud.inbox] == [("ada@xn--bcher-kva.example",)]
    cloud.report_mail("Ada <ADA@xn--bcher-kva.example>", "bounce")
    cloud.settle()
    customer.add(MUG)
    cloud.settle()
    assert customer.cart()["reminder_due_at"] is None
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 1


def test_whoever_says_that_a_mail_is_not_spam_gets_the_next_one(cloud, ada):
    ada.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    cloud.report_mail("ada@example.com", "not-spam")
    cloud.settle()
    ada.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 2


@pytest.mark.parametrize("address", ["jörg@example.com", "ada@straße.example"])
def test_an_address_that_cannot_be_mailed_is_promised_nothing(cloud, sign_in, address):
    customer = sign_in(address)
    customer.add(MUG)
    cloud.settle()
    assert customer.cart()["reminder_due_at"] is None
    assert cloud.state()["schedules"] == []
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert cloud.inbox == []


@pytest.mark.parametrize(
    "name",
    [
        "=?utf-8?q?a=0D=0ABcc:_x@y.example?=",
        "=?utf-8?b?YQ0KDQp0ZXh0?= Ada",
        "Vasquez de la Fuente y Montenegro del Castillo, Maria Guadalupe Esperanza Josefina",
        "ශ්\u200dරීමතී බණ්ඩාරනායක",
    ],
)
def test_a_name_is_a_name_and_nothing_else_of_a_mail(cloud, sign_in, name):
    sign_in("ada@example.com", name).add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    [mail] = cloud.inbox
    assert sorted(mail.headers) == [
        *("Content-Type", "From", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
        *("MIME-Version", "Reply-To", "Subject", "To"),
    ]
    assert mail.headers["To"].replace('"', "") == f"{name} <ada@example.com>"
    assert mail.text.startswith(f"Hello {name},\n")
