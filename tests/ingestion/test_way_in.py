"""What came in without the API goes the same way from there on."""

import json
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from freezegun import freeze_time

from chalicelib import wiring
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from tests.ingestion.requests import ADA, MUGS, NOW, entry_of, message_of, on_bus
from tests.support import iam
from tests.support.builders import CART_ID
from tests.support.catalog import CATALOG
from tests.support.fakes import RecordingBus
from tests.support.iam_requests import arn, put_event
from tests.support.shopper import Shopper

EXAMPLE = Path(__file__).parents[2] / "examples" / "sns_ingestion"


@pytest.fixture
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud.start(clock=Clock(NOW)) as cloud:
        yield cloud


def claims_of(cloud: LocalCloud, email: str) -> dict[str, str]:
    """Return the claims that API Gateway finds in a customer's token."""
    claims = cloud.parts.identity.verify(cloud.sign_in(email))
    assert claims
    return dict(claims)


class TestStraightToTheBus:
    def test_an_add_is_in_the_cart_and_its_request_succeeded(self, cloud):
        claims = {**claims_of(cloud, "ada@example.com"), "email_verified": "true"}
        entry = entry_of(MUGS, claims) | {"EventBusName": "cart-local"}
        answer = cloud.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0
        cloud.settle()
        ada = Shopper(cloud, "ada@example.com")
        assert [line["quantity"] for line in ada.cart()["items"]] == [2]
        request_id = json.loads(entry["Detail"])["metadata"]["event_id"]
        assert ada.request_status(request_id) == "succeeded"

    def test_an_add_of_an_unknown_product_is_a_failure_the_customer_can_see(self, cloud):
        claims = {**claims_of(cloud, "ada@example.com"), "email_verified": "true"}
        entry = entry_of({"sku": "NO-SUCH-THING", "quantity": 1}, claims)
        cloud.client("events").put_events(Entries=[entry | {"EventBusName": "cart-local"}])
        cloud.settle()
        ada = Shopper(cloud, "ada@example.com")
        request_id = json.loads(entry["Detail"])["metadata"]["event_id"]
        answer = ada.get(f"/cart/requests/{request_id}").json
        assert (answer["status"], answer["error"]["code"]) == ("failed", "unknown_sku")


@pytest.fixture(scope="module")
def received() -> ModuleType:
    spec = spec_from_file_location("received", EXAMPLE / "received.py")
    assert spec
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestByWayOfSns:
    @pytest.fixture(autouse=True)
    def bus(self, monkeypatch):
        bus = RecordingBus()
        monkeypatch.setattr(
            wiring,
            "adapters",
            SimpleNamespace(event_bus=bus, catalog=CATALOG),
        )
        with freeze_time(NOW):
            yield bus

    def test_an_add_is_the_event_that_goes_straight_to_the_bus_by_the_other_way(
        self, received, bus
    ):
        result = received.publish_received(message_of(MUGS), None)
        [published] = bus.published
        [straight] = [on_bus(entry_of(MUGS))["detail"]]
        assert published.metadata.event_id == straight["metadata"]["event_id"]
        assert published.data.cart_id == CART_ID
        assert (published.data.sku, published.data.quantity) == (MUGS["sku"], MUGS["quantity"])
        assert result["action"] == "published"

    def test_a_message_that_comes_twice_is_the_same_event_twice(self, received, bus):
        for _ in range(2):
            received.publish_received(message_of(MUGS), None)
        first, second = bus.published
        assert first == second

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"sku": "NO-SUCH-THING", "quantity": 1}, "unknown_sku"),
            ({"sku": "MUG-STONE-350", "quantity": 0}, "malformed_event"),
            ({"sku": "MUG-STONE-350"}, "malformed_request"),
            ({**MUGS, "cart_id": "victim"}, "malformed_request"),
        ],
    )
    def test_what_no_retry_can_save_is_rejected(self, received, bus, body, code):
        result = received.publish_received(message_of(body), None)
        assert (result["action"], result["error"]["code"]) == ("rejected", code)
        assert bus.published == []

    def test_an_add_without_a_verified_address_has_none(self, received, bus):
        received.publish_received(message_of(MUGS, {**ADA, "email_verified": "false"}), None)
        assert bus.published[0].data.customer.recipient is None


def test_the_functions_policy_allows_what_it_does_and_reports():
    policy = iam.load(EXAMPLE / "policy.json", "dev", "dev")
    bus = arn("events", "event-bus/cart-dev")
    assert policy.allows(put_event(bus, "cart.api", "ItemAddedToCart"))
    assert policy.allows(put_event(bus, "lambda", "Lambda Function Invocation Result - Success"))
    assert not policy.allows(put_event(bus, "cart.reminders", "CartReminderDue"))
