"""The HTTP API: what it takes, what it refuses, and what it puts on the bus."""

import json
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from chalicelib import wiring
from chalicelib.domain import ids
from chalicelib.domain.cart import Change, Contact, Kind, change_of
from chalicelib.domain.catalog import ProductList
from chalicelib.domain.errors import ErrorBody, EventsNotAccepted, TransientError
from chalicelib.domain.events import CartCheckedOut, Event, ItemAddedToCart, ItemRemovedFromCart
from chalicelib.domain.failures import Failure
from chalicelib.domain.mail_feedback import Reason
from chalicelib.domain.reminders import ReminderRule
from chalicelib.entrypoints.customer_api import customers
from tests.support.api_client import ApiClient
from tests.support.catalog import CATALOG, TEXTS, catalog_on, without
from tests.support.fakes import (
    InMemoryCarts,
    InMemoryFailures,
    InMemoryPreferences,
    InMemorySuppressions,
    RecordingBus,
)
from tests.support.products import FAILING, MUG, TEAPOT
from tests.support.standing_clock import standing_clock
from tests.support.times import NOON


class Shop:
    """The API with its neighbours in memory."""

    def __init__(self) -> None:
        self.settings = FakeSettings()
        self.catalog = CATALOG
        self.texts = TEXTS
        self.allowed_origins = ()
        self.event_bus = RecordingBus()
        self.carts = InMemoryCarts()
        self.failures = InMemoryFailures()
        self.preferences = InMemoryPreferences()
        self.suppressions = InMemorySuppressions()

    @property
    def published(self) -> list[Event]:
        return [envelope.data for envelope in self.event_bus.published]


class FakeSettings:
    stage = "dev"
    languages = ("en",)
    issuer: str | None = None
    api = "rest"
    user_pool_arn: str | None = None
    reminder_rule = ReminderRule(window=timedelta(hours=1), delay=timedelta(days=1))


@pytest.fixture(autouse=True)
def _noon():
    with standing_clock(NOON):
        yield


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop()
    monkeypatch.setattr(wiring, "adapters", shop)
    return shop


@pytest.fixture
def ada() -> ApiClient:
    return ApiClient(email="ada@example.com", name="Ada")


def test_products_are_the_catalogue_with_prices_in_minor_units(shop, ada):
    answer = ada.get("/products")
    assert answer.status == 200
    assert answer.body["currency"] == "EUR"
    assert {"sku": MUG, "unit_price": 1450}.items() <= answer.body["products"][0].items()


IMAGES = [
    (None, None),
    ("mug.svg", "storefront/pictures/mug.svg"),
    ("https://img.example/mug.jpg", "https://img.example/mug.jpg"),
]


@pytest.mark.parametrize(("image", "address"), IMAGES)
def test_a_product_tells_where_its_picture_and_its_own_page_are(shop, ada, image, address):
    url = "https://shop.example/mug"
    mug = structs.replace(CATALOG.require(MUG), image=image, url=url)
    shop.catalog = ProductList([mug], "EUR", "local")
    [product] = ada.get("/products").body["products"]
    assert (product.get("image"), product["url"]) == (address, url)


@pytest.mark.parametrize(("language", "category"), [("de", "Tee"), ("en", "Tea"), ("fr", "Tea")])
def test_a_product_tells_its_category_in_the_readers_language(shop, language, category):
    shop.settings.languages = ("en", "de", "fr")
    mug = structs.replace(CATALOG.require(MUG), category={"en": "Tea", "de": "Tee"})
    shop.catalog = ProductList([mug], "EUR", "local")
    reader = ApiClient(locale=language)
    [product] = reader.get("/products").body["products"]
    assert product["category"] == category


