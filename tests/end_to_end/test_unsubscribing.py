"""From a mail's link to no more mails, without signing in."""

import re
from urllib.parse import urlsplit

from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.products import MUG
from tests.support.seconds import DAY

LINK = re.compile(r"<(http[^>]+)>")


def link_in(mail) -> str:
    url = urlsplit(LINK.findall(mail.headers["List-Unsubscribe"])[0])
    return f"{url.path}?{url.query}"


def test_one_click_stops_all_reminders_and_looking_none(cloud, ada, grace):
    for customer in (ada, grace):
        customer.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    mail = next(mail for mail in cloud.inbox if mail.to == ("ada@example.com",))
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert cloud.request("GET", link_in(mail)).status == 200
    for customer in (ada, grace):
        customer.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 4
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for _ in range(2):
        answer = cloud.request("POST", link_in(mail), form, "List-Unsubscribe=One-Click")
        assert answer.status == 200
    for customer in (ada, grace):
        customer.add(MUG)
    cloud.settle()
    assert (ada.cart()["reminder_due_at"], bool(grace.cart()["reminder_due_at"])) == (None, True)
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert [each.to for each in cloud.inbox[4:]] == [("grace@example.com",)]
    assert ada.cart()["items"][0]["quantity"] == 3


def test_a_link_expires(cloud, ada):
    ada.add(MUG)
    cloud.advance(A_DAY_AND_A_WINDOW)
    cloud.advance(60 * DAY)
    assert cloud.request("POST", link_in(cloud.inbox[0])).status == 410
