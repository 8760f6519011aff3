import copy
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import msgspec
import pytest

from chalicelib.domain import events, ids
from chalicelib.domain.errors import (
    MalformedEvent,
    PermanentError,
    UnknownEvent,
    UnsupportedVersion,
)
from chalicelib.domain.events import (
    EVENTS,
    MAX_AHEAD,
    AddressSuppressed,
    CartCheckedOut,
    CartEvent,
    CartReminderDue,
    Customer,
    CustomerEvent,
    Envelope,
    ItemAddedToCart,
    ItemRemovedFromCart,
    ReminderFollowed,
    RemindersAllowed,
    ReminderSent,
    ReminderSkipped,
    RemindersStopped,
)
from tests.support.builders import (
    ADA,
    CART_ID,
    NOW,
    RECIPIENT,
    checked_out,
    guest_cart_merged,
    item_added,
    item_removed,
    new_id,
    on_bus,
    reminder_due,
)

ONE_OF_EACH: list[Envelope[Any]] = [
    item_added(),
    item_removed(),
    checked_out(),
    guest_cart_merged(),
    events.first(new_id(), RemindersStopped(CART_ID, "link")),
    events.first(new_id(), RemindersAllowed(CART_ID, "page", "Remind me of my cart.")),
    reminder_due(),
    events.first(new_id(), ReminderSent(CART_ID, 1_772_445_600, 1)),
    events.first(new_id(), ReminderSkipped(CART_ID, 1_772_445_600, 2, "cart_empty")),
    events.first(new_id(), ReminderFollowed(CART_ID, 1_772_445_600, 1)),
    events.first(new_id(), AddressSuppressed("a" * 43, "bounced")),
]
OPTIONAL = {
    ("metadata", "causation_id"),
    ("data", "customer", "name"),
    ("data", "customer", "locale"),
    ("data", "customer", "time_zone"),
    ("data", "wording"),
    ("data", "unit_price"),
    ("data", "currency"),
}
LATER = NOW + timedelta(days=1)
NOT_A_STRING: list[Any] = [5, True, [], {}]

one_of_each = pytest.mark.parametrize(
    "envelope", ONE_OF_EACH, ids=lambda envelope: envelope.data.detail_type
)