class TestAdding:
    def test_is_accepted_with_an_event_on_the_bus(self, shop, ada):
        answer = ada.post("/cart", {"sku": MUG, "quantity": 2})
        assert answer.status == 202
        assert answer.body["status"] == "accepted"
        [envelope] = shop.event_bus.published
        assert envelope.metadata.event_id == answer.body["request_id"]
        assert envelope.metadata.occurred_at == NOON
        added = envelope.data
        assert isinstance(added, ItemAddedToCart)
        assert (added.cart_id, added.sku, added.quantity) == (ada.sub, MUG, 2)
        assert (added.customer.email, added.customer.name) == ("ada@example.com", "Ada")

    def test_answers_links_below_the_stage_path(self, shop):
        client = ApiClient(stage_path="/api")
        answer = client.post("/cart", {"sku": MUG, "quantity": 1})
        status_link = f"/api/cart/requests/{answer.body['request_id']}"
        assert answer.body["links"] == {"status": status_link, "cart": "/api/cart"}
        assert answer.headers["Location"] == status_link

    def test_with_the_same_key_shares_the_tail_of_the_request_id(self, shop, ada):
        first = ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k1")
        with standing_clock(NOON + timedelta(minutes=3)):
            again = ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k1")
        assert first.body["request_id"] < again.body["request_id"]
        tails = {ids.tail_of(answer.body["request_id"]) for answer in (first, again)}
        assert len(tails) == 1

    def test_with_another_key_another_customer_or_none_shares_nothing(self, shop, ada):
        answers = [
            ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k1"),
            ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k2"),
            ApiClient().post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k1"),
            ada.post("/cart", {"sku": MUG, "quantity": 1}),
            ada.post("/cart", {"sku": MUG, "quantity": 1}),
        ]
        assert len({ids.tail_of(answer.body["request_id"]) for answer in answers}) == 5

    @pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 256, "tab\tkey"])
    def test_refuses_a_malformed_key(self, shop, ada, key):
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key=key)
        assert (answer.status, answer.body["error"]["code"]) == (400, "malformed_request")
        assert shop.published == []

    def test_shortens_a_very_long_name_rather_than_refusing_the_customer(self, shop):
        ApiClient(name="n" * 5000).post("/cart", {"sku": MUG, "quantity": 1})
        [added] = shop.published
        assert added.customer.name == "n" * 100

    @pytest.mark.parametrize(
        "claims",
        [
            {"email_verified": "false"},
            {"email_verified": ""},
            {"email_verified": "True"},
            {"email": ""},
            {"email": "ada@example.com\r\nBcc: eve@example.com"},
        ],
    )
    def test_by_whom_nobody_may_write_to_is_accepted_without_an_address(self, shop, claims):
        unverified = ApiClient(**claims)
        assert unverified.post("/cart", {"sku": MUG, "quantity": 1}).status == 202
        [added] = shop.published
        assert added.customer.recipient is None
        shop.carts.record(unverified.sub, Change(Kind.ADD, MUG, ids.event_id(NOON, 1), 2), NOON)
        assert unverified.get("/cart").body["reminder_due_at"] is None

    @pytest.mark.parametrize(
        ("zoneinfo", "known"),
        [
            ("Europe/Berlin", "Europe/Berlin"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
            ("Etc/GMT+5", "Etc/GMT+5"),
            ("Mars/Phobos", "Mars/Phobos"),
            ("", None),
            ("../../etc/passwd", None),
            ("Europe/", None),
            ("x" * 65, None),
            ("Europe/Berlin\n", None),
        ],
    )
    def test_tells_the_time_zone_that_the_sign_in_claims(self, shop, zoneinfo, known):
        answer = ApiClient(zoneinfo=zoneinfo).post("/cart", {"sku": MUG, "quantity": 1})
        assert answer.status == 202
        [added] = shop.published
        assert added.customer.time_zone == known

    def test_answers_503_when_the_bus_did_not_take_the_event(self, shop, ada):
        shop.event_bus.fail_next(TransientError("The bus is busy."))
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1})
        assert answer.status == 503
        assert answer.body["error"]["code"] == "temporarily_unavailable"
        assert int(answer.headers["Retry-After"]) >= 1

    @pytest.mark.parametrize(
        "error",
        [
            TransientError(
                "PutEvents failed with AccessDeniedException.",
                operation="PutEvents",
                aws_code="AccessDeniedException",
                aws_request_id="request-1",
            ),
            TransientError("AWS could not be reached: EndpointConnectionError.", aws_code="x"),
            EventsNotAccepted("The bus did not accept every event.", aws_codes=["InternalFailure"]),
        ],
    )
    def test_tells_nobody_what_failed_inside(self, shop, ada, capsys, error):
        shop.event_bus.fail_next(error)
        told = ada.post("/cart", {"sku": MUG, "quantity": 1}).body["error"]
        assert told == {
            "code": error.code,
            "message": "The shop cannot do this right now. Try again in a moment.",
        }
        [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        names = "operation", "aws_code", "aws_request_id"
        assert {name: line.get(name) for name in names} == {
            name: error.details.get(name) for name in names
        }

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ("not json", 400, "malformed_request"),
            ("", 400, "malformed_request"),
            (None, 400, "malformed_request"),
            ('{"sku": "MUG-STONE-350", "quantity": 1', 400, "malformed_request"),
            ([], 400, "malformed_request"),
            ([{"sku": MUG, "quantity": 1}], 400, "malformed_request"),
            ("null", 400, "malformed_request"),
            ({}, 400, "malformed_request"),
            ({"sku": MUG}, 400, "malformed_request"),
            ({"quantity": 1}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": 1, "price": 1}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": 1, "cart_id": "somebody-else"}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": 1.5}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": "2"}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": True}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": None}, 400, "malformed_request"),
            ({"sku": 7, "quantity": 1}, 400, "malformed_request"),
            ({"sku": None, "quantity": 1}, 400, "malformed_request"),
            ({"sku": MUG, "quantity": 0}, 422, "quantity_out_of_range"),
            ({"sku": MUG, "quantity": -1}, 422, "quantity_out_of_range"),
            ({"sku": MUG, "quantity": 100}, 422, "quantity_out_of_range"),
            ({"sku": MUG, "quantity": 10**30}, 422, "quantity_out_of_range"),
            ({"sku": "NO-SUCH-THING", "quantity": 1}, 422, "unknown_sku"),
            ({"sku": "", "quantity": 1}, 422, "unknown_sku"),
            ({"sku": MUG.lower(), "quantity": 1}, 422, "unknown_sku"),
            ({"sku": "☕" * 10, "quantity": 1}, 422, "unknown_sku"),
            ({"sku": "X" * 10_000, "quantity": 1}, 413, "request_too_large"),
            ('{"sku": "MUG-STONE-350", "quantity": 1' + " " * 8192 + "}", 413, "request_too_large"),
        ],
    )
    def test_refuses_bad_input_and_publishes_nothing(self, shop, ada, body, status, code):
        answer = ada.post("/cart", body)
        assert (answer.status, answer.body["error"]["code"]) == (status, code)
        assert answer.body["error"]["message"]
        assert shop.published == []

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "", "json"]
    )
    def test_refuses_a_body_that_is_not_declared_to_be_json(self, shop, ada, content_type):
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1}, content_type=content_type)
        assert (answer.status, answer.body["error"]["code"]) == (415, "unsupported_media_type")
        assert shop.published == []

    def test_takes_json_with_a_charset(self, shop, ada):
        content_type = "Application/JSON; charset=utf-8"
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1}, content_type=content_type)
        assert answer.status == 202

    def test_of_quantity_1_and_99_is_accepted(self, shop, ada):
        for quantity in (1, 99):
            assert ada.post("/cart", {"sku": MUG, "quantity": quantity}).status == 202


