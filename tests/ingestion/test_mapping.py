"""What API Gateway makes of a request by itself: the same event as the API, for the same caller."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import events, ids
from chalicelib.domain.errors import MalformedEvent
from chalicelib.domain.events import ItemAddedToCart
from chalicelib.web.bodies import AddItem
from tests.ingestion.gateway import Gateway
from tests.ingestion.requests import (
    ADA,
    MUGS,
    NOW,
    REQUEST_ID,
    entry_of,
    message_of,
    on_bus,
    to_bus,
    to_topic,
)
from tests.support.builders import CART_ID
from tests.support.catalog import PRODUCTS

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
UUIDS = st.uuids(version=4).map(str)
BOTH = pytest.mark.parametrize("gateway", [to_bus, to_topic], ids=["eventbridge", "sns"])
HOSTILE = [
    "o'hara@example.com",
    '"quoted"@example.com',
    "back\\slash@example.com",
    "back\\'slash@example.com",
    'a","id":"somebody@else.example',
    "a\\u0022@example.com",
    "grüße@example.com",
    "$context.requestId@example.com",
    "a&b=c+d%40@example.com",
]


def told(
    gateway: Gateway,
    at: datetime = NOW,
    request_id: str = REQUEST_ID,
    kind: type[int | str] = int,
) -> str:
    """Return the request id that the client is told."""
    context = gateway.context(ADA, at, request_id)
    context["requestTimeEpoch"] = kind(context["requestTimeEpoch"])
    answer = json.loads(gateway.to_client({"FailedEntryCount": 0}, context).text)
    assert answer["status"] == "accepted"
    return str(answer["request_id"])


class TestTheId:
    @BOTH
    @given(at=TIMES, request_id=UUIDS)
    def test_is_a_uuid7_of_the_time_and_the_random_bits_of_the_request(
        self, gateway, at, request_id
    ):
        event_id = told(gateway, at, request_id)
        assert ids.is_event_id(event_id)
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        assert ids.time_of(event_id) == at
        random = UUID(request_id).int & ((1 << 62) - 1)
        assert UUID(event_id).int & ((1 << 62) - 1) == random

    @BOTH
    @given(at=TIMES)
    def test_is_the_same_whether_the_gateways_time_is_a_number_or_a_text(self, gateway, at):
        assert told(gateway, at, kind=str) == told(gateway, at, kind=int)

    def test_is_the_same_in_answer_event_and_message(self):
        event_id = on_bus(entry_of(MUGS))["detail"]["metadata"]["event_id"]
        [record] = message_of(MUGS)["Records"]
        in_message = record["Sns"]["MessageAttributes"]["event_id"]["Value"]
        assert {event_id, in_message} == {told(to_bus)} == {told(to_topic)}


class TestTheEvent:
    def test_is_what_the_api_would_publish(self):
        event = events.parse(on_bus(entry_of(MUGS)), ItemAddedToCart, now=NOW)
        customer = events.Customer(CART_ID, "ada@example.com")
        data = ItemAddedToCart(CART_ID, customer, MUGS["sku"], MUGS["quantity"])
        assert event == events.first(told(to_bus), data)

    @given(at=TIMES)
    def test_occurred_when_the_request_came(self, at):
        event = events.parse(on_bus(entry_of(MUGS, at=at)), ItemAddedToCart, now=at)
        assert event.metadata.occurred_at == ids.time_of(event.metadata.event_id)

    def test_goes_to_the_bus_of_the_stage(self):
        assert entry_of(MUGS)["EventBusName"] == "cart-dev"

    @pytest.mark.parametrize("email", HOSTILE)
    def test_holds_an_address_as_it_is_whatever_is_in_it(self, email):
        data = on_bus(entry_of(MUGS, {**ADA, "email": email}))["detail"]["data"]
        assert data["customer"] == {"id": CART_ID, "email": email}
        message = message_of(MUGS, {**ADA, "email": email})
        assert body_of(message) == {"customer": {"id": CART_ID, "email": email}, "item": MUGS}

    def test_tells_nobody_by_the_attributes_of_a_message_whose_it_is(self):
        [record] = message_of(MUGS, {**ADA, "email": "ada@example.com"})["Records"]
        assert set(record["Sns"]["MessageAttributes"]) == {"event_id", "occurred_at"}

    @pytest.mark.parametrize("verified", [{"email_verified": "false"}, {}])
    def test_holds_no_address_that_is_not_verified(self, verified):
        claims = {"sub": CART_ID, "email": "ada@example.com", **verified}
        assert on_bus(entry_of(MUGS, claims))["detail"]["data"]["customer"] == {"id": CART_ID}
        assert body_of(message_of(MUGS, claims))["customer"] == {"id": CART_ID}

    @pytest.mark.parametrize(
        "body",
        [
            {"sku": 'MUG", "cart_id": "victim', "quantity": 1},
            {"sku": "MUG", "quantity": '1}, "cart_id": "victim", "x": {"y": 1'},
            {"sku": {"cart_id": "victim"}, "quantity": 1},
            {"sku": "MUG", "quantity": 100},
        ],
    )
    def test_stays_the_callers_and_is_refused_if_a_body_got_by_unchecked(self, body):
        event = on_bus(entry_of(body))
        assert event["detail"]["data"]["cart_id"] == CART_ID
        with pytest.raises(MalformedEvent):
            events.parse(event, ItemAddedToCart, now=NOW)

    @pytest.mark.parametrize("body", [{"customer": {"id": "victim"}}, 'MUG", "x": {}}', []])
    def test_of_a_message_is_the_callers_whatever_is_in_the_body(self, body):
        message = body_of(message_of(body))
        assert message == {"customer": {"id": CART_ID, "email": ADA["email"]}, "item": body}


def body_of(message: dict[str, Any]) -> dict[str, Any]:
    [record] = message["Records"]
    return json.loads(record["Sns"]["Message"])


class TestTheAnswer:
    def test_is_503_when_the_bus_did_not_take_the_event(self):
        context = to_bus.context(ADA, NOW, REQUEST_ID)
        answer = to_bus.to_client({"FailedEntryCount": 1}, context)
        assert answer.status == "503"
        assert json.loads(answer.text)["error"]["code"] == "events_not_accepted"

    @BOTH
    def test_is_503_when_the_service_answers_an_error(self, gateway):
        [failure] = [
            each
            for each in gateway.integration["IntegrationResponses"]
            if each["StatusCode"] == "503"
        ]
        assert failure["SelectionPattern"] == r"[45]\d{2}"
        error = json.loads(failure["ResponseTemplates"]["application/json"])["error"]
        assert error["code"] == "events_not_accepted"


class TestTheRole:
    @BOTH
    def test_is_for_this_api_of_this_account_and_publishes_adds_only(self, gateway):
        role = gateway.resources["Publisher"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "apigateway.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {
            "aws:SourceAccount": {"Ref": "AWS::AccountId"}
        }
        sources = trust["Condition"]["ArnLikeIfExists"]["aws:SourceArn"]
        assert all("${Api}/*" in source["Fn::Sub"] for source in sources)
        (policy,) = role["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (
            statement["Action"]
            == {
                to_bus: "events:PutEvents",
                to_topic: "sns:Publish",
            }[gateway]
        )
        assert "*" not in json.dumps(statement["Resource"])


class TestTheBody:
    @BOTH
    @pytest.mark.parametrize(
        "body",
        [
            MUGS,
            {"sku": "MUG-STONE-350", "quantity": 99},
            {"sku": "MUG-STONE-350"},
            {"sku": "MUG-STONE-350", "quantity": "2"},
            {"sku": "MUG-STONE-350", "quantity": 1.5},
            {"sku": 7, "quantity": 1},
            {"sku": "MUG-STONE-350", "quantity": 1, "price": 1},
            [],
        ],
    )
    def test_is_one_that_the_api_takes(self, gateway, body):
        assert is_taken_by_the_gateway(gateway, body) == is_taken_by_the_api(body)

    @BOTH
    @pytest.mark.parametrize("quantity", [0, -1, 100])
    def test_has_a_quantity_in_the_range(self, gateway, quantity):
        assert not is_taken_by_the_gateway(gateway, {**MUGS, "quantity": quantity})

    @BOTH
    def test_may_name_any_product(self, gateway):
        for product in PRODUCTS:
            assert is_taken_by_the_gateway(gateway, {"sku": product.sku, "quantity": 1})

    @BOTH
    def test_is_checked_or_refused(self, gateway):
        """What no model is for would not be checked, so what is not JSON gets no further."""
        assert gateway.integration["PassthroughBehavior"] == "NEVER"
        assert set(gateway.method["RequestModels"]) == {"application/json"}
        assert set(gateway.integration["RequestTemplates"]) == {"application/json"}
        assert gateway.resources["CheckedBody"]["ValidateRequestBody"] is True

    @BOTH
    def test_is_taken_from_signed_in_customers_only(self, gateway):
        assert gateway.method["AuthorizationType"] == "COGNITO_USER_POOLS"


def is_taken_by_the_gateway(gateway: Gateway, body: object) -> bool:
    return jsonschema.Draft4Validator(gateway.schema).is_valid(body)


def is_taken_by_the_api(body: object) -> bool:
    try:
        msgspec.json.decode(json.dumps(body), type=AddItem)
    except msgspec.ValidationError:
        return False
    return True