def paths(value: object, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the path of every field, nested ones included."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield (*above, name)
            yield from paths(below, *above, name)


FIELDS = [
    pytest.param(envelope, path, id=f"{envelope.data.detail_type}-{'.'.join(path)}")
    for envelope in ONE_OF_EACH
    for path in paths(msgspec.to_builtins(envelope))
]


def changed(envelope: Envelope, path: tuple[str, ...], *value: object) -> dict[str, Any]:
    """Return the event with the field at ``path`` set to ``value``, or without it."""
    event = copy.deepcopy(on_bus(envelope))
    place = event["detail"]
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    if value:
        place[path[-1]] = value[0]
    return event


def is_address_of_an_add(envelope: Envelope, path: tuple[str, ...]) -> bool:
    return path == ("data", "customer", "email") and isinstance(envelope.data, CustomerEvent)


def is_step_of_a_wake_up(envelope: Envelope, path: tuple[str, ...]) -> bool:
    return path == ("data", "step") and isinstance(envelope.data, CartReminderDue)


def parse(event: dict[str, Any]) -> Envelope:
    return events.parse(event, *EVENTS, now=LATER)


def test_there_is_an_example_of_every_event() -> None:
    assert [type(envelope.data) for envelope in ONE_OF_EACH] == list(EVENTS)


@one_of_each
def test_an_event_survives_the_bus(envelope: Envelope) -> None:
    assert parse(on_bus(envelope)) == envelope


@one_of_each
def test_an_event_on_the_bus_has_metadata_and_data(envelope: Envelope) -> None:
    detail = json.loads(events.encode(envelope))
    assert set(detail) == {"metadata", "data"}
    assert detail["metadata"]["version"] == envelope.data.version
    assert detail["metadata"]["occurred_at"] == "2026-03-02T09:30:00Z"


@one_of_each
def test_fields_that_are_not_known_are_ignored(envelope: Envelope) -> None:
    event = on_bus(envelope)
    for place in (event, event["detail"], event["detail"]["metadata"], event["detail"]["data"]):
        place["added-in-a-later-version"] = {"anything": [1]}
    assert parse(event) == envelope


@one_of_each
def test_a_younger_minor_version_is_understood(envelope: Envelope) -> None:
    read = parse(changed(envelope, ("metadata", "version"), "1.7"))
    assert read.data == envelope.data
    assert read.metadata.version == "1.7"


@one_of_each
@pytest.mark.parametrize("version", ["2.0", "0.9", "10.0", "", "x", "٢.0"])
def test_another_major_version_is_refused(envelope: Envelope, version: str) -> None:
    with pytest.raises(UnsupportedVersion):
        parse(changed(envelope, ("metadata", "version"), version))


@one_of_each
def test_a_foreign_source_is_unknown(envelope: Envelope) -> None:
    with pytest.raises(UnknownEvent):
        parse(on_bus(envelope) | {"source": "shop.api"})


def test_an_event_that_a_consumer_does_not_ask_for_is_unknown() -> None:
    with pytest.raises(UnknownEvent) as caught:
        events.parse(on_bus(checked_out()), ItemAddedToCart, ItemRemovedFromCart, now=LATER)
    assert caught.value.details == {"source": "cart.api", "detail_type": "CartCheckedOut"}


def test_what_an_error_tells_of_an_unknown_event_is_64_characters_at_most() -> None:
    with pytest.raises(UnknownEvent) as caught:
        parse({"source": "s" * 65, "detail-type": "t" * 65})
    assert caught.value.details == {"source": "s" * 64, "detail_type": "t" * 64}


@pytest.mark.parametrize("envelope", [{}, {"source": "cart.api"}, {"source": 5, "detail-type": {}}])
def test_what_is_no_event_at_all_is_unknown(envelope: dict[str, Any]) -> None:
    with pytest.raises(UnknownEvent):
        parse(envelope)


@pytest.mark.parametrize("detail", [None, [], "text", 5, {}, {"metadata": None}])
def test_a_detail_without_metadata_is_malformed(detail: object) -> None:
    with pytest.raises(MalformedEvent):
        parse(on_bus(checked_out()) | {"detail": detail})


@pytest.mark.parametrize(("envelope", "path"), FIELDS)
def test_a_missing_field_is_malformed_unless_it_is_optional(
    envelope: Envelope, path: tuple[str, ...]
) -> None:
    event = changed(envelope, path)
    may_be_missing = is_address_of_an_add(envelope, path) or is_step_of_a_wake_up(envelope, path)
    if path in OPTIONAL or may_be_missing:
        assert type(parse(event).data) is type(envelope.data)
    else:
        with pytest.raises(MalformedEvent):
            parse(event)


@pytest.mark.parametrize(("envelope", "path"), FIELDS)
@pytest.mark.parametrize("value", [None, 5.5, True, [], "", "\n", {}])
def test_a_field_of_another_type_is_malformed(
    envelope: Envelope, path: tuple[str, ...], value: object
) -> None:
    event = changed(envelope, path, value)
    takes_any_text = path[-1] == "name"
    if (value is None and path in OPTIONAL) or (isinstance(value, str) and takes_any_text):
        assert type(parse(event).data) is type(envelope.data)
    else:
        with pytest.raises(PermanentError):
            parse(event)


@pytest.mark.parametrize("field", ["correlation_id", "causation_id"])
@pytest.mark.parametrize("value", ["ada@example.com", "a b", "a\n", "x" * 65, "é"])
def test_an_id_that_may_be_logged_cannot_be_an_address(field: str, value: str) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(item_added(), ("metadata", field), value))


