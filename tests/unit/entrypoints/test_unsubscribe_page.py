"""The link in a mail: looking changes nothing, posting stops the reminders, once and for good."""

from datetime import timedelta

import pytest
from msgspec import structs

from chalicelib import wiring
from chalicelib.domain import signing
from chalicelib.domain.errors import TransientError
from chalicelib.domain.signing import Purpose
from chalicelib.usecases import tokens
from tests.support.api_client import ApiClient
from tests.support.builders import CART_ID, NOW
from tests.support.catalog import SHOP, TEXTS
from tests.support.fakes import FixedKeys, InMemoryPreferences, RecordingBus
from tests.support.standing_clock import standing_clock


class FakeSettings:
    shop_url = "https://shop.example.com/api/"
    languages = SHOP.languages


class Post:
    """What is behind the link."""

    def __init__(self) -> None:
        self.settings = FakeSettings()
        self.allowed_origins = ()
        self.shop = SHOP
        self.texts = TEXTS
        self.preferences = InMemoryPreferences()
        self.signing_keys = FixedKeys()
        self.event_bus = RecordingBus()


@pytest.fixture(autouse=True)
def clock():
    with standing_clock(NOW) as clock:
        yield clock


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    post = Post()
    monkeypatch.setattr(wiring, "adapters", post)
    return post


@pytest.fixture
def reader() -> ApiClient:
    return ApiClient()


def token() -> str:
    link, _, token = tokens.unsubscribe_link(CART_ID, NOW).partition("?token=")
    assert link == "https://shop.example.com/api/unsubscribe"
    return token


def test_looking_asks_and_changes_nothing(post, reader):
    answer = reader.get("/unsubscribe", token=token())
    assert answer.status == 200
    assert '<form method="post">' in answer.body
    assert post.preferences.opted_out == set()


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_posting_stops_the_reminders_however_often(post, reader, content_type):
    for _ in range(2):
        body = "List-Unsubscribe=One-Click"
        answer = reader.post("/unsubscribe", body, {"token": token()}, content_type=content_type)
        assert answer.status == 200
        assert "No more reminders" in answer.body
    assert post.preferences.opted_out == {CART_ID}


@pytest.mark.parametrize("method", ["get", "post"])
class TestRefusing:
    def ask(self, reader, method, token):
        query = {"token": token}
        if method == "get":
            return reader.get("/unsubscribe", **query)
        return reader.post("/unsubscribe", None, query)

    @pytest.mark.parametrize(
        "change",
        [
            lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
            lambda token: token.replace(CART_ID, "somebody-else"),
            lambda _: "",
            lambda _: "x" * 10_000,
            lambda _: "<script>alert(1)</script>",
        ],
    )
    def test_a_link_that_was_tampered_with_says_so(self, post, reader, method, change):
        answer = self.ask(reader, method, change(token()))
        assert answer.status == 403
        assert "not complete" in answer.body
        assert "<script" not in answer.body
        assert post.preferences.opted_out == set()

    def test_a_token_for_another_purpose_is_none(self, post, reader, method):
        keys = post.signing_keys.keys
        other = signing.sign(keys, signing.Purpose.GUEST, CART_ID, NOW, timedelta(days=1))
        assert self.ask(reader, method, other).status == 403

    def test_an_old_link_says_so(self, post, reader, method, clock):
        old = token()
        clock.tick(tokens.LINK_LIFETIME)
        answer = self.ask(reader, method, old)
        assert (answer.status, "expired" in answer.body) == (410, True)
        assert post.preferences.opted_out == set()

    def test_a_link_that_was_cut_before_its_token_says_so(self, post, reader, method):
        answer = reader.get("/unsubscribe") if method == "get" else reader.post("/unsubscribe")
        assert (answer.status, "not complete" in answer.body) == (403, True)
        assert post.preferences.opted_out == set()

    def test_when_the_keys_cannot_be_read_is_to_be_tried_again(self, post, reader, method):
        link = token()
        post.signing_keys.fail_next(TransientError("busy"))
        assert self.ask(reader, method, link).status == 503


def test_the_page_tells_nobody_its_address_and_runs_no_script(post, reader):
    headers = reader.get("/unsubscribe", token=token()).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "script-src" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_the_purposes_are_told_apart():
    assert len(set(Purpose)) == len(Purpose)


@pytest.mark.parametrize(
    ("wanted", "language", "title"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "Keine Erinnerungen mehr"),
        ("en-GB", "en", "No more reminders"),
        ("fr", "en", "No more reminders"),
        ("", "en", "No more reminders"),
    ],
)
def test_the_page_speaks_the_readers_language(post, reader, wanted, language, title):
    answer = reader.post("/unsubscribe", None, {"token": token()}, accept_language=wanted)
    assert f'<html lang="{language}">' in answer.body
    assert f"<h1>{title}</h1>" in answer.body
    assert answer.headers["Content-Language"] == language


def test_a_link_that_was_tampered_with_says_so_in_german(post, reader):
    answer = reader.post("/unsubscribe", None, {"token": "x"}, accept_language="de")
    assert (answer.status, "Dieser Link ist unvollständig" in answer.body) == (403, True)


def test_the_page_has_the_shops_name_and_style_sheet(post, reader):
    post.shop = structs.replace(SHOP, name="Ink & <Paper>")
    answer = reader.get("/unsubscribe", token=token())
    assert "<title>No more reminders?: Ink &amp; &lt;Paper&gt;</title>" in answer.body
    assert '<link rel="stylesheet" href="storefront/shop.css">' in answer.body
