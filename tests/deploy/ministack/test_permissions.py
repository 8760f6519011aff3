"""A permission that is missing is noticed: what it was for does not happen, and says why."""

import pytest

from tests.deploy.ministack.customer import Customer, eventually
from tests.deploy.ministack.emulator import Refusal
from tests.deploy.ministack.project import STAGE
from tests.deploy.ministack.shop import Shop
from tests.support.products import MUG


def post(shop: Shop, customer: Customer) -> None:
    customer.send("POST", "/cart", {"sku": MUG, "quantity": 1})


def look(shop: Shop, customer: Customer) -> None:
    customer.send("GET", "/cart")


def remind(shop: Shop, customer: Customer) -> None:
    customer.add(MUG)
    [schedule] = eventually(lambda: shop.schedules(customer))
    shop.fire(schedule)


@pytest.mark.parametrize(
    ("function", "statement", "action", "use"),
    [
        ("api_handler", "PublishWhatCustomersDo", "events:PutEvents", post),
        ("api_handler", "ReadCartsAndFailures", "dynamodb:Query", look),
        ("persist_cart", "WriteCartLines", "dynamodb:UpdateItem", post),
        ("schedule_reminder", "CreateReminders", "scheduler:CreateSchedule", post),
        ("send_reminder", "ClaimAndRecord", "dynamodb:PutItem", remind),
        ("send_reminder", "SendAsTheShop", "ses:SendEmail", remind),
    ],
)
def test_without_a_statement_the_function_is_refused(shop, function, statement, action, use):
    customer = shop.sign_in(f"{function}-{statement}@example.com", "Ada")
    refusal = Refusal(f"cart-{STAGE}-{function}", action)
    assert refusal not in shop.emulator.refusals()
    with shop.without(function, statement):
        use(shop, customer)
        eventually(lambda: refusal in shop.emulator.refusals())
    assert shop.emulator.mails_to(customer.email) == []


def test_an_api_that_may_not_publish_tells_customers_only_that_it_is_unavailable(shop):
    customer = shop.sign_in("unlucky@example.com", "Ada")
    with shop.without("api_handler", "PublishWhatCustomersDo"):
        answer = customer.send("POST", "/cart", {"sku": MUG, "quantity": 1})
    assert (answer.status, answer.json["error"]["code"]) == (503, "temporarily_unavailable")