@pytest.mark.parametrize("path", [("data", "customer", "name"), ("data", "note"), ("note",)])
def test_half_a_character_is_malformed_wherever_it_is(path: tuple[str, ...]) -> None:
    event = on_bus(item_added())
    place = event["detail"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = "\ud800"
    with pytest.raises(MalformedEvent):
        parse(event)


@pytest.mark.parametrize("quantity", [0, -1, 100, 1.5, "2", True, None, 10**30])
def test_a_quantity_is_a_whole_number_from_1_to_99(quantity: object) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(item_added(), ("data", "quantity"), quantity))


@pytest.mark.parametrize("quantity", [1, 99])
def test_the_least_and_the_greatest_quantity(quantity: int) -> None:
    assert parse(on_bus(item_added(quantity=quantity))).data.quantity == quantity


@pytest.mark.parametrize(
    "sku", ["", "*", "mug", "A" * 33, "A\n", "A#B", "A B", "É", "A" * 10_000, "😀"]
)
def test_a_sku_is_capitals_digits_and_hyphens(sku: str) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(item_removed(), ("data", "sku"), sku))


@pytest.mark.parametrize("cart_id", ["", "a b", "a#b", "a\n", "a/b", "x" * 49, "é"])
def test_a_cart_id_can_be_part_of_a_name(cart_id: str) -> None:
    """It is in the names of schedules, which may have 64 characters with the window's number."""
    with pytest.raises(MalformedEvent):
        parse(changed(checked_out(), ("data", "cart_id"), cart_id))


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a@b@example.com",
        "ada@example.com\n",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada\x00@example.com",
        "ada\x7f@example.com",
        "ada @example.com",
        "ada@exam\u2028ple.com",
        "a" * 243 + "@example.com",
    ],
)
def test_an_address_has_one_at_sign_and_no_space_or_control_character(email: str) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(item_added(), ("data", "customer", "email"), email))


def test_the_longest_address_and_name() -> None:
    longest = Customer(id="x" * 48, email="a" * 242 + "@example.com", name="n" * 100)
    assert parse(on_bus(item_added(customer=longest))).data.customer == longest


@pytest.mark.parametrize("locale", ["de_DE", "d", "de-", "de\n", "<b>", "x" * 36, "-de", "é"])
def test_a_locale_is_a_language_tag(locale: str) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(item_added(), ("data", "customer", "locale"), locale))


@pytest.mark.parametrize("locale", ["de", "de-AT", "zh-Hant-TW", "sl-rozaj-biske-1994"])
def test_a_locale_is_kept_up_to_the_reminder(locale: str) -> None:
    customer = Customer(id="ada", email="ada@example.com", locale=locale)
    recipient = parse(on_bus(item_added(customer=customer))).data.customer.recipient
    assert recipient is not None
    assert recipient.locale == locale


def test_a_name_has_100_characters_at_most() -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(item_added(), ("data", "customer", "name"), "n" * 101))


@pytest.mark.parametrize(
    "event_id",
    [
        "",
        "3f6c2a3e-5d0a-4b7e-9d57-2a1c7f1a9b10",
        new_id().upper(),
        new_id() + "\n",
        new_id() + " ",
    ],
)
def test_an_event_id_is_a_canonical_uuid_7(event_id: str) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(checked_out(), ("metadata", "event_id"), event_id))


@pytest.mark.parametrize("name", ["event_id", "correlation_id", "causation_id", "version"])
def test_no_metadata_is_of_any_length(name: str) -> None:
    text = "1." + "0" * 200_000 if name == "version" else "0" * 200_000
    with pytest.raises(PermanentError):
        parse(changed(checked_out(), ("metadata", name), text))


@one_of_each
def test_an_event_of_a_time_to_come_is_malformed(envelope: Envelope) -> None:
    """It could never be removed from the cart, or would remove all that is to come."""
    at = envelope.metadata.occurred_at
    assert events.parse(on_bus(envelope), *EVENTS, now=at - MAX_AHEAD) == envelope
    with pytest.raises(MalformedEvent):
        events.parse(on_bus(envelope), *EVENTS, now=at - MAX_AHEAD - timedelta(milliseconds=1))


@pytest.mark.parametrize("envelope", [item_added(), reminder_due()])
@pytest.mark.parametrize("cart_id", ["0", "somebody-else", "zoe"])
def test_nobody_is_told_of_the_cart_of_another(envelope: Envelope, cart_id: str) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(envelope, ("data", "cart_id"), cart_id))


