"""The CRM is called when an order is placed, and no function is."""

MUG = "MUG-STONE-350"
HOUR = 3_600


def place_order(cloud, shopper):
    """Order a mug; return the order's id."""
    shopper.add(MUG)
    cloud.settle()
    line = {"sku": MUG, "quantity": 1, "unit_price": 1450}
    seen = {"lines": [line], "total": 1450, "currency": "EUR"}
    answer = shopper.send("POST", "/orders", {"seen": seen})
    cloud.settle()
    return answer.json["order_id"]


def received(cloud):
    return cloud.state()["third_parties"]


def test_the_crm_gets_what_it_needs_of_an_order_and_no_more(cloud, ada):
    order_id = place_order(cloud, ada)
    (request,) = received(cloud)
    assert (request["method"], request["url"]) == ("POST", "https://crm.example.com/orders")
    assert request["header"] == "X-Api-Key"
    body = request["body"]
    assert set(body) == {"id", "order", "customer", "lines", "total", "currency"}
    assert (body["order"], body["total"], body["currency"]) == (order_id, 1450, "EUR")
    assert [(line["sku"], line["quantity"]) for line in body["lines"]] == [(MUG, 1)]
    assert "@" not in str(body)


def test_a_crm_that_is_down_is_tried_again(cloud, ada):
    cloud.faults.arm("third-party", 3)
    place_order(cloud, ada)
    assert received(cloud) == []
    cloud.advance(HOUR)
    assert len(received(cloud)) == 1


def test_what_a_crm_never_takes_waits_in_the_dead_letter_queue(cloud, ada):
    cloud.faults.arm("third-party", 1000)
    place_order(cloud, ada)
    cloud.advance(25 * HOUR)
    assert received(cloud) == []
    queue = cloud.state()["queues"]["cart-rules-dlq-local"]
    assert queue["visible"] == 1


def test_a_replay_tells_the_same_again(cloud, ada):
    start = cloud.clock.now()
    place_order(cloud, ada)
    cloud.advance(HOUR)
    cloud.replay(start, cloud.clock.now(), rule="tell-crm")
    cloud.settle()
    assert len({request["body"]["id"] for request in received(cloud)}) == 1
    assert len(received(cloud)) == 2
