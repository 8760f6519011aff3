"""A shop of other languages, money, names, reminders and identity: nothing of the first is left."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.shop.check import problems
from tests.support.second_shop import assemble
from tests.support.seconds import DAY, HOUR, MINUTE
from tests.support.shopper import Answer, Shopper

TRAIN, TOP = "TRAIN-WOOD-5", "KOMA-RED"
MORNING = datetime(2026, 3, 2, 0, 10, tzinfo=UTC)
"""Ten past nine in Kyoto."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return assemble(tmp_path / "toys")


@pytest.fixture
def toys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCloud]:
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    with LocalCloud.start(clock=Clock(MORNING), seed=1) as cloud:
        yield cloud


class Reader(Shopper):
    """A customer who reads a language, as the sign-in says."""

    def __init__(self, cloud: LocalCloud, locale: str) -> None:
        super().__init__(cloud, f"{locale}@example.com")
        self.cloud = cloud
        self.token = cloud.sign_in(f"{locale}@example.com", "Ada", locale=locale)

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        answer = self.cloud.request(method, path, {**sent, **headers}, json.dumps(body))
        return Answer(answer.status, dict(answer.headers), json.loads(answer.body))


def test_nothing_is_wrong_with_it(folder: Path) -> None:
    assert problems(folder) == []


def test_its_products_are_named_and_priced_in_the_readers_language(toys: LocalCloud) -> None:
    for language, name in (("ja", "木の汽車"), ("en", "Wooden train"), ("fr", "木の汽車")):
        answer = toys.request("GET", "/products", {"Accept-Language": language})
        products = json.loads(answer.body)
        assert (products["currency"], products["products"][0]["name"]) == ("JPY", name)
        assert products["products"][0]["unit_price"] == 4800


def test_a_cart_that_is_left_alone_is_reminded_of_three_times(toys: LocalCloud) -> None:
    ada = Reader(toys, "ja")
    ada.add(TRAIN, 2)
    due = []
    for _ in range(8 * DAY // HOUR):
        before = len(toys.inbox)
        toys.advance(HOUR)
        due += [toys.clock.now()] * (len(toys.inbox) - before)
    assert [mail.subject for mail in toys.inbox] == [
        "カートに2点の商品があります",
        "2点の商品が、まだカートにあります",
        "カートの2点について、最後のお知らせです",
    ]
    assert all("9,600" in (mail.text or "") for mail in toys.inbox)
    assert [(at - MORNING).days for at in due] == [0, 1, 3]


def test_nobody_is_mailed_at_night(toys: LocalCloud) -> None:
    toys.advance(10 * HOUR + 20 * MINUTE)
    Reader(toys, "ja").add(TOP)
    toys.advance(11 * HOUR)
    assert toys.inbox == []
    toys.advance(3 * HOUR)
    assert len(toys.inbox) == 1


@pytest.mark.parametrize(
    ("locale", "page", "button"),
    [("ja", "お知らせを停止", "カートに戻る"), ("en", "No more reminders", "Back to your cart")],
)
def test_mail_and_opt_out_speak_the_customers_language(
    toys: LocalCloud, locale: str, page: str, button: str
) -> None:
    Reader(toys, locale).add(TOP)
    toys.advance(4 * HOUR)
    [mail] = toys.inbox
    assert button in (mail.text or "")
    [link] = re.findall(r"http\S+/unsubscribe\?\S+", mail.text or "")
    opened = toys.request(
        "GET", f"/unsubscribe?{urlsplit(link).query}", {"Accept-Language": locale}
    )
    assert page in opened.body.decode()


def test_no_name_price_or_text_of_another_shop_is_in_it(toys: LocalCloud) -> None:
    ada = Reader(toys, "en")
    ada.add(TRAIN)
    toys.advance(5 * DAY)
    texts = [
        toys.request("GET", path, {"Accept-Language": "en"}).body for path in ("/", "/products")
    ]
    texts += [json.dumps([hop.what for hop in toys.hops()]).encode()]
    texts += [((mail.text or "") + (mail.html or "")).encode() for mail in toys.inbox]
    everything = b"".join(texts).decode()
    for foreign in ("EUR", "€", "Leaf", "Bean", "coffee", "cart-local", "shop.example.com"):
        assert foreign not in everything, foreign
    tables = {call.parameters.get("TableName", "") for call in toys.calls}
    assert tables - {""} == {"toys-local"}


def test_only_tokens_of_its_issuer_open_a_cart(toys: LocalCloud) -> None:
    ada = Reader(toys, "ja")
    assert ada.get("/cart").status == 200
    head, body, signature = ada.token.split(".")
    claims = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["iss"] == "https://login.kinome.example"
    for token in (f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}.", ""):
        ada.token = token
        assert ada.get("/cart").status == 401
