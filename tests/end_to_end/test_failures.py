"""What happens when something does not work: retries, failure records, dead-letter queues."""

import pytest

from chalicelib.adapters.dynamodb import carts
from chalicelib.adapters.ses import Mailer
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR, MINUTE
from tests.support.shopper import logged


def outcomes(cloud, function: str) -> list[str]:
    invocations = cloud.state()["invocations"]
    return [each["outcome"] for each in invocations if each["function"] == function]


def _refuse_to_wait(seconds: float) -> None:
    raise AssertionError(f"waits for {seconds} s")


class TestMail:
    def test_that_ses_refuses_twice_goes_out_at_the_third_receive(self, cloud, ada):
        ada.add(MUG)
        cloud.faults.arm("ses", 2)
        cloud.advance(A_DAY_AND_A_WINDOW)
        cloud.advance(15 * MINUTE)
        assert len(cloud.inbox) == 1
        assert outcomes(cloud, "send_reminder") == ["failed", "failed", "succeeded"]

    def test_that_ses_refuses_for_good_waits_in_the_dlq_until_redriven(self, cloud, ada):
        ada.add(MUG)
        cloud.faults.arm("ses", 1_000)
        cloud.advance(A_DAY_AND_A_WINDOW + 6 * HOUR)
        assert cloud.inbox == []
        assert len(outcomes(cloud, "send_reminder")) == 12
        assert cloud.state()["queues"]["cart-reminders-dlq-local"]["visible"] == 1
        cloud.faults.arm("ses", 0)
        cloud.redrive("cart-reminders-dlq-local")
        cloud.settle()
        assert len(cloud.inbox) == 1
        assert cloud.state()["queues"]["cart-reminders-dlq-local"]["visible"] == 0

    def test_goes_out_after_an_outage_of_two_hours(self, cloud, ada, grace):
        ada.add(MUG)
        grace.add(MUG)
        cloud.faults.arm("ses", 1_000)
        cloud.advance(A_DAY_AND_A_WINDOW + 2 * HOUR)
        assert cloud.state()["queues"]["cart-reminders-dlq-local"]["visible"] == 0
        cloud.faults.arm("ses", 0)
        cloud.advance(HOUR)
        assert len(cloud.inbox) == 2

    @pytest.mark.parametrize("error", ["TooManyRequestsException", "LimitExceededException"])
    def test_that_ses_throttles_for_hours_goes_out_and_holds_up_nobody(
        self, cloud, ada, error, monkeypatch
    ):
        # What the mailer would wait by if the local cloud did not give it something else.
        monkeypatch.setattr(Mailer.__init__, "__defaults__", (_refuse_to_wait,))
        ada.add(MUG)
        cloud.faults.arm("ses", 1_000, error)
        cloud.advance(A_DAY_AND_A_WINDOW + 2 * HOUR)
        cloud.faults.arm("ses", 0)
        cloud.advance(HOUR)
        assert len(cloud.inbox) == 1

    def test_that_ses_rejects_is_recorded_at_once_without_retries(self, cloud, ada):
        ada.add(MUG)
        cloud.faults.arm("ses", 1, "MessageRejected")
        cloud.advance(A_DAY_AND_A_WINDOW + HOUR)
        assert outcomes(cloud, "send_reminder") == ["succeeded"]
        assert logged(cloud, "send_reminder", outcome="failed", error="mail_rejected")
        assert cloud.inbox == []

    def test_of_one_customer_does_not_wait_for_the_failing_one_of_another(self, cloud, ada, grace):
        ada.add(MUG)
        grace.add(MUG)
        cloud.faults.arm("ses", 1)
        cloud.advance(A_DAY_AND_A_WINDOW)
        assert len(cloud.inbox) >= 1
        cloud.advance(15 * MINUTE)
        assert sorted(mail.to[0] for mail in cloud.inbox) == [
            "ada@example.com",
            "grace@example.com",
        ]


