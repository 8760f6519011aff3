"""The deployed functions, each in a process of its own and allowed what its policy says.

What `python -m infra verify` looks at is in `test_verify.py`, and what follows from Lambda's
destinations and from bounces is shown on LocalEmu.
"""

import io
import itertools
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.deploy.ministack import project
from tests.deploy.ministack.customer import eventually, send
from tests.deploy.ministack.project import STAGE
from tests.deploy.ministack.shop import Shop
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


def test_a_token_that_was_tampered_with_is_refused(shop, ada):
    header, claims, signature = ada.token.split(".")
    tampered = f"{header}.{claims}.{signature[:-8]}AAAAAAAA"
    assert send(shop.url, "GET", "/cart", token=tampered).status == 401


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


def test_to_deploy_again_changes_nothing(shop, folder):
    said = []
    project.deploy(shop.emulator, folder, said.append)
    assert said.count("  Nothing to change.") == 3


def test_to_deploy_again_restores_what_was_removed_by_hand(shop, folder, ada):
    bus, function = f"cart-{STAGE}", f"cart-{STAGE}-persist_cart"
    events, functions = shop.emulator.client("events"), shop.emulator.client("lambda")
    events.remove_targets(Rule="persist-cart", EventBusName=bus, Ids=["persist_cart"])
    functions.delete_function_event_invoke_config(FunctionName=function)
    functions.update_function_code(
        FunctionName=function, ZipFile=package_of_nothing(), Architectures=["arm64"]
    )
    said = []
    project.deploy(shop.emulator, folder, said.append)
    restored = {line.strip() for line in said if "Restoring" in line}
    assert restored == {
        "Restoring target of rule persist-cart, which was missing or changed",
        f"Restoring retries and destinations of {function}, which was missing",
    }
    there = functions.get_function_configuration(FunctionName=function)
    assert there["Architectures"] == ["x86_64"]
    request_id = ada.add(MUG)
    eventually(lambda: ada.status_of(request_id) == "succeeded")


def package_of_nothing() -> bytes:
    content = io.BytesIO()
    zipfile.ZipFile(content, "w").close()
    return content.getvalue()


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
