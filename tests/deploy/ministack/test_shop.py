"""The deployed functions, each in a process of its own and allowed what its policy says."""

import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.events import Customer
from tests.deploy.ministack import project
from tests.deploy.ministack.customer import eventually, send
from tests.deploy.ministack.project import STAGE
from tests.deploy.ministack.shop import Shop
from tests.support.builders import invocation_record, item_added, on_bus
from tests.support.products import MUG, TEA

numbers = itertools.count(1)


@pytest.fixture
def ada(shop):
    return shop.sign_in(f"ada-{next(numbers)}@example.com", "Ada")


@pytest.fixture(autouse=True)
def nothing_is_refused(shop):
    before = len(shop.emulator.refusals())
    yield
    assert shop.emulator.refusals()[before:] == []


def test_the_catalogue_is_for_everybody(shop):
    answer = send(shop.url, "GET", "/products")
    assert answer.status == 200
    assert MUG in {product["sku"] for product in answer.json["products"]}


@pytest.mark.parametrize("token", [None, "made.up.token"])
def test_a_cart_is_for_those_who_have_signed_in(shop, token):
    answer = send(shop.url, "GET", "/cart", token=token)
    assert (answer.status, answer.json["error"]["code"]) == (401, "unauthorized")


def test_a_token_that_was_tampered_with_is_refused(shop, ada):
    header, claims, signature = ada.token.split(".")
    tampered = f"{header}.{claims}.{signature[:-8]}AAAAAAAA"
    assert send(shop.url, "GET", "/cart", token=tampered).status == 401


def test_an_add_is_written_to_the_table_and_shows_in_the_cart(shop, ada):
    request_id = ada.add(MUG, 2)
    eventually(lambda: ada.status_of(request_id) == "succeeded")
    assert f"LINE#{MUG}" in shop.items(ada)
    [line] = ada.send("GET", "/cart").json["items"]
    assert (line["sku"], line["quantity"], line["subtotal"]) == (MUG, 2, 2900)


def test_a_line_can_be_removed_and_a_cart_checked_out(shop, ada):
    ada.add(MUG)
    ada.add(TEA)
    eventually(lambda: len(ada.send("GET", "/cart").json["items"]) == 2)
    assert ada.send("DELETE", f"/cart/{MUG}").status == 202
    eventually(lambda: len(ada.send("GET", "/cart").json["items"]) == 1)
    assert ada.send("POST", "/cart/checkout").status == 202
    eventually(lambda: ada.send("GET", "/cart").json["items"] == [])


def test_an_add_makes_one_schedule_that_goes_when_it_has_fired(shop, ada):
    ada.add(MUG)
    [schedule] = eventually(lambda: shop.schedules(ada))
    target = schedule["Target"]
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert target["Arn"].endswith(f":event-bus/cart-{STAGE}")
    assert target["RoleArn"].endswith(f":role/cart-{STAGE}-scheduler")
    assert target["DeadLetterConfig"]["Arn"].endswith(f":cart-schedules-dlq-{STAGE}")
    assert target["RetryPolicy"]["MaximumRetryAttempts"] > 0


def test_a_schedule_whose_time_has_come_has_the_reminder_mailed_and_is_gone(shop, ada):
    ada.add(TEA)
    [schedule] = eventually(lambda: shop.schedules(ada))
    shop.make_due(schedule)
    [mail] = eventually(lambda: shop.emulator.mails_to(ada.email))
    assert "Sencha" in mail.text
    assert shop.schedules(ada) == []


def test_a_reminder_that_is_due_is_mailed_once_however_often_it_comes(shop, ada):
    ada.add(MUG, 2)
    [schedule] = eventually(lambda: shop.schedules(ada))
    shop.fire(schedule)
    [mail] = eventually(lambda: shop.emulator.mails_to(ada.email))
    assert "Stoneware mug" in mail.text
    assert "29.00" in mail.text
    eventually(lambda: "sent" in logged(shop, "send_reminder", event_id_of(schedule)))

    shop.fire(schedule)
    eventually(lambda: reasons(shop, schedule) == ["already_sent"])
    assert len(shop.emulator.mails_to(ada.email)) == 1


def test_a_job_that_lambda_gave_up_is_failed_for_its_customer(shop, ada):
    customer = Customer(id=ada.id, email=ada.email, name="Ada")
    lost = item_added(at=datetime.now(UTC), customer=customer)
    error = {"errorType": "TransientError", "errorMessage": "UpdateItem failed."}
    record = invocation_record(on_bus(lost), error, condition="RetriesExhausted", attempts=3)
    shop.put("lambda", "Lambda Function Invocation Result - Failure", record)
    eventually(lambda: ada.status_of(lost.metadata.event_id) == "failed")


def test_an_address_that_bounced_gets_no_more_mail(shop, ada):
    ada.add(MUG)
    [schedule] = eventually(lambda: shop.schedules(ada))
    bounce = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": ada.email}]}
    # Nobody but SES may put its events on a bus.
    event = {"source": "aws.ses", "detail-type": "Email Bounced", "detail": {"bounce": bounce}}
    shop.invoke("suppress_address", event)
    shop.fire(schedule)
    eventually(lambda: "suppressed" in reasons(shop, schedule))
    assert shop.emulator.mails_to(ada.email) == []


def test_to_deploy_again_changes_nothing(shop, folder):
    said = []
    project.deploy(shop.emulator, folder, said.append)
    assert said.count("  Nothing to change.") == 3


def test_to_deploy_again_restores_what_was_removed_by_hand(shop, folder, ada):
    bus, function = f"cart-{STAGE}", f"cart-{STAGE}-persist_cart"
    events, functions = shop.emulator.client("events"), shop.emulator.client("lambda")
    events.remove_targets(Rule="persist-cart", EventBusName=bus, Ids=["persist_cart"])
    functions.delete_function_event_invoke_config(FunctionName=function)
    said = []
    project.deploy(shop.emulator, folder, said.append)
    restored = {line.strip() for line in said if "Restoring" in line}
    assert restored == {
        "Restoring target of rule persist-cart, which was missing or changed",
        f"Restoring retries and destinations of {function}, which was missing",
    }
    request_id = ada.add(MUG)
    eventually(lambda: ada.status_of(request_id) == "succeeded")


def reasons(shop: Shop, schedule: Mapping[str, Any]) -> list[str]:
    """Give why a schedule's reminder was not mailed, each time that it was not."""
    return [
        line["reason"]
        for line in shop.log_of("send_reminder")
        if line.get("event_id") == event_id_of(schedule) and "reason" in line
    ]


def event_id_of(schedule: Mapping[str, Any]) -> str:
    """Give the id of the event that a schedule puts on the bus."""
    return str(json.loads(schedule["Target"]["Input"])["metadata"]["event_id"])


def logged(shop: Shop, function: str, event_id: str) -> list[str]:
    """Give what a consumer logged that was done about an event."""
    return [
        line.get("reported", line["outcome"])
        for line in shop.log_of(function)
        if line.get("event_id") == event_id
    ]