class TestPersisting:
    def test_that_fails_once_is_retried_by_lambda(self, cloud, ada):
        cloud.faults.arm("function:persist_cart", 1)
        request_id = ada.add(MUG).json["request_id"]
        cloud.settle()
        assert ada.request_status(request_id) == "pending"
        cloud.advance(MINUTE)
        assert ada.request_status(request_id) == "succeeded"
        assert outcomes(cloud, "persist_cart") == ["failed", "succeeded"]

    def test_that_dynamodb_refuses_is_retried_by_lambda(self, cloud, ada):
        cloud.faults.arm("dynamodb", 1)
        ada.add(MUG)
        cloud.advance(MINUTE)
        assert ada.cart()["items"][0]["quantity"] == 1

    def test_that_fails_for_good_is_a_failure_the_customer_can_see(self, cloud, ada):
        cloud.faults.arm("function:persist_cart", 3)
        request_id = ada.add(MUG, 2).json["request_id"]
        cloud.advance(3 * MINUTE)
        answer = ada.get(f"/cart/requests/{request_id}").json
        assert answer["status"] == "failed"
        assert answer["job"] == {"event": "ItemAddedToCart", "sku": MUG, "quantity": 2}
        assert answer["error"]["code"] == "retries_exhausted"
        assert outcomes(cloud, "persist_cart") == ["failed"] * 3
        assert outcomes(cloud, "record_failure") == ["succeeded"]

    def test_one_change_too_many_fails_in_words_and_leaves_the_cart(self, cloud, ada, monkeypatch):
        monkeypatch.setattr(carts, "MAX_CHANGES", 2)
        for _ in range(2):
            ada.add(MUG, 2)
            cloud.settle()
        accepted = ada.add(MUG, 2)
        assert accepted.status == 202
        cloud.settle()
        answer = ada.get(f"/cart/requests/{accepted.json['request_id']}").json
        assert answer["status"] == "failed"
        assert answer["error"] == {
            "code": "line_full",
            "message": "This line of the cart has changed too often.",
        }
        assert [item["quantity"] for item in ada.cart()["items"]] == [4]
        cloud.advance(1)
        removed = ada.remove(MUG).json["request_id"]
        cloud.settle()
        assert ada.request_status(removed) == "succeeded"
        assert ada.cart()["items"] == []

    def test_that_failed_is_done_by_replaying_the_archive(self, cloud, ada):
        start = cloud.clock.now()
        cloud.faults.arm("function:persist_cart", 3)
        request_id = ada.add(MUG).json["request_id"]
        cloud.advance(HOUR)
        cloud.replay(start, cloud.clock.now())
        cloud.advance(MINUTE)
        assert ada.request_status(request_id) == "succeeded"
        assert ada.cart()["items"][0]["quantity"] == 1

    def test_whose_failure_cannot_be_recorded_either_waits_in_a_dlq(self, cloud, ada):
        cloud.faults.arm("function:persist_cart", 3)
        cloud.faults.arm("function:record_failure", 3)
        ada.add(MUG)
        cloud.advance(HOUR)
        assert cloud.state()["queues"]["cart-functions-dlq-local"]["visible"] == 1


class TestReplay:
    def test_of_everything_changes_nothing_and_mails_nobody_again(self, cloud, ada):
        start = cloud.clock.now()
        ada.add(MUG, 2)
        cloud.advance(A_DAY_AND_A_WINDOW)
        before = ada.cart()
        cloud.replay(start, cloud.clock.now())
        cloud.advance(HOUR)
        assert ada.cart() == before
        assert len(cloud.inbox) == 1
        assert cloud.state()["schedules"] == []

    def test_does_not_bring_back_what_was_checked_out(self, cloud, ada):
        start = cloud.clock.now()
        ada.add(MUG)
        cloud.advance(MINUTE)
        ada.check_out()
        cloud.advance(HOUR)
        cloud.replay(start, cloud.clock.now())
        cloud.advance(3 * DAY)
        assert ada.cart()["items"] == []
        assert cloud.inbox == []


class TestPosting:
    def test_while_the_bus_is_down_is_503_and_adds_once_when_repeated(self, cloud, ada):
        cloud.faults.arm("events", 1)
        refused = ada.add(MUG, key="click")
        assert (refused.status, refused.json["error"]["code"]) == (503, "temporarily_unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert ada.add(MUG, key="click").status == 202
        cloud.settle()
        assert ada.cart()["items"][0]["quantity"] == 1

    def test_while_the_bus_takes_no_entry_is_503(self, cloud, ada):
        cloud.faults.arm("events", 3, "PartialFailure")
        refused = ada.add(MUG)
        assert (refused.status, refused.json["error"]["code"]) == (503, "events_not_accepted")
        cloud.settle()
        assert ada.cart()["items"] == []

    def test_when_the_bus_refuses_an_entry_once_is_accepted_all_the_same(self, cloud, ada):
        cloud.faults.arm("events", 1, "PartialFailure")
        assert ada.add(MUG).status == 202
        cloud.settle()
        assert ada.cart()["items"][0]["quantity"] == 1


def test_a_scheduler_that_is_down_for_good_is_recorded_and_the_cart_is_right(cloud, ada):
    cloud.faults.arm("scheduler", 1_000)
    request_id = ada.add(MUG).json["request_id"]
    cloud.advance(3 * MINUTE)
    assert ada.request_status(request_id) == "succeeded"
    assert logged(cloud, "record_failure", consumer="schedule_reminder")