class TestRemovingAndCheckingOut:
    def test_removing_publishes_the_removal_even_of_a_line_that_is_not_there(self, shop, ada):
        answer = ada.delete_line(MUG)
        assert answer.status == 202
        assert shop.published == [ItemRemovedFromCart(ada.sub, MUG)]

    @pytest.mark.parametrize("sku", ["NO-SUCH-THING", "%F0%9F%8D%B5", "x" * 10_000, "*"])
    def test_removing_what_is_not_sold_is_refused(self, shop, ada, sku):
        answer = ada.delete_line(sku)
        assert (answer.status, answer.body["error"]["code"]) == (422, "unknown_sku")
        assert shop.published == []

    def test_a_withdrawn_product_can_be_removed_and_not_added(self, shop, ada):
        shop.catalog = without(MUG)
        assert ada.delete_line(MUG).status == 202
        assert shop.published == [ItemRemovedFromCart(ada.sub, MUG)]
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1})
        assert (answer.status, answer.body["error"]["code"]) == (422, "unknown_sku")

    def test_checking_out_publishes_the_check_out(self, shop, ada):
        assert ada.post("/cart/checkout").status == 202
        assert shop.published == [CartCheckedOut(ada.sub)]


def left(
    shop: Shop, customer: ApiClient, at: datetime = NOON, email: str = "ada@example.com"
) -> None:
    """Have two mugs in a cart since a time, added by somebody who could be mailed there."""
    added = ids.event_id(at, 1)
    contact = Contact(ids.split(added)[0], email)
    shop.carts.record(customer.sub, Change(Kind.ADD, MUG, added, 2), NOON, contact)


