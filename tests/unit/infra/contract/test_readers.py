"""Whom a change of an event concerns, by the fields that each consumer reads."""

from datetime import datetime

import pytest

from app import app
from chalicelib.domain.errors import UnknownEvent
from chalicelib.domain.events import Envelope, Event
from chalicelib.entrypoints import reporting
from infra.contract import readers


class ItemAddedToCart(Event, frozen=True):
    """What a consumer of this test reads of an add."""

    source = "cart.api"

    quantity: int


class ItemRemovedFromCart(Event, frozen=True):
    """What it reads of a removal: something that is not there."""

    source = "cart.api"

    colour: str


@pytest.fixture
def consumer(monkeypatch):
    monkeypatch.setattr(reporting, "READS", dict(reporting.READS))
    monkeypatch.setattr(readers, "READS", reporting.READS)

    def register(kind):
        def count(added: Envelope[kind], _now: datetime) -> dict[str, object]:  # type: ignore[valid-type]
            return {"action": "counted", "added": added}

        reporting.registered(count)

    return register


def test_every_consumer_of_the_applications_events_says_what_it_reads():
    """But for those that read what AWS itself reports."""
    of_aws = {"record_failure", "suppress_address"}
    assert {function.name for function in app.pure_lambda_functions} - of_aws <= set(
        reporting.READS
    )


def test_every_consumer_of_this_project_gets_what_it_reads():
    assert readers.unmet() == []


def test_a_change_names_the_consumers_that_read_what_it_is_about(consumer):
    consumer(ItemAddedToCart)
    gone = "ItemAddedToCart-1.json: event.detail.data.{} is gone"
    of_sku = readers.named_in(gone.format("sku"))
    assert {"persist_cart", "schedule_reminder"} <= set(of_sku)
    assert "count" not in of_sku
    assert "count" in readers.named_in(gone.format("quantity"))
    assert "send_reminder" not in readers.named_in(gone.format("quantity"))


@pytest.mark.parametrize(
    ("change", "is_concerned"),
    [
        ("ItemAddedToCart-1.json is gone", True),
        ("ItemAddedToCart-1.json: replayed event.detail.data.quantity has the maximum 9", True),
        ("ItemAddedToCart-1.json: event.detail.data is object on one side", True),
        ("ItemAddedToCart-1.json: event.detail.data.customer.email is gone", False),
        ("ItemAddedToCart-1.json: event.detail.metadata.event_id is gone", True),
        ("CartCheckedOut-1.json: event.detail.data.cart_id is gone", False),
        ("GET /cart, answer 200.items is gone", False),
    ],
)
def test_a_consumer_with_a_class_of_its_own_is_concerned_by_its_fields_alone(
    consumer, change, is_concerned
):
    consumer(ItemAddedToCart)
    assert ("count" in readers.named_in(change)) is is_concerned


def test_what_a_consumer_reads_and_no_event_has_is_told(consumer):
    consumer(ItemRemovedFromCart)
    assert readers.unmet() == [
        "count reads ItemRemovedFromCart: event.detail.data.colour is required on one side only"
    ]


def test_a_consumer_is_given_the_events_that_its_annotation_names_and_refuses_others():
    taken = []

    def take(event: Envelope[ItemAddedToCart], _now: datetime) -> dict[str, object]:
        taken.append(event.data.quantity)
        return {"action": "taken"}

    reader = reporting.registered(take)
    try:
        with pytest.raises(UnknownEvent):
            reader({"source": "cart.api", "detail-type": "Other", "detail": {}}, datetime.now())  # noqa: DTZ005
    finally:
        reporting.READS.pop("take")
    assert taken == []