@pytest.mark.parametrize("window", [0, 2**48])
def test_the_first_and_the_last_window(window: int) -> None:
    assert parse(changed(reminder_due(), ("data", "window"), window)).data.window == window


@pytest.mark.parametrize("window", [-1, 2**48 + 1, 10**30])
def test_a_window_is_one_there_can_be(window: int) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(reminder_due(), ("data", "window"), window))


def test_a_customer_without_a_verified_address_is_nobody_to_write_to() -> None:
    nobody = Customer(CART_ID, name="Ada")
    event = on_bus(item_added(customer=nobody))
    assert "email" not in event["detail"]["data"]["customer"]
    assert parse(event).data.customer.recipient is None
    assert ADA.recipient == RECIPIENT


@pytest.mark.parametrize("occurred_at", ["2026-03-02T09:30:00", "yesterday", 1772443800])
def test_a_time_has_a_zone(occurred_at: object) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(checked_out(), ("metadata", "occurred_at"), occurred_at))


def test_a_first_event_starts_its_own_correlation() -> None:
    event_id = new_id(NOW + timedelta(microseconds=1500))
    metadata = events.first(event_id, CartCheckedOut(cart_id=CART_ID)).metadata
    assert metadata.event_id == metadata.correlation_id == event_id
    assert metadata.causation_id is None
    assert metadata.occurred_at == ids.time_of(event_id)


def test_an_event_that_another_caused_carries_on_its_correlation() -> None:
    first = item_added()
    second = events.caused_by(first, new_id(), CartCheckedOut(cart_id=CART_ID))
    third = events.caused_by(second, new_id(), CartCheckedOut(cart_id=CART_ID))
    assert third.metadata.correlation_id == first.metadata.event_id
    assert third.metadata.causation_id == second.metadata.event_id


def test_no_error_quotes_the_address() -> None:
    """Errors are logged and shown; a customer's address is neither."""
    email = str(ADA.email)
    for value in ("\n" + email, [email], {email: 1}):
        with pytest.raises(MalformedEvent) as caught:
            parse(changed(item_added(), ("data", "customer", "email"), value))
        assert "ada" not in caught.value.message


def test_an_event_cannot_be_altered() -> None:
    with pytest.raises(AttributeError):
        checked_out().data.cart_id = "other"  # type: ignore[misc]


@pytest.mark.parametrize("step", [1, 10])
def test_the_first_and_the_last_step_of_a_plan(step: int) -> None:
    assert parse(changed(reminder_due(), ("data", "step"), step)).data.step == step


@pytest.mark.parametrize("step", [0, 11])
def test_a_plan_has_one_to_ten_steps(step: int) -> None:
    with pytest.raises(MalformedEvent):
        parse(changed(reminder_due(), ("data", "step"), step))


def test_a_wake_up_of_before_there_were_steps_is_the_first_one() -> None:
    assert parse(changed(reminder_due(), ("data", "step"))).data.step == 1


@pytest.mark.parametrize(
    ("price", "is_one"), [(0, True), (2**53, True), (-1, False), (2**53 + 1, False)]
)
def test_a_price_is_a_number_that_every_json_reader_knows(price: int, is_one: bool) -> None:  # noqa: FBT001
    event = changed(item_added(), ("data", "unit_price"), price)
    if is_one:
        assert parse(event).data.unit_price == price
    else:
        with pytest.raises(MalformedEvent):
            parse(event)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (("customer", "locale"), "de-" + "-".join(["abcdefgh"] * 3) + "-abcde"),
        (("customer", "time_zone"), "z" * 64),
    ],
)
def test_what_a_customer_may_have_has_a_length(path: tuple[str, str], most: str) -> None:
    read = parse(changed(item_added(), ("data", *path), most))
    assert getattr(read.data.customer, path[1]) == most
    with pytest.raises(MalformedEvent):
        parse(changed(item_added(), ("data", *path), f"{most}z"))