class TestReadingTheCart:
    def test_of_a_new_customer_is_empty(self, shop, ada):
        answer = ada.get("/cart")
        assert answer.status == 200
        assert answer.body == {
            "items": [],
            "total": 0,
            "currency": "EUR",
            "updated_at": None,
            "reminder_due_at": None,
        }

    def test_lists_the_lines_with_prices_and_when_the_reminder_comes(self, shop, ada):
        left(shop, ada)
        rule = FakeSettings.reminder_rule.of(ada.sub)
        due_at = rule.due_at(rule.window_of(NOON))
        assert ada.get("/cart").body == {
            "items": [
                {
                    "sku": MUG,
                    "name": "Stoneware mug",
                    "unit_price": 1450,
                    "quantity": 2,
                    "subtotal": 2900,
                }
            ],
            "total": 2900,
            "currency": "EUR",
            "updated_at": "2026-03-02T12:00:00Z",
            "reminder_due_at": f"{due_at:%Y-%m-%dT%H:%M:%SZ}",
        }

    def test_lists_a_withdrawn_product_without_counting_or_promising_anything(self, shop, ada):
        left(shop, ada)
        shop.catalog = without(MUG)
        cart = ada.get("/cart").body
        assert cart["items"] == [
            {
                "sku": MUG,
                "name": "Stoneware mug",
                "unit_price": 1450,
                "quantity": 2,
                "subtotal": 0,
                "available": False,
            }
        ]
        assert (cart["total"], cart["reminder_due_at"]) == (0, None)

    @pytest.mark.parametrize(
        "email", ["jörg@example.com", "ada@straße.example", '"ada"@example.com', "ada@localhost"]
    )
    def test_promises_no_reminder_to_an_address_that_cannot_be_mailed(self, shop, email):
        customer = ApiClient(email=email)
        left(shop, customer, email=email)
        assert customer.get("/cart").body["reminder_due_at"] is None

    def test_promises_no_reminder_to_whoever_wants_or_takes_none(self, shop, ada):
        bounced = ApiClient(email="bounced@example.com")
        left(shop, ada)
        left(shop, bounced, email="bounced@example.com")
        assert None not in [one.get("/cart").body["reminder_due_at"] for one in (ada, bounced)]
        shop.preferences.opt_out(ada.sub, NOON)
        shop.suppressions.add("bounced@example.com", Reason.BOUNCED, NOON)
        assert ada.get("/cart").body["reminder_due_at"] is None
        assert bounced.get("/cart").body["reminder_due_at"] is None

    @pytest.mark.parametrize(
        ("known_before", "is_promised"),
        [(None, False), (timedelta(hours=3), False), (timedelta(minutes=1), True)],
    )
    def test_promises_a_reminder_only_if_an_address_was_known_at_the_last_add(
        self, shop, ada, known_before, is_promised
    ):
        rule = FakeSettings.reminder_rule.of(ada.sub)
        end_of_window = ids.EPOCH + timedelta(seconds=rule.window_of(NOON))
        at = end_of_window - timedelta(minutes=1)
        if known_before is not None:
            left(shop, ada, at - known_before)
        shop.carts.record(ada.sub, Change(Kind.ADD, TEAPOT, ids.event_id(at, 2), 1), at)
        with standing_clock(at):
            assert (ada.get("/cart").body["reminder_due_at"] is not None) == is_promised

    def test_promises_no_reminder_where_the_address_of_the_last_add_gets_none(self, shop, ada):
        left(shop, ada, email="old@example.com")
        shop.suppressions.add("old@example.com", Reason.BOUNCED, NOON)
        assert ada.get("/cart").body["reminder_due_at"] is None

    def test_shows_nobody_the_cart_of_another(self, shop, ada):
        shop.carts.record(ada.sub, Change(Kind.ADD, MUG, ids.event_id(NOON, 1), 2), NOON)
        assert ApiClient().get("/cart").body["items"] == []


