"""From ``POST /cart`` to the reminder mail, through everything in between."""

import msgspec
import pytest

from chalicelib.domain import events
from chalicelib.domain.events import Customer
from tests.support import builders
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.products import MUG, TEA
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import logged

pytestmark = pytest.mark.usefixtures("gateway")


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


class TestTheAddressThatIsKnownLast:
    """What a customer's add says of them counts for every reminder from then on."""

    OLD, NEW = "old@example.com", "new@example.com"

    def added(self, cloud, address: str | None, sku: str = MUG, name: str = "Ada"):
        customer = {"id": "ada", "email": address, "name": name}
        if address is None:
            del customer["email"]
        event = builders.item_added(
            at=cloud.clock.now(), customer=msgspec.convert(customer, Customer), sku=sku
        )
        return {
            "Source": "cart.api",
            "DetailType": "ItemAddedToCart",
            "Detail": events.encode(event),
            "EventBusName": "cart-local",
        }

    def put(self, cloud, *entries):
        for entry in entries:
            cloud.client("events").put_events(Entries=[entry])
            cloud.settle()

    @pytest.mark.parametrize("minutes", [0.01, 10, 59, 61, 600])
    @pytest.mark.parametrize("sku", [MUG, TEA])
    def test_gets_the_reminder(self, cloud, minutes, sku):
        self.put(cloud, self.added(cloud, self.OLD))
        cloud.advance(minutes * 60)
        self.put(cloud, self.added(cloud, self.NEW, sku))
        cloud.advance(2 * DAY)
        assert [mail.to for mail in cloud.inbox] == [(self.NEW,)]

    @pytest.mark.parametrize("sku", [MUG, TEA])
    def test_gets_it_whatever_order_the_adds_come_in(self, cloud, sku):
        old = self.added(cloud, self.OLD)
        cloud.advance(60)
        self.put(cloud, self.added(cloud, self.NEW, sku), old)
        cloud.advance(2 * DAY)
        assert [mail.to for mail in cloud.inbox] == [(self.NEW,)]

    def test_is_the_old_one_again_when_a_customer_goes_back_to_it(self, cloud):
        for address in (self.OLD, self.NEW, self.OLD):
            self.put(cloud, self.added(cloud, address))
            cloud.advance(60)
        cloud.advance(2 * DAY)
        assert [mail.to for mail in cloud.inbox] == [(self.OLD,)]

    def test_stays_when_a_later_add_names_none(self, cloud):
        self.put(cloud, self.added(cloud, self.OLD))
        cloud.advance(60)
        self.put(cloud, self.added(cloud, None))
        cloud.advance(2 * DAY)
        assert [mail.to for mail in cloud.inbox] == [(self.OLD,)]

    def test_comes_with_the_name_of_then(self, cloud):
        self.put(cloud, self.added(cloud, self.OLD, name="Ada"))
        cloud.advance(60)
        self.put(cloud, self.added(cloud, self.OLD, name="Countess"))
        cloud.advance(2 * DAY)
        [mail] = cloud.inbox
        assert "Hello Countess," in mail.text

    def test_gets_nothing_if_a_mail_to_it_bounced(self, cloud):
        self.put(cloud, self.added(cloud, self.OLD))
        cloud.advance(60)
        self.put(cloud, self.added(cloud, self.NEW))
        cloud.parts.mail_feedback.report(self.NEW, "bounce")
        cloud.advance(2 * DAY)
        assert cloud.inbox == []
