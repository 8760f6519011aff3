"""Addresses that bounce or complain, as SES's mailbox simulator lets one try."""

import pytest

from tests.support.products import MUG
from tests.support.seconds import DAY
from tests.support.shopper import logged

A_DAY_AND_A_WINDOW = DAY + 3_600


@pytest.mark.parametrize("mailbox", ["bounce", "complaint"])
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
