"""What a shop's developer changes first is in one file each, and is seen where it should be."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import pytest

from chalicelib.adapters.shop_folder import stages_of
from infra.generate import locales
from infra.local.cloud import LocalCloud
from infra.shop.check import problems
from tests.support.catalog import FOLDER
from tests.support.products import MUG
from tests.support.seconds import DAY, HOUR
from tests.support.shopper import Shopper

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "make-it-yours.md").read_text("utf-8")
FIRST = "name = "
"""Where a setting can be put before others in the file."""

Seen = Callable[[LocalCloud], str]


def get(path: str, **headers: str) -> Seen:
    return lambda cloud: cloud.request("GET", path, headers).body.decode()


def mail(cloud: LocalCloud) -> str:
    """Return the reminder of a cart that was left alone for two days: headers, text, HTML."""
    Shopper(cloud, "ada@example.com", "Ada").add(MUG)
    cloud.advance(2 * DAY)
    sent = cloud.inbox[-1]
    return json.dumps([dict(sent.headers), sent.text, sent.html], ensure_ascii=False)


def mailed_soon(cloud: LocalCloud) -> str:
    """Return how many mails there are five hours after an add."""
    Shopper(cloud, "ada@example.com").add(MUG)
    cloud.advance(5 * HOUR)
    return f"{len(cloud.inbox)} mails"


def issuer(cloud: LocalCloud) -> str:
    token = cloud.sign_in("ada@example.com")
    cart = cloud.request("GET", "/cart", {"Authorization": f"Bearer {token}"})
    payload = token.split(".")[1]
    claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return f"{cart.status} {claims['iss']}"


def preflight(cloud: LocalCloud) -> str:
    asked = {"Origin": "https://www.example.org", "Access-Control-Request-Method": "POST"}
    return str(dict(cloud.request("OPTIONS", "/cart", asked).headers))


OIDC = 'api = "http"\nidentity = { issuer = "https://id.example.com/", audience = "page" }'
CHANGES: dict[str, tuple[str, str, str, Seen, str]] = {
    "products": ("products.json", "Stoneware mug", "Fired mug", get("/products"), "Fired mug"),
    "pictures": (
        "products.json",
        f'"sku": "{MUG}",',
        f'"sku": "{MUG}", "image": "https://pictures.example/mug.png",',
        get("/products"),
        "https://pictures.example/mug.png",
    ),
    "name": ("shop.toml", '"Leaf & Bean"', '"Root"', get("/"), "Root"),
    "addresses": ("shop.toml", "1 Example Street", "2 High Street", mail, "2 High Street"),
    "currency": ("shop.toml", '"EUR"', '"CHF"', mail, "CHF"),
    "languages": ("shop.toml", '["en", "de"]', '["de", "en"]', get("/"), '<html lang="de"'),
    "texts": ("texts/en/reminder.toml", "cart is still", "bag is still", mail, "bag is still"),
    "colours": (
        "shop.toml",
        "[stages.local]",
        '[colours]\naccent = "#123456"\n\n[stages.local]',
        get("/storefront/shop.css"),
        "#123456",
    ),
    "sender": ("shop.toml", "reminders@shop", "hello@shop", mail, "hello@shop.example.com"),
    "where answers go": (
        "shop.toml", FIRST, f'reply_to = "talk@example.com"\n{FIRST}', mail, "talk@example.com"
    ),
    "reminders": ("shop.toml", 'after = "1d"', 'after = "3h"', mailed_soon, "1 mails"),
    "identity provider": (
        "shop.toml",
        "[stages.local]",
        f"[stages.local]\n{OIDC}\n",
        issuer,
        "200 https://id.example.com/",
    ),
    "another origin": (
        "shop.toml", "http://localhost:5173", "https://www.example.org", preflight,
        "https://www.example.org",
    ),
}  # fmt: skip
ELSEWHERE = {"a stage", "a consumer of your own", "an order system of your own"}
"""What other tests show: below, ``test_add_a_consumer.py``, and ``make additions``."""


@contextmanager
def shop_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str
) -> Iterator[LocalCloud]:
    """Run the shop of the tests with a text of one file replaced, and what derives from it."""
    folder = copytree(FOLDER, tmp_path / "shop")
    text = (folder / file).read_text("utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), "utf-8")
    locales.write(folder)
    assert problems(folder) == []
    monkeypatch.setenv("SHOP_FOLDER", str(folder))
    with LocalCloud.start(seed=1) as cloud:
        yield cloud


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_of_one_file_is_seen(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, old, new, seen, expected = CHANGES[what]
    with shop_with(tmp_path, monkeypatch, file, old, new) as cloud:
        assert expected in seen(cloud)


@pytest.mark.parametrize("what", CHANGES)
def test_it_is_not_seen_before(what: str) -> None:
    *_, seen, expected = CHANGES[what]
    with LocalCloud.start(seed=1) as cloud:
        assert expected not in seen(cloud)


def test_a_stage_is_a_table_of_the_settings(tmp_path: Path) -> None:
    folder = copytree(FOLDER, tmp_path / "shop")
    with (folder / "shop.toml").open("a", encoding="utf-8") as file:
        file.write("\n[stages.staging]\n")
    assert problems(folder) == []
    assert stages_of(folder) == ("dev", "prod", "staging")


def test_the_page_lists_all_sixteen_and_where_they_are() -> None:
    table = PAGE.partition("Each of the sixteen")[2].partition("\n\n**")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| ")][1:]
    listed = {what.strip(): where for what, where in rows}
    assert set(listed) == set(CHANGES) | ELSEWHERE
    assert len(listed) == 16
    for what, (file, *_) in CHANGES.items():
        assert file.split("/")[0] in listed[what], what