class TestFollowingAnotherRequest:
    @pytest.mark.parametrize("behind", [0, 1, 300, 5_000])
    def test_comes_after_it_though_the_clock_of_the_second_machine_is_behind(
        self, shop, ada, behind
    ):
        added = ada.post("/cart", {"sku": MUG, "quantity": 1}).body["request_id"]
        with standing_clock(NOON - timedelta(milliseconds=behind)):
            removed = ada.delete_line(MUG, after=added).body["request_id"]
        assert ids.time_of(removed) > ids.time_of(added)
        for envelope in shop.event_bus.published:
            shop.carts.record(ada.sub, change_of(envelope), NOON)
        assert ada.get("/cart").body["items"] == []

    def test_comes_a_millisecond_after_it_at_the_earliest(self, shop, ada):
        ahead = ids.event_id(NOON + timedelta(seconds=3), 1)
        answer = ada.delete_line(MUG, after=ahead)
        assert ids.time_of(answer.body["request_id"]) == NOON + timedelta(seconds=3, milliseconds=1)

    def test_is_dated_by_the_clock_if_that_is_later(self, shop, ada):
        first = ids.event_id(NOON - timedelta(minutes=3), 1)
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1}, after=first)
        assert ids.time_of(answer.body["request_id"]) == NOON

    @pytest.mark.parametrize(
        "after", ["", "yesterday", ids.event_id(NOON + timedelta(seconds=6), 1), "0" * 36]
    )
    def test_that_cannot_have_been_accepted_is_refused(self, shop, ada, after):
        answer = ada.post("/cart", {"sku": MUG, "quantity": 1}, after=after)
        assert (answer.status, answer.body["error"]["code"]) == (400, "malformed_request")
        assert shop.published == []


class TestReminders:
    def test_are_wanted_until_somebody_stops_them(self, shop, ada):
        assert ada.get("/cart/reminders").body == {"wanted": True}
        shop.preferences.opt_out(ada.sub, NOON)
        assert ada.get("/cart/reminders").body == {"wanted": False}

    @pytest.mark.parametrize("wishes", [[False], [False, True], [False, True, True, False], [True]])
    def test_are_as_they_were_wanted_last(self, shop, ada, wishes):
        left(shop, ada)
        for wanted in wishes:
            answer = ada.put("/cart/reminders", {"wanted": wanted})
            assert (answer.status, answer.body) == (200, {"wanted": wanted})
        assert ada.get("/cart/reminders").body == {"wanted": wishes[-1]}
        assert (ada.get("/cart").body["reminder_due_at"] is not None) == wishes[-1]

    def test_are_a_matter_of_the_customer_alone(self, shop, ada):
        ada.put("/cart/reminders", {"wanted": False})
        assert ApiClient().get("/cart/reminders").body == {"wanted": True}

    @pytest.mark.parametrize("body", [{}, {"wanted": "no"}, {"wanted": 0}, {"wanted": None}, []])
    def test_are_not_changed_by_what_is_malformed(self, shop, ada, body):
        assert ada.put("/cart/reminders", body).status == 400
        assert ada.get("/cart/reminders").body == {"wanted": True}


def failure_of(customer: ApiClient, request_id: str) -> Failure:
    return Failure(
        function="persist_cart",
        request_id=request_id,
        cart_id=customer.sub,
        job={"event": "ItemAddedToCart", "sku": MUG, "quantity": 1},
        error=ErrorBody("line_full", "The line is full."),
        attempts=1,
        failed_at=NOON,
        event={},
    )


