import pytest

from tests.unit.infra.local.conftest import Shop


def orders_billed(shop: Shop) -> list[int]:
    return [event["detail"]["order"] for event in shop.bill.events]


def test_as_many_events_are_delivered_twice_as_were_asked_for(shop: Shop) -> None:
    shop.cloud.faults.arm("network:duplicate", 1)
    shop.put("Ordered", order=1)
    shop.put("Ordered", order=2)
    shop.cloud.settle()
    assert orders_billed(shop) == [1, 1, 2]


def test_events_can_be_delivered_out_of_order(shop: Shop) -> None:
    shop.cloud.faults.arm("network:reorder", 10)
    for order in range(10):
        shop.put("Ordered", order=order)
    shop.cloud.advance(10)
    assert orders_billed(shop) != list(range(10))
    assert sorted(orders_billed(shop)) == list(range(10))


def test_an_undisturbed_network_delivers_once_and_in_order(shop: Shop) -> None:
    for order in range(10):
        shop.put("Ordered", order=order)
    shop.cloud.settle()
    assert orders_billed(shop) == list(range(10))


def test_zero_ends_a_disturbance(shop: Shop) -> None:
    shop.cloud.faults.arm("network:duplicate", 100)
    shop.cloud.faults.arm("network:duplicate", 0)
    shop.put("Ordered", order=1)
    shop.cloud.settle()
    assert orders_billed(shop) == [1]


def test_what_is_still_to_fail_can_be_seen(shop: Shop) -> None:
    shop.cloud.faults.arm("network:duplicate", 2)
    shop.cloud.faults.arm("function:bill", 1)
    shop.cloud.faults.arm("ses", 3)
    shop.cloud.faults.arm("ses", 0)
    shop.put("Ordered", order=1)
    assert shop.cloud.faults.state() == {"network:duplicate": 1, "function:bill": 1}
    shop.cloud.settle()
    assert shop.cloud.faults.state() == {}


@pytest.mark.parametrize("target", ["network", "network:", "network:lose"])
def test_an_unknown_disturbance_is_refused(shop: Shop, target: str) -> None:
    with pytest.raises(ValueError, match="network:duplicate, network:reorder"):
        shop.cloud.faults.arm(target, 1)
