"""Watching a job fail, and bringing it back."""

import pytest

from infra.repair.retry import RetryError
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.products import FAILING, MUG
from tests.support.seconds import DAY, MINUTE
from tests.support.shopper import logged, new_guest


@pytest.fixture
def failed(cloud, ada) -> str:
    """The id of a request that was accepted and failed in the consumer."""
    accepted = ada.add(FAILING, 2)
    assert accepted.status == 202
    cloud.advance(4 * MINUTE)
    request_id = str(accepted.json["request_id"])
    assert ada.request_status(request_id) == "failed"
    return request_id


def test_an_add_of_the_failing_product_is_accepted_and_fails_in_the_consumer(cloud, ada, failed):
    answer = ada.get(f"/cart/requests/{failed}").json
    assert answer["job"] == {"event": "ItemAddedToCart", "sku": FAILING, "quantity": 2}
    assert answer["error"]["message"] == "Every attempt failed."
    assert ada.cart()["items"] == []


def test_a_failed_job_is_done_when_it_is_retried(cloud, ada, failed):
    cloud.advance(5 * MINUTE)
    assert cloud.retry(failed) == ["persist_cart"]
    cloud.settle()
    assert ada.request_status(failed) == "succeeded"
    assert ada.cart()["items"][0]["quantity"] == 2
    cloud.advance(A_DAY_AND_A_WINDOW)
    assert len(cloud.inbox) == 1


def test_retrying_what_was_done_after_all_changes_nothing(cloud, ada, failed):
    cloud.advance(5 * MINUTE)
    for _ in range(3):
        cloud.retry(failed)
        cloud.settle()
    assert ada.cart()["items"][0]["quantity"] == 2
    cloud.advance(3 * DAY)
    assert len(cloud.inbox) == 1
    cloud.retry(failed)
    cloud.advance(3 * DAY)
    assert len(cloud.inbox) == 1


def test_a_customer_whose_add_was_stuck_is_reminded_when_it_is_retried(cloud, ada, failed):
    cloud.advance(2 * DAY)  # whenever the cart's window ends, the reminder is not too late yet
    assert logged(cloud, "send_reminder", reason="cart_empty")
    assert cloud.inbox == []
    cloud.retry(failed)
    cloud.advance(5 * MINUTE)
    assert len(cloud.inbox) == 1


def test_a_request_that_did_not_fail_cannot_be_retried(cloud, ada):
    request_id = ada.add(MUG).json["request_id"]
    cloud.settle()
    for unknown in (request_id, "no-such-request"):
        with pytest.raises(RetryError, match="No failed job is kept"):
            cloud.retry(unknown)


def test_a_guests_add_of_the_failing_product_fails_and_can_be_retried(cloud):
    guest = new_guest(cloud)
    request_id = guest.add(FAILING).json["request_id"]
    cloud.advance(5 * MINUTE)
    assert guest.get(f"/cart/requests/{request_id}").json["status"] == "failed"
    cloud.retry(request_id)
    cloud.settle()
    assert [line["sku"] for line in guest.get("/cart").json["items"]] == [FAILING]