class TestAskingForARequest:
    def test_that_nobody_has_heard_of_yet_is_pending(self, shop, ada):
        request_id = ada.post("/cart", {"sku": MUG, "quantity": 1}).body["request_id"]
        answer = ada.get_request(request_id)
        assert (answer.status, answer.body) == (
            200,
            {"request_id": request_id, "status": "pending"},
        )

    def test_that_is_done_answers_the_line_as_it_is_now(self, shop, ada):
        first, second = (ids.event_id(NOON, bits) for bits in (1, 2))
        shop.carts.record(ada.sub, Change(Kind.ADD, MUG, first, 2), NOON)
        shop.carts.record(ada.sub, Change(Kind.ADD, MUG, second, 3), NOON)
        answer = ada.get_request(first)
        assert answer.body["status"] == "succeeded"
        assert answer.body["line"]["quantity"] == 5

    def test_that_repeats_one_that_is_done_is_done(self, shop, ada):
        done = ids.event_id(NOON - timedelta(minutes=1), 7)
        shop.carts.record(ada.sub, Change(Kind.ADD, MUG, done, 1), NOON)
        assert ada.get_request(ids.event_id(NOON, 7)).body["status"] == "succeeded"

    def test_that_was_given_the_key_of_another_is_told_what_counted(self, shop, ada):
        first = self.done(shop, ada.post, "/cart", {"sku": MUG, "quantity": 1})
        for path, body in [
            ("/cart", {"sku": MUG, "quantity": 5}),
            ("/cart", {"sku": TEAPOT, "quantity": 1}),
            ("/cart/checkout", None),
        ]:
            other = self.done(shop, ada.post, path, body)
            assert ada.get_request(other).body == {
                "request_id": other,
                "status": "repeated",
                "counted": {"event": "ItemAddedToCart", "sku": MUG, "quantity": 1},
            }
        assert [item["quantity"] for item in ada.get("/cart").body["items"]] == [1]
        assert ada.get_request(first).body["status"] == "succeeded"

    def test_to_check_out_with_the_key_of_a_check_out_before_is_told_so(self, shop, ada):
        self.done(shop, ada.post, "/cart/checkout", None, key="c")
        self.done(shop, ada.post, "/cart", {"sku": MUG, "quantity": 1}, key="a")
        again = self.done(shop, ada.post, "/cart/checkout", None, key="c")
        status = ada.get_request(again).body
        assert (status["status"], status["counted"]) == ("repeated", {"event": "CartCheckedOut"})
        assert len(ada.get("/cart").body["items"]) == 1

    @pytest.mark.parametrize("sku", [MUG, TEAPOT])
    def test_with_the_key_of_a_removal_before_is_told_so(self, shop, ada, sku):
        self.done(shop, ada.delete_line, sku)
        other = self.done(shop, ada.post, "/cart", {"sku": MUG, "quantity": 1})
        status = ada.get_request(other).body
        assert status["status"] == "repeated"
        assert status["counted"] == {"event": "ItemRemovedFromCart", "sku": sku}

    def test_is_pending_though_a_later_one_with_its_key_has_come_first(self, shop, ada):
        first = ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k")
        with standing_clock(NOON + timedelta(minutes=1)):
            later = ada.post("/cart", {"sku": MUG, "quantity": 2}, idempotency_key="k")
            shop.carts.record(ada.sub, change_of(shop.event_bus.published[-1]), NOON)
            assert ada.get_request(later.body["request_id"]).body["status"] == "succeeded"
            assert ada.get_request(first.body["request_id"]).body["status"] == "pending"

    def test_to_add_with_the_key_of_what_was_checked_out_since_is_told_so(self, shop, ada):
        self.done(shop, ada.post, "/cart", {"sku": MUG, "quantity": 1}, key="a")
        self.done(shop, ada.post, "/cart/checkout", None, key="c")
        again = self.done(shop, ada.post, "/cart", {"sku": MUG, "quantity": 1}, key="a")
        assert ada.get_request(again).body["status"] == "repeated"
        assert ada.get("/cart").body["items"] == []

    def test_that_failed_stays_failed_whatever_else_its_key_is_used_for(self, shop, ada):
        failed = ada.post("/cart", {"sku": MUG, "quantity": 1}, idempotency_key="k")
        shop.failures.record(failure_of(ada, failed.body["request_id"]))
        other = self.done(shop, ada.post, "/cart", {"sku": TEAPOT, "quantity": 1})
        assert ada.get_request(failed.body["request_id"]).body["status"] == "failed"
        assert ada.get_request(other).body["status"] == "succeeded"

    @staticmethod
    def done(shop, ask, *request, key="k") -> str:
        """Have a request done, a minute after the last one; return its id."""
        minutes = len(shop.event_bus.published)
        with standing_clock(NOON - timedelta(hours=1) + timedelta(minutes=minutes)):
            request_id = ask(*request, idempotency_key=key).body["request_id"]
        envelope = shop.event_bus.published[-1]
        shop.carts.record(envelope.data.cart_id, change_of(envelope), NOON)
        return request_id

    @pytest.mark.parametrize("milliseconds", [1, 200, 5_000])
    def test_that_failed_at_once_is_failed_though_the_clock_of_the_api_is_ahead(
        self, shop, ada, milliseconds
    ):
        request_id = ids.event_id(NOON + timedelta(milliseconds=milliseconds), 1)
        shop.failures.record(failure_of(ada, request_id))
        assert ada.get_request(request_id).body["status"] == "failed"

    def test_that_failed_like_the_try_before_it_is_failed_whichever_was_recorded_last(
        self, shop, ada
    ):
        first, again = ids.event_id(NOON - timedelta(seconds=9), 1), ids.event_id(NOON, 1)
        for recorded in ([first, again], [again, first]):
            for request_id in recorded:
                shop.failures.record(failure_of(ada, request_id))
            assert ada.get_request(again).body["status"] == "failed"
        assert ada.get_request(first).body["status"] == "failed"

    @pytest.mark.parametrize(
        "age", [timedelta(minutes=16), timedelta(hours=25), timedelta(days=29, hours=23)]
    )
    def test_that_may_still_come_is_pending_however_long_nobody_has_heard_of_it(
        self, shop, ada, age
    ):
        request_id = ids.event_id(NOON - age, 1)
        assert ada.get_request(request_id).body["status"] == "pending"
        shop.carts.record(ada.sub, Change(Kind.ADD, MUG, request_id, 2), NOON)
        assert ada.get_request(request_id).body["status"] == "succeeded"

    def test_that_nobody_has_heard_of_for_thirty_days_is_unknown(self, shop, ada):
        last = ids.event_id(NOON - timedelta(days=30), 1)
        assert ada.get_request(last).body["status"] == "pending"
        lost = ids.event_id(NOON - timedelta(days=30, milliseconds=1), 1)
        assert ada.get_request(lost).status == 404

    def test_to_remove_that_is_done_answers_that_the_line_is_empty(self, shop, ada):
        removed = self.done(shop, ada.delete_line, MUG)
        line = ada.get_request(removed).body["line"]
        assert (line["sku"], line["quantity"], line["subtotal"]) == (MUG, 0, 0)

    def test_to_check_out_that_is_done_has_no_line(self, shop, ada):
        request_id = ids.event_id(NOON, 1)
        shop.carts.record(ada.sub, Change(Kind.REMOVE, "*", request_id), NOON)
        assert ada.get_request(request_id).body == {
            "request_id": request_id,
            "status": "succeeded",
        }

    def test_that_failed_answers_the_job_and_the_error(self, shop, ada):
        request_id = ids.event_id(NOON, 1)
        shop.failures.record(failure_of(ada, request_id))
        answer = ada.get_request(request_id)
        assert answer.status == 200
        assert answer.body == {
            "request_id": request_id,
            "status": "failed",
            "job": {"event": "ItemAddedToCart", "sku": MUG, "quantity": 1},
            "error": {"code": "line_full", "message": "The line is full."},
        }

    @pytest.mark.parametrize("seconds", [-300, 0, 1, 300])
    def test_that_repeats_one_that_failed_before_or_since_is_another_try(self, shop, ada, seconds):
        failed_at = NOON + timedelta(seconds=seconds)
        shop.failures.record(
            Failure(
                function="persist_cart",
                request_id=ids.event_id(NOON - timedelta(minutes=8), 7),
                cart_id=ada.sub,
                job={},
                error=ErrorBody("retries_exhausted", "Every attempt failed."),
                attempts=3,
                failed_at=failed_at,
                event={},
            )
        )
        assert ada.get_request(ids.event_id(NOON, 7)).body["status"] == "pending"

    @pytest.mark.parametrize(
        "request_id",
        [
            "unknown",
            "",
            "../../cart",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-7fff-bfff-ffffffffffff",
            "0192F0C1-0000-7000-8000-000000000000",
            ids.event_id(NOON - timedelta(days=30, seconds=1), 1),
            ids.event_id(NOON + timedelta(minutes=1), 1),
            ids.event_id(NOON, 1) + "\n",
            "☕",
        ],
    )
    def test_that_was_never_made_is_404(self, shop, ada, request_id):
        answer = ada.get_request(request_id)
        assert (answer.status, answer.body["error"]["code"]) == (404, "unknown_request")

    def test_of_another_customer_is_not_theirs_to_see(self, shop, ada):
        request_id = ids.event_id(NOON - timedelta(hours=1), 1)
        shop.carts.record(ada.sub, Change(Kind.ADD, MUG, request_id, 2), NOON)
        assert ApiClient().get_request(request_id).body == {
            "request_id": request_id,
            "status": "pending",
        }
        assert ada.get_request(request_id).body["status"] == "succeeded"


