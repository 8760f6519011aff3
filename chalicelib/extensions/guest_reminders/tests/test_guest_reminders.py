"""Guests are reminded at an address that they left and confirmed, and at no other."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.adapters.dynamodb.suppressions import Suppressions
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain.mail_feedback import Reason
from chalicelib.extensions.guest_reminders import personal
from tests.support.plans import open_shop
from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR, MINUTE
from tests.support.shopper import Guest, Shopper, new_guest

EMAIL = "guest@example.com"
PUT = "/cart/reminders"


def visitor(cloud) -> Guest:
    guest = new_guest(cloud)
    assert guest is not None
    return guest


@pytest.fixture
def guest(cloud) -> Guest:
    return visitor(cloud)


def ask(guest: Guest, email: str = EMAIL, **headers: str):
    return guest.send("PUT", PUT, {"email": email}, **headers)


def mails(cloud, email: str = EMAIL) -> list:
    cloud.settle()
    return [mail for mail in cloud.inbox if mail.to == (email,)]


def link_in(mail) -> str:
    (link,) = set(re.findall(r"http\S+/guest/confirm\?token=[^\s\"]+", mail.text))
    url = urlsplit(link)
    return f"{url.path}?{url.query}"


def confirm(cloud, mail) -> int:
    status = cloud.request("POST", link_in(mail)).status
    cloud.settle()
    return status


def confirmed(cloud, guest: Guest, email: str = EMAIL) -> None:
    """Have the guest leave an address and confirm it."""
    assert ask(guest, email).status == 200
    assert confirm(cloud, mails(cloud, email)[-1]) == 200


def kept(cloud) -> list[str]:
    """Return the addresses of guests that are kept."""
    items = cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
    found = [item for item in items if item["pk"]["S"].startswith("GUEST_ADDRESS#")]
    return [item["email"]["S"] for item in found]


def told(cloud, kind: str) -> list[dict]:
    return [event["detail"] for event in cloud.state()["events"] if event["detail-type"] == kind]


class TestConfirming:
    def test_a_mail_asks_for_it_and_says_nothing_of_the_cart(self, cloud, guest):
        guest.add(MUG)
        answer = ask(guest)
        assert (answer.status, answer.json) == (200, {"status": "unconfirmed"})
        (mail,) = mails(cloud)
        assert mail.subject == "Please confirm your address for reminders from Leaf & Bean"
        for part in (mail.text, mail.html):
            assert "mug" not in part.lower()
            assert "/guest/confirm?token=" in part

    def test_is_in_the_guests_language(self, cloud, guest):
        ask(guest, **{"Accept-Language": "de"})
        (mail,) = mails(cloud)
        assert "bestätigen" in mail.subject

    def test_nobody_is_reminded_who_has_not_confirmed(self, cloud, guest):
        guest.add(MUG)
        ask(guest)
        cloud.advance(10 * DAY)
        assert len(mails(cloud)) == 1

    def test_opening_the_link_confirms_nothing(self, cloud, guest):
        guest.add(MUG)
        ask(guest)
        for method in ("GET", "HEAD"):
            assert cloud.request(method, link_in(mails(cloud)[0])).status in {200, 403, 404, 405}
        cloud.advance(10 * DAY)
        assert len(mails(cloud)) == 1
        assert told(cloud, "RemindersAllowed") == []

    def test_what_was_agreed_to_and_when_is_told(self, cloud, guest):
        confirmed(cloud, guest)
        (allowed,) = told(cloud, "RemindersAllowed")
        assert allowed["data"]["cart_id"].startswith("guest-")
        assert allowed["data"]["wording"]
        assert EMAIL not in str(cloud.state()["events"])

    def test_the_answer_says_whether_it_is_done(self, cloud, guest):
        confirmed(cloud, guest)
        assert ask(guest).json == {"status": "confirmed"}
        assert ask(guest, "other@example.com").json == {"status": "unconfirmed"}

    @pytest.mark.parametrize("change", [lambda link: link[:-3], lambda link: link.split("?")[0]])
    def test_a_link_that_was_cut_confirms_nothing(self, cloud, guest, change):
        ask(guest)
        assert cloud.request("POST", change(link_in(mails(cloud)[0]))).status == 403

    def test_a_link_of_another_purpose_confirms_nothing(self, cloud, guest):
        ask(guest)
        assert cloud.request("POST", f"/guest/confirm?token={guest.token}").status == 403

    def test_a_link_expires(self, cloud, guest):
        ask(guest)
        cloud.advance(7 * DAY)
        assert confirm(cloud, mails(cloud)[0]) == 410

    def test_a_link_confirms_the_address_that_it_was_sent_to_and_no_later_one(self, cloud, guest):
        guest.add(MUG)
        ask(guest)
        cloud.settle()
        ask(guest, "other@example.com")
        assert confirm(cloud, mails(cloud)[0]) == 410
        cloud.advance(10 * DAY)
        assert len(mails(cloud)) == len(mails(cloud, "other@example.com")) == 1

    @pytest.mark.parametrize(
        "body", [{}, {"email": "x"}, {"email": "a@b"}, {"email": EMAIL, "name": "x"}, {"email": 1}]
    )
    def test_what_is_no_address_is_refused(self, cloud, guest, body):
        assert guest.send("PUT", PUT, body).status == 400
        assert kept(cloud) == []

    def test_only_a_guest_can_leave_one(self, cloud):
        assert ask(Guest(cloud, "x.1.y")).status == 401


class TestHowOftenAnAddressIsAsked:
    def test_once_a_day_whoever_types_it(self, cloud, guest):
        for _ in range(3):
            ask(guest)
            ask(visitor(cloud))
            ask(visitor(cloud), "GUEST@example.com")
            cloud.advance(MINUTE)
        assert len(mails(cloud)) == 1
        assert confirm(cloud, mails(cloud)[0]) == 200
        cloud.advance(DAY)
        ask(visitor(cloud))
        assert len(mails(cloud)) == 2

    def test_not_if_mail_to_it_bounced(self, cloud, guest):
        table = Suppressions(cloud.client("dynamodb"), "cart-local")
        table.add(EMAIL, Reason.BOUNCED, cloud.clock.now())
        ask(guest)
        assert mails(cloud) == []

    def test_not_again_by_a_replay(self, cloud, guest):
        start = cloud.clock.now()
        ask(guest)
        cloud.advance(HOUR)
        cloud.replay(start, cloud.clock.now())
        cloud.advance(3 * DAY)
        cloud.replay(start, cloud.clock.now())
        assert len(mails(cloud)) == 1

    def test_again_after_ses_had_refused_it_for_a_while(self, cloud, guest):
        cloud.faults.arm("ses", 3)
        ask(guest)
        cloud.advance(HOUR)
        assert len(mails(cloud)) == 1


class TestReminding:
    @pytest.mark.parametrize("first", ["add", "confirm"])
    def test_a_cart_that_is_left_alone_is_reminded_of_once(self, cloud, guest, first):
        if first == "add":
            guest.add(MUG)
            confirmed(cloud, guest)
        else:
            confirmed(cloud, guest)
            guest.add(MUG)
        cloud.advance(DAY - MINUTE)
        assert len(mails(cloud)) == 1
        cloud.advance(3 * DAY)
        _, reminder = mails(cloud)
        assert "Stoneware mug" in reminder.text

    def test_it_has_a_way_back_to_the_cart_and_one_out(self, cloud, guest):
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.advance(2 * DAY)
        reminder = mails(cloud)[-1]
        (link,) = re.findall(r"#cart-link=(\S+)", reminder.text)
        cart = cloud.request("GET", "/guest/cart", {"Cart-Link": link})
        assert cart.status == 200
        assert MUG in cart.body.decode()
        url = urlsplit(re.findall(r"<(http[^>]+)>", reminder.headers["List-Unsubscribe"])[0])
        assert cloud.request("POST", f"{url.path}?{url.query}").status == 200
        cloud.settle()
        assert kept(cloud) == []
        guest.add(TEA)
        cloud.advance(5 * DAY)
        assert len(mails(cloud)) == 2

    def test_a_later_add_puts_it_off(self, cloud, guest):
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.advance(20 * HOUR)
        guest.add(TEA)
        cloud.advance(20 * HOUR)
        assert len(mails(cloud)) == 1
        cloud.advance(5 * DAY)
        assert len(mails(cloud)) == 2

    def test_nobody_is_reminded_of_an_empty_cart(self, cloud, guest):
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.advance(1)
        guest.send("DELETE", f"/cart/{MUG}")
        cloud.advance(5 * DAY)
        assert len(mails(cloud)) == 1

    def test_a_plan_of_several_steps_is_followed_whatever_comes_twice(self):
        with open_shop(("3h", "1d", "3d")) as cloud:
            guest, start = visitor(cloud), cloud.clock.now()
            guest.add(MUG)
            confirmed(cloud, guest)
            for _ in range(5):
                cloud.advance(DAY)
                cloud.replay(start, cloud.clock.now())
            cloud.advance(5 * DAY)
            assert len(mails(cloud)) == 4
            assert [one["data"]["step"] for one in told(cloud, "ReminderSent")][-1] == 3

    def test_consent_counts_where_the_shop_requires_it(self):
        with open_shop(["1d"], 'consent = "required"') as cloud:
            guest = visitor(cloud)
            guest.add(MUG)
            confirmed(cloud, guest)
            cloud.advance(3 * DAY)
            assert len(mails(cloud)) == 2

    def test_it_is_not_mailed_at_night(self):
        night = 'quiet_hours = { from = "00:00", until = "23:00" }'
        night = night.replace("00:00", "08:00")
        with open_shop(["1d"], night) as cloud:
            guest = visitor(cloud)
            guest.add(MUG)
            confirmed(cloud, guest)
            cloud.advance(3 * DAY)
            assert mails(cloud)[-1].sent_at.hour in {22, 23}  # in Berlin it is an hour later


class TestAGuestWhoSignsIn:
    @pytest.mark.parametrize("hours", [1, 20])
    def test_is_reminded_as_a_customer_only(self, cloud, guest, ada, hours):
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.advance(hours * HOUR)
        ada.send("POST", "/cart/merge", {"guest_token": guest.token})
        cloud.settle()
        assert kept(cloud) == []
        cloud.advance(5 * DAY)
        assert len(mails(cloud)) == 1
        assert len(mails(cloud, "ada@example.com")) == 1

    def test_gets_no_reminder_even_if_the_merge_is_told_late(self, cloud, guest, ada):
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.faults.arm("function:forget_guest_address", 100)
        ada.send("POST", "/cart/merge", {"guest_token": guest.token})
        cloud.advance(5 * DAY)
        assert len(mails(cloud)) == 1

    def test_gets_no_reminder_that_waited_for_ses_meanwhile(self, cloud, guest, ada):
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.advance(20 * HOUR)
        cloud.faults.arm("ses", 1000)
        cloud.advance(6 * HOUR)
        ada.send("POST", "/cart/merge", {"guest_token": guest.token})
        cloud.settle()
        cloud.faults.arm("ses", 0)
        cloud.advance(HOUR)
        assert len(mails(cloud)) == 1

    @pytest.mark.parametrize("ends", ["", "checks out", "removes it", "orders"])
    def test_has_a_link_in_an_old_mail_that_shows_nothing_any_more(self, cloud, guest, ada, ends):
        """Whoever reads the guest's mail need not be who signed in."""
        guest.add(MUG)
        confirmed(cloud, guest)
        cloud.advance(2 * DAY)
        (link,) = re.findall(r"#cart-link=(\S+)", mails(cloud)[-1].text)
        ada.send("POST", "/cart/merge", {"guest_token": guest.token})
        cloud.settle()
        if ends == "checks out":
            ada.check_out()
        elif ends == "removes it":
            ada.remove(MUG)
        elif ends == "orders":
            line = {"sku": MUG, "quantity": 1, "unit_price": 1450}
            seen = {"lines": [line], "total": 1450, "currency": "EUR"}
            assert ada.send("POST", "/orders", {"seen": seen}).status == 202
        cloud.settle()
        answer = cloud.request("GET", "/guest/cart", {"Cart-Link": link})
        assert (answer.status, answer.json()["items"]) == (200, [])

    @pytest.mark.parametrize("hours", [0, 2, 24 * 20])
    def test_leaves_an_address_as_a_customer_only(self, cloud, guest, ada, hours):
        guest.add(MUG)
        ada.send("POST", "/cart/merge", {"guest_token": guest.token})
        cloud.advance(hours * HOUR)
        answer = ask(guest)
        assert (answer.status, answer.json["error"]["code"]) == (401, "invalid_guest_token")
        assert (mails(cloud), kept(cloud)) == ([], [])


def test_an_address_is_kept_no_longer_than_the_cart(cloud, guest):
    guest.add(MUG)
    confirmed(cloud, guest)
    cloud.advance(timedelta(days=61).total_seconds())
    items = cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
    alive = [
        item
        for item in items
        if item["pk"]["S"].startswith("GUEST_")
        and int(item["expires_at"]["N"]) > cloud.clock.now().timestamp()
    ]
    assert alive == []


def test_it_can_be_exported_and_forgotten(cloud, guest):
    confirmed(cloud, guest)
    table = Table(cloud.client("dynamodb"), "cart-local")
    (cart_id,) = {event["data"]["cart_id"] for event in told(cloud, "RemindersAllowed")}
    assert [item["email"] for item in personal.export(table, cart_id)] == [EMAIL]
    assert personal.forget(table, cart_id) == 1
    assert kept(cloud) == []


def test_a_customer_is_not_concerned(cloud):
    ada = Shopper(cloud, "ada@example.com")
    ada.add(MUG)
    ada.send("PUT", "/cart/reminders", {"wanted": True})
    cloud.advance(3 * DAY)
    runs = {run["function"] for run in cloud.state()["invocations"]}
    assert not runs & {"confirm_address", "plan_guest_reminder", "remind_guest"}
