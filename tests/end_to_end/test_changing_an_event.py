"""docs/changing-an-event.md is true: an archive of 1.x and 2.0 comes to the same carts."""

import json

import pytest

from chalicelib.domain import events, ids
from chalicelib.domain.errors import MalformedEvent, UnsupportedVersion
from chalicelib.domain.events import Customer
from chalicelib.entrypoints import reporting
from examples.changing_an_event import ItemAddedToCart
from tests.support.builders import NOW
from tests.support.products import MUG, TEA

CONSUMERS = ("persist_cart", "schedule_reminder")
HOUR, DAY = 3_600, 86_400


@pytest.fixture
def deploy_consumers(monkeypatch):
    """Let the consumers read the new class, as a deployment of them would."""

    def deploy():
        for name in CONSUMERS:
            kinds = tuple(
                ItemAddedToCart if kind is events.ItemAddedToCart else kind
                for kind in reporting.READS[name]
            )
            monkeypatch.setitem(reporting.READS, name, kinds)

    return deploy


@pytest.fixture
def send(cloud):
    """Put an add on the bus as a producer of some version does."""

    def send(version, cart_id, **data):
        customer = {"id": cart_id, "email": "ada@example.com"}
        event_id = ids.event_id(cloud.clock.now(), ids.intent_bits(version, str(data)))
        metadata = {"event_id": event_id, "version": version, "correlation_id": event_id}
        metadata["occurred_at"] = f"{ids.time_of(event_id):%Y-%m-%dT%H:%M:%SZ}"
        detail = {"metadata": metadata, "data": {"cart_id": cart_id, "customer": customer, **data}}
        entry = {"EventBusName": "cart-local", "Source": "cart.api"}
        entry |= {"DetailType": "ItemAddedToCart", "Detail": json.dumps(detail)}
        cloud.client("events").put_events(Entries=[entry])
        cloud.advance(1)
        return event_id

    return send


def cart_id_of(cloud, shopper):
    shopper.add(TEA)
    cloud.settle()
    (event,) = [one for one in cloud.state()["events"] if one["source"] == "cart.api"]
    return event["detail"]["data"]["cart_id"]


def quantities(shopper):
    return {line["sku"]: line["quantity"] for line in shopper.cart()["items"]}


def forget_lines(cloud):
    client = cloud.client("dynamodb")
    for item in client.scan(TableName="cart-local")["Items"]:
        client.delete_item(TableName="cart-local", Key={name: item[name] for name in ("pk", "sk")})


def test_an_archive_of_both_majors_comes_to_the_same_cart(cloud, ada, send, deploy_consumers):
    start, cart_id = cloud.clock.now(), cart_id_of(cloud, ada)  # of 1.1, with a price
    send("1.0", cart_id, sku=MUG, quantity=1)
    deploy_consumers()
    send("1.1", cart_id, sku=MUG, quantity=2, unit_price=1450, currency="EUR")
    send("2.0", cart_id, product=MUG, quantity=4, unit_price=1450, currency="EUR")
    wanted = {TEA: 1, MUG: 7}
    assert quantities(ada) == wanted
    forget_lines(cloud)
    assert quantities(ada) == {}
    cloud.replay(start, cloud.clock.now())
    cloud.settle()
    assert quantities(ada) == wanted
    cloud.advance(2 * DAY)
    assert len(cloud.inbox) == 1


def test_a_consumer_that_is_not_yet_there_refuses_2_0_and_takes_it_when_it_is_retried(
    cloud, ada, send, deploy_consumers
):
    cart_id = cart_id_of(cloud, ada)
    event_id = send("2.0", cart_id, product=MUG, quantity=4)
    assert quantities(ada) == {TEA: 1}
    assert ada.request_status(event_id) == "failed"
    deploy_consumers()
    cloud.retry(event_id)
    cloud.settle()
    assert quantities(ada) == {TEA: 1, MUG: 4}


def on_bus(version, **data):
    event_id = ids.event_id(NOW, 1)
    metadata = {"event_id": event_id, "version": version, "correlation_id": event_id}
    metadata["occurred_at"] = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    known = {"cart_id": "ada", "customer": {"id": "ada"}, "quantity": 1}
    detail = {"metadata": metadata, "data": {**known, **data}}
    return {"source": "cart.api", "detail-type": "ItemAddedToCart", "detail": detail}


@pytest.mark.parametrize(
    ("version", "data"),
    [("1.0", {"sku": MUG}), ("1.9", {"sku": MUG}), ("2.0", {"product": MUG})],
)
def test_each_version_is_read_as_the_newest(version, data):
    added = events.parse(on_bus(version, **data), ItemAddedToCart, now=NOW)
    assert added.data == ItemAddedToCart("ada", Customer("ada"), sku=MUG, quantity=1)
    assert added.metadata.version == version


@pytest.mark.parametrize("version", ["0.9", "3.0", "x", ""])
def test_what_no_upcaster_knows_is_refused(version):
    with pytest.raises(UnsupportedVersion):
        events.parse(on_bus(version, sku=MUG, product=MUG), ItemAddedToCart, now=NOW)


@pytest.mark.parametrize(
    ("version", "data"),
    [("1.0", {"product": MUG}), ("2.0", {"sku": MUG}), ("1.0", {"sku": 5}), ("1", {"sku": MUG})],
)
def test_what_is_not_of_the_version_that_it_claims_is_malformed(version, data):
    with pytest.raises(MalformedEvent):
        events.parse(on_bus(version, **data), ItemAddedToCart, now=NOW)
