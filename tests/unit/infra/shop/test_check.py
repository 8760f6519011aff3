"""What a shop's developer may get wrong is said with its place and what is allowed."""

import json
import re
import tomllib
from datetime import date, time, timedelta
from math import nan
from pathlib import Path
from shutil import copytree, rmtree
from typing import Final

import pytest
from click.testing import CliRunner

from chalicelib import extensions, settings
from chalicelib.adapters.shop_folder import ShopError, read_shop
from chalicelib.domain.cart import LIFETIME
from chalicelib.domain.durations import duration
from chalicelib.domain.reminder_policy import MaxMails, QuietHours, ReminderPolicy
from chalicelib.domain.shop import DEFAULT_WINDOW
from infra.__main__ import cli
from infra.generate.chalice_files import environment_of
from infra.shop import check, schemas
from infra.shop.check import problems
from infra.shop.reading import read
from infra.shop.schemas import settings_schema
from tests.support import catalog
from tests.support.infrastructure import ROOT
from tests.support.times import DAY, HOUR, MINUTE
from tests.unit.test_settings import ENVIRONMENT

pytestmark = pytest.mark.own_shop

COUNTED = ("subject", "intro", "more")
A_LINE = f'reminder_window = "{catalog.SHOP.reminder_window}"\n'
"""A setting in whose place another one can be put."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(catalog.FOLDER, tmp_path / "shop")


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("shop", [catalog.FOLDER, ROOT / "chalicelib" / "shop"])
def test_nothing_is_wrong_with_a_shop_that_works(shop: Path) -> None:
    assert problems(shop) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('currency = "EUR"\n', "", "currency is missing"),
        ('"EUR"', '"EUX"', 'currency: "EUX" is not a currency of ISO 4217'),
        ('"EUR"', '"euro"', 'currency: "euro" is not a currency of ISO 4217'),
        ("Europe/Berlin", "Europe/Atlantis", 'time_zone: "Europe/Atlantis" is not an IANA time'),
        ("name =", "nmae =", "nmae is not a setting; did you mean name?"),
        ('"1d"', '"1 day"', 'reminders[1].after: "1 day" is not a duration such as "15m"'),
        ('"1d"', '"60d"', 'reminders: "60d" is not before a cart\'s changes expire (60 days)'),
        (
            'after = "1d"',
            'after = "1d"\n[[reminders]]\nafter = "24h"',
            'reminders: "24h" is not later than the step before it (1d)',
        ),
        (
            'after = "1d"',
            'after = "1d"\n[[reminders]]\nafter = "58d"',
            'reminders: "58d" is not before a cart\'s changes expire (60 days)',
        ),
        (
            'after = "1d"',
            'after = "1d"' + "".join(f'\n[[reminders]]\nafter = "{n}d"' for n in range(2, 12)),
            "reminders: [",
        ),
        (
            A_LINE,
            'quiet_hours = { from = "21:00", until = "8:00" }\n',
            'quiet_hours.until: "8:00" is not a time such as "21:00"',
        ),
        (
            A_LINE,
            'quiet_hours = { from = "08:00", until = "07:00" }\n',
            'quiet_hours: {"from": "08:00", "until": "07:00"} is not from a minute to 16 hours',
        ),
        (
            A_LINE,
            "max_mails = { mails = 0, days = 7 }\n",
            "max_mails.mails: 0 is not from 1 to 100 mails",
        ),
        (
            A_LINE,
            "holdout_percent = 51\n",
            "holdout_percent: 51 is not from 0 to 50 percent",
        ),
        ('after = "2m"', "after = 2", "stages.dev.reminders[1].after: 2 is not a duration"),
        ("[stages.prod]", "[stages.Prod]", 'stages: "Prod" is not a stage\'s name'),
        ("reminders@shop", "jörg@shop", 'sender: "jörg@shop.example.com" is not an address that'),
        ("help@shop.example.com", "help", 'support: "help" is not an address that SES can mail'),
        (
            "http://localhost",
            "localhost",
            'stages.dev.allowed_origins[1]: "localhost:5173" is not an origin',
        ),
        ('languages = ["en", "de"]', "languages = []", "languages: [] is not a list of one"),
        ('"de"]', '"xx"]', 'languages: "xx" is not a language that Unicode\'s CLDR knows'),
        ("[stages.prod]", '[stages.prod]\ncurrency = "USD"', "stages.prod.currency: it has to be"),
        ('languages = ["en", "de"]', 'languages = ["English"]', 'languages[1]: "English" is not a'),
        ("[stages.prod]", "[stages.prod", "Expected ']'"),
        ("[stages.prod]", f"x = {'[' * 3000}\n[stages.prod]", "it is nested too deeply"),
        ("name =", "colours = 5\nname =", "colours: 5 is not a group of settings"),
        ("name =", "mail_rate = 0\nname =", "mail_rate: 0 is not a whole number from 1 to 4000"),
        ("name =", "name = 2026-11-27\n# =", 'name: "2026-11-27" is not a text'),
        ('after = "1d"', "after = 01:00:00", 'reminders[1].after: "01:00:00" is not a duration'),
        ('after = "1d"', 'after = "1d"\ntexts = "../x"', 'reminders[1].texts: "../x" is not the n'),
        ('languages = ["en", "de"]', 'languages = ["en", "en"]', "languages: en stands there"),
        ("name =", 'products = "tables"\nname =', 'products: "tables" is not "file" or "table"'),
        ("name =", 'prefix = "My-Toys"\nname =', 'prefix: "My-Toys" is not a prefix: up to 16'),
        ("[stages.prod]", '[stages.prod]\nprefix = "toys"', "stages.prod.prefix: it has to be"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(
    folder: Path, old: str, new: str, problem: str
) -> None:
    edit(folder / "shop.toml", old, new)
    found = problems(folder)
    assert any(line.startswith(f"shop.toml: {problem}") for line in found), found
    assert len(found) == len(set(found))


ODD: Final = (5, 1.5, nan, True, "", "Ö?", [], [[]], {}, {"x": {}}, date(2026, 1, 2), time(21))


@pytest.mark.parametrize("setting", settings_schema()["$defs"]["Shop"]["properties"])
@pytest.mark.parametrize("odd", ODD)
def test_no_value_of_a_setting_is_refused_in_a_librarys_words(setting: str, odd: object) -> None:
    settings = tomllib.loads((catalog.FOLDER / "shop.toml").read_text("utf-8"))
    settings[setting], found = odd, list[str]()
    read(catalog.FOLDER, "shop.toml", lambda _: settings, settings_schema(), found)
    for line in found:
        assert not re.search(r"of type|match|\^|\\|minimum|non-empty|datetime\.", line), line


@pytest.mark.parametrize(
    ("removed", "left"),
    [
        ("payments", ["fake_payments", "orders"]),
        ("orders", ["fake_payments"]),
        ("recovered", []),
        ("next_reminder", []),
    ],
)
def test_an_extension_that_others_need_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, removed: str, left: list[str]
) -> None:
    copy = copytree(extensions.FOLDER, tmp_path / "extensions")
    rmtree(copy / removed)
    monkeypatch.setattr(extensions, "FOLDER", copy)
    missed = [f"extensions/{name}: it needs extensions/{removed}, or goes with it" for name in left]
    assert problems(catalog.FOLDER) == missed
    for command in ("configure", "docs", "check", "contract", "local") if left else ():
        result = CliRunner().invoke(cli, [command])
        assert (result.exit_code, result.output.splitlines()) == (
            1,
            ["Error: An extension is missing:", *(f"  {line}" for line in missed)],
        )


@pytest.mark.parametrize("name", ["shop.toml", "products.json"])
def test_a_file_that_is_not_in_utf_8_is_named(folder: Path, name: str) -> None:
    for encoding in ("utf-16", "latin-1"):
        (folder / name).write_bytes("ä".encode(encoding))
        assert f"{name}: the file is not in UTF-8" in problems(folder)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"unit_price": 1450', '"price": 1450', "[1]: unit_price is missing"),
        ('"unit_price": 1450', '"price": 1450', "[1]: price is not a setting; did you mean unit"),
        ("1450", "14.5", "[1].unit_price: 14.5 is not a whole number of minor units"),
        ("1450", "1450.0", "[1].unit_price: 1450.0 is not a whole number of minor units"),
        ("1450", "145e1", "[1].unit_price: 1450.0 is not a whole number of minor units"),
        ("1450", "true", "[1].unit_price: true is not a whole number of minor units"),
        ('"unit_price"', '"stock": 3.0, "unit_price"', "[1].stock: 3.0 is not a whole number"),
        ('"Stoneware mug"', r'"\ud800"', r'[1].name.en: "\ud800" is not a text'),
        ("1450", "-1", "[1].unit_price: -1 is not a whole number of minor units"),
        ("1450", '"14"', '[1].unit_price: "14" is not a whole number of minor units'),
        (
            '      "dev"\n',
            '      "prd"\n',
            "VASE-FAILS-5-MIN: there is no stage prd, only local, dev, prod",
        ),
        ("TEAPOT-CAST-800", "MUG-STONE-350", "MUG-STONE-350: the SKU stands here twice"),
        ("MUG-STONE-350", "mug_stone.350", '[1].sku: "mug_stone.350" is not a SKU'),
        ('"en": "Stoneware mug"', '"fr": "Tasse"', "MUG-STONE-350: name is missing in en"),
        ('"unit_price": 1450', '"unit_price": 1, "image": "x.svg"', "MUG-STONE-350: there is no"),
        (
            '"unit_price": 1450',
            '"unit_price": 1, "image": "x.png"',
            '[1].image: "x.png" is not the name of',
        ),
        (
            '"unit_price": 1450',
            '"unit_price": 1, "image": "http://x/y"',
            '[1].image: "http://x/y" is not the name',
        ),
        (
            '"unit_price": 1450',
            '"unit_price": 1, "url": "mug"',
            '[1].url: "mug" is not an https address',
        ),
        ("[", "", "Extra data"),
    ],
)
def test_a_wrong_product_is_named_with_what_is_allowed(
    folder: Path, old: str, new: str, problem: str
) -> None:
    edit(folder / "products.json", old, new)
    found = problems(folder)
    assert any(line.startswith(f"products.json: {problem}") for line in found), found


GERMAN = "texts/de/reminder.toml"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('button = "Zum Warenkorb"\n', "", "button is missing"),
        ("button =", "buton =", "buton is not a setting; did you mean button?"),
        ("Guten Tag {name}", "Guten Tag {nme}", 'greeting: "Guten Tag {nme}," is not a text with'),
        (
            "je {price}",
            "je {price",
            'each: "je {price" is not a text with no placeholder but {price}',
        ),
        ('"Zum Warenkorb"', '""', 'button: "" is not a text without placeholders'),
        ("und {count} weitere Pr", "und {anzahl} Pr", 'more.other: "und {anzahl} Produkte" is not'),
        ('other = "Noch', 'few = "Noch', "subject.other is missing"),
        ('other = "Noch', 'few = "Noch', "subject.few is not a plural form of de, which has one,"),
        ("[subject]", "[subject", "Expected ']'"),
    ],
)
def test_a_wrong_text_is_named_with_what_is_allowed(
    folder: Path, old: str, new: str, problem: str
) -> None:
    edit(folder / GERMAN, old, new)
    found = problems(folder)
    assert any(line.startswith(f"{GERMAN}: {problem}") for line in found), found


PAGE = "texts/de/page.json"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"skip":', '"skp":', "page.skip is missing"),
        ('"skip":', '"skp":', "page.skp is not a text of the page; did you mean skip?"),
        ('"{shop}: ', '"{shp}: ', "page.title: {shp} is not a placeholder there; known are {shop}"),
        ('"cart_empty":', '"cart_emty":', "messages.cart_empty is missing"),
        ('"cart_empty":', '"cart_emty":', "messages.cart_emty is not a text of the page; did you"),
        ('"done_add":', '"doned_add":', "messages.done_add is missing"),
        ('"{name} liegt', '"{nme} liegt', "messages.done_add: {nme} is not a placeholder there"),
        ('"other": "Der Shop ist ger', '"few": "', "messages.connection_busy.other is missing"),
        ('"messages": {', '"mesages": {', "messages is missing"),
        ("{", "", "Extra data"),
    ],
)
def test_a_wrong_text_of_the_page_is_named(folder: Path, old: str, new: str, problem: str) -> None:
    edit(folder / PAGE, old, new)
    found = problems(folder)
    assert any(line.startswith(f"{PAGE}: {problem}") for line in found), found


def test_a_language_without_its_folder_or_file_is_named(folder: Path) -> None:
    (folder / GERMAN).unlink()
    rmtree(folder / "texts" / "en")
    assert problems(folder) == [
        "texts/en: the folder is missing; it holds the texts in en",
        f"{GERMAN}: the file is missing",
    ]


def test_each_reminder_of_the_plan_has_its_texts(folder: Path) -> None:
    edit(folder / "shop.toml", 'after = "1d"', 'after = "1d"\ntexts = "last_call"')
    assert problems(folder) == [
        f"texts/{language}/last_call.toml: the file is missing" for language in ("en", "de")
    ]


def test_a_language_has_the_plural_forms_of_its_own(folder: Path) -> None:
    edit(folder / "shop.toml", '"de"]', '"pl"]')
    edit(folder / "products.json", '"de":', '"pl":')
    (folder / "texts" / "de").rename(folder / "texts" / "pl")
    file = "texts/pl/reminder.toml"
    assert problems(folder) == [
        *(f"{file}: {name}.{form} is missing" for name in COUNTED for form in ("few", "many")),
        "locales.json: it is for other languages or money; run `python -m infra configure`",
    ]


def test_everything_that_is_wrong_is_said_at_once(folder: Path) -> None:
    edit(folder / "shop.toml", "name =", "nmae =")
    edit(folder / "shop.toml", '"1d"', '"soon"')
    edit(folder / "products.json", "1450", "-1")
    assert len(problems(folder)) == 4


@pytest.mark.parametrize(
    ("added", "problem"),
    [
        ('\n[consent]\nreminders = "required"', 'consent: {"reminders": "required"} is not "imp'),
        ('\n[identity]\nprovider = "oidc"', "identity: issuer is missing"),
    ],
)
def test_what_is_not_supported_is_refused_and_not_ignored(
    folder: Path, added: str, problem: str
) -> None:
    edit(folder / "shop.toml", 'after = "1d"', f'after = "1d"{added}')
    assert any(line.startswith(f"shop.toml: {problem}") for line in problems(folder))
    with pytest.raises(ShopError):
        read_shop(folder, "local")


def test_a_plan_of_several_reminders_and_its_limits_are_allowed(folder: Path) -> None:
    plan = 'after = "3h"\n[[reminders]]\nafter = "1d"\n[[reminders]]\nafter = "3d"'
    edit(folder / "shop.toml", 'after = "1d"', plan)
    limits = (
        'quiet_hours = { from = "21:00", until = "08:00" }',
        "max_mails = { mails = 2, days = 7 }",
        'max_lateness = "12h"\nholdout_percent = 10',
    )
    edit(folder / "shop.toml", A_LINE, "\n".join([*limits, ""]))
    assert problems(folder) == []
    environment = environment_of(read_shop(folder, "prod"), "prod")
    rule = settings.read({**ENVIRONMENT, **environment}).reminder_rule
    assert (rule.delay, rule.later) == (3 * HOUR, (DAY, 3 * DAY))
    assert rule.policy == ReminderPolicy(
        time_zone="Europe/Berlin",
        quiet_hours=QuietHours("21:00", "08:00"),
        max_mails=MaxMails(2, 7),
        max_lateness=43_200,
        holdout_percent=10,
    )


@pytest.mark.parametrize(
    ("lines", "window", "lateness"),
    [
        ("", duration(DEFAULT_WINDOW), 2 * DAY),
        ('reminder_window = "2h"', 2 * HOUR, 2 * DAY),
        ('max_lateness = "12h"', duration(DEFAULT_WINDOW), 12 * HOUR),
        ('reminder_window = "2h"\nmax_lateness = "12h"', 2 * HOUR, 12 * HOUR),
    ],
)
def test_a_reminder_has_to_come_before_the_changes_expire_whatever_is_left_out(
    folder: Path, lines: str, window: timedelta, lateness: timedelta
) -> None:
    edit(folder / "shop.toml", A_LINE, f"{lines}\n")
    expired = (LIFETIME - window - lateness) // MINUTE
    edit(folder / "shop.toml", 'after = "1d"', f'after = "{expired}m"')
    assert [line for line in problems(folder) if "expire (60 days)" in line]
    edit(folder / "shop.toml", f"{expired}m", f"{expired - 1}m")
    assert problems(folder) == []


def test_any_number_of_origins_is_allowed(folder: Path) -> None:
    origins = ("http://localhost:5173", *(f"https://{name}.example.com" for name in "abc"))
    edit(folder / "shop.toml", '["http://localhost:5173"]', json.dumps(origins))
    assert problems(folder) == []
    assert read_shop(folder, "local").allowed_origins == origins


def test_a_table_of_products_needs_the_extension_that_fills_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(folder / "shop.toml", "name =", 'products = "table"\nname =')
    assert problems(folder) == []
    monkeypatch.setattr(check, "PRODUCT_TABLE", tmp_path / "nothing")
    assert problems(folder) == [
        'shop.toml: products: "table" needs the folder chalicelib/extensions/catalog_table'
    ]


@pytest.mark.parametrize("name", ["shop.toml", "products.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert problems(folder) == [f"{name}: the file is missing"]


def test_the_schemas_for_editors_are_those_that_are_checked() -> None:
    for file, text in schemas.written().items():
        assert json.loads(file.read_text(encoding="utf-8")) == json.loads(text), (
            f"{file}: run `python -m infra docs`"
        )


@pytest.mark.parametrize(
    ("identity", "problem"),
    [
        ('issuer = "login.example.com"', 'identity.issuer: "login.example.com" is not an issuer'),
        ('issuer = "http://login.example.com"', "identity.issuer"),
        ('issuer = "https://login.example.com/?a=b"', "identity.issuer"),
        ('issuer = "https://login.example.com", audience = "a b"', "identity.audience"),
        ('issuer = "https://login.example.com"', "identity: audience is missing"),
        ('audience = "page"', "identity: issuer is missing"),
    ],
)
def test_an_identity_provider_that_cannot_work_is_named(
    folder: Path, identity: str, problem: str
) -> None:
    added = f'[stages.prod]\napi = "http"\nidentity = {{ {identity} }}'
    edit(folder / "shop.toml", "[stages.prod]", added)
    assert any(problem in line for line in problems(folder))


def test_an_issuers_tokens_are_taken_by_an_http_api_only(folder: Path) -> None:
    identity = 'identity = { issuer = "https://login.example.com/", audience = "page" }'
    edit(folder / "shop.toml", "[stages.prod]", f"[stages.prod]\n{identity}")
    [problem] = problems(folder)
    assert (
        problem == 'shop.toml: identity: it needs `api = "http"`; a REST API takes no other tokens'
    )
    edit(folder / "shop.toml", identity, f'{identity}\napi = "http"')
    assert problems(folder) == []