def test_the_words_of_a_consent_have_500_characters_at_most() -> None:
    allowed = events.first(new_id(), RemindersAllowed(CART_ID, "page", "w" * 500))
    assert parse(on_bus(allowed)).data.wording == "w" * 500
    with pytest.raises(MalformedEvent):
        parse(changed(allowed, ("data", "wording"), "w" * 501))


def test_events_may_be_dated_five_minutes_ahead() -> None:
    assert timedelta(minutes=5) == MAX_AHEAD


class CartRated(CartEvent, frozen=True):
    """A rating in percent, which was one in stars, and before that one in words like "4 of 5"."""

    source = "cart.api"
    version = "3.1"
    older: ClassVar = {
        1: lambda data: {"cart_id": data["cart_id"], "stars": int(data["words"][0])},
        2: lambda data: {"cart_id": data["cart_id"], "percent": data["stars"] * 20},
    }

    percent: int


def rated(version: str, **detail: object) -> dict[str, Any]:
    event = changed(events.first(new_id(), CartRated(CART_ID, 80)), ("data",))
    event["detail"]["metadata"]["version"] = version
    event["detail"] |= detail
    return event


class TestAnOlderMajorVersion:
    @pytest.mark.parametrize(
        ("version", "data"),
        [
            ("1.0", {"words": "4 of 5"}),
            ("1.7", {"words": "4 of 5", "added-in-a-later-version": 1}),
            ("2.0", {"stars": 4}),
            ("3.0", {"percent": 80}),
            ("3.7", {"percent": 80}),
        ],
    )
    def test_is_read_as_the_newest(self, version: str, data: dict[str, Any]) -> None:
        event = rated(version, data={"cart_id": CART_ID, **data})
        read = events.parse(event, CartRated, now=LATER)
        assert read.data == CartRated(CART_ID, 80)
        assert read.metadata.version == version

    def test_comes_before_the_newest_by_its_number(self) -> None:
        class CartShared(CartEvent, frozen=True):
            source = "cart.api"
            version = "10.0"
            older: ClassVar = {9: lambda data: {"cart_id": data["id"]}}

        event = changed(events.first(new_id(), CartShared(CART_ID)), ("data",), {"id": CART_ID})
        event["detail"]["metadata"]["version"] = "9.0"
        assert events.parse(event, CartShared, now=LATER).data == CartShared(CART_ID)

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"cart_id": CART_ID, "stars": 4},
            {"cart_id": CART_ID, "words": "four of 5"},
            {"cart_id": CART_ID, "words": 4},
            {"cart_id": CART_ID, "words": [None]},
            [],
            "text",
            None,
        ],
    )
    def test_that_has_another_shape_is_malformed(self, data: object) -> None:
        with pytest.raises(MalformedEvent) as caught:
            events.parse(rated("1.0", data=data), CartRated, now=LATER)
        assert caught.value.message == "The event CartRated is not of the version that it claims."

    def test_is_held_to_the_shape_of_the_newest(self) -> None:
        stars = {"cart_id": CART_ID, "stars": "4"}
        with pytest.raises(MalformedEvent):
            events.parse(rated("2.0", data=stars), CartRated, now=LATER)

    @pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
    def test_without_data_is_malformed(self, version: str) -> None:
        with pytest.raises(MalformedEvent):
            events.parse(rated(version), CartRated, now=LATER)

    @pytest.mark.parametrize("version", ["0.9", "4.0", "30.0", "x", "", "-1.0", "12345.0"])
    def test_that_nobody_knows_is_not_supported(self, version: str) -> None:
        data = {"cart_id": CART_ID, "percent": 80}
        with pytest.raises(UnsupportedVersion) as caught:
            events.parse(rated(version, data=data), CartRated, now=LATER)
        assert caught.value.details == {"version": version}

    def test_is_told_in_16_characters_at_most(self) -> None:
        with pytest.raises(UnsupportedVersion) as caught:
            events.parse(rated("4." + "0" * 15, data={}), CartRated, now=LATER)
        assert caught.value.details == {"version": "4." + "0" * 14}