def test_an_error_nobody_foresaw_is_a_500_in_the_one_shape_and_logged_without_its_text(
    shop, ada, monkeypatch, capsys
):
    monkeypatch.setattr(shop.carts, "read", lambda *_: 1 / 0)
    answer = ada.get("/cart")
    assert (answer.status, answer.body["error"]["code"]) == (500, "internal_error")
    logged = capsys.readouterr().out
    assert '"error":"ZeroDivisionError"' in logged
    assert "division by zero" not in logged


class TestFailingProduct:
    """The product of the demo shop whose persisting fails for a while."""

    def test_is_accepted_as_any_other(self, shop, ada):
        assert ada.post("/cart", {"sku": FAILING, "quantity": 1}).status == 202
        assert shop.event_bus.published[0].data.sku == FAILING

    def test_is_listed_without_a_word_about_how_it_fails(self, shop, ada):
        [product] = [one for one in ada.get("/products").body["products"] if one["sku"] == FAILING]
        assert product.keys() == {"sku", "name", "description", "unit_price"}

    @pytest.mark.parametrize("stage", ["prod", "staging"])
    def test_is_not_sold_where_there_are_customers(self, shop, ada, stage):
        shop.catalog = catalog_on(stage)
        assert FAILING not in [one["sku"] for one in ada.get("/products").body["products"]]
        answers = [ada.post("/cart", {"sku": FAILING, "quantity": 1}), ada.delete_line(FAILING)]
        for answer in answers:
            assert (answer.status, answer.body["error"]["code"]) == (422, "unknown_sku")
        assert shop.published == []


class TestTheAuthorizer:
    def test_takes_the_tokens_of_the_user_pool(self, shop):
        shop.settings.api, shop.settings.user_pool_arn = "rest", "arn:aws:cognito-idp:pool"
        found = customers.to_swagger()["x-amazon-apigateway-authorizer"]
        assert (found["type"], found["providerARNs"]) == (
            *("cognito_user_pools", ["arn:aws:cognito-idp:pool"]),
        )

    def test_lets_no_customer_in_where_they_call_the_http_api(self, shop):
        shop.settings.api, shop.settings.user_pool_arn = "http", None
        found = customers.to_swagger()
        assert found["x-amazon-apigateway-authtype"] == "awsSigv4"
        assert "x-amazon-apigateway-authorizer" not in found
