"""Amounts and plural forms, against what Babel makes of them in its own way."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import msgspec
import playwright
import pytest
from babel import Locale as Cldr
from babel.numbers import format_currency, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.shop_folder import ShopError
from chalicelib.domain import locales
from chalicelib.domain.locales import Locale
from infra.generate.locales import facts_of, locales_json, minor_digits

pytestmark = pytest.mark.own_shop

LANGUAGES = ("en", "de", "de-AT", "fr", "es", "pl", "ja", "en-IN", "ar", "pt-BR", "sv")
SPACE = "\N{NO-BREAK SPACE}"
CURRENCIES = ("EUR", "JPY", "KWD", "CHF", "USD", "INR", "ISK")


def locale_of(language: str, currency: str = "EUR") -> Locale:
    return msgspec.convert(facts_of(language, currency), Locale)


def babels(amount: int, language: str, currency: str) -> str:
    digits = minor_digits(currency)
    exact = Decimal(amount).scaleb(-digits)
    return str(format_currency(exact, currency, locale=language.replace("-", "_")))


@given(
    amount=st.integers(-(10**12), 10**12),
    language=st.sampled_from(LANGUAGES),
    currency=st.sampled_from(CURRENCIES),
)
def test_amounts_are_written_as_babel_writes_them(
    amount: int, language: str, currency: str
) -> None:
    written = locale_of(language, currency).money(amount)
    # Babel leaves out the space that CLDR puts between letters and figures: "KWD 1.450".
    assert written.replace(SPACE, "") == babels(amount, language, currency).replace(SPACE, "")


@pytest.mark.parametrize(
    ("language", "currency", "amount", "written"),
    [
        ("en", "EUR", 1450, "€14.50"),
        ("en", "EUR", -195, "-€1.95"),
        ("en", "EUR", -5, "-€0.05"),
        ("de", "EUR", 123450, "1.234,50\N{NO-BREAK SPACE}€"),
        ("ja", "JPY", 1450, "￥1,450"),
        ("en", "JPY", 1450, "¥1,450"),
        ("en", "KWD", 1450, "KWD\N{NO-BREAK SPACE}1.450"),
        ("de", "KWD", 1450, "1,450\N{NO-BREAK SPACE}KWD"),
        ("de-CH", "CHF", 123456750, "CHF\N{NO-BREAK SPACE}1'234'567.50"),
        ("en-IN", "INR", 12345678900, "₹12,34,56,789.00"),
    ],
)
def test_amounts_people_know(language: str, currency: str, amount: int, written: str) -> None:
    assert locale_of(language, currency).money(amount) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_count_has_the_plural_form_of_cldr(language: str) -> None:
    locale, cldr = locale_of(language), Cldr.parse(language, sep="-")
    for count in (*range(1200), 10_001, 99_999):
        assert locale.plural(count) == cldr.plural_form(count), count


def test_the_file_holds_each_language_of_the_shop() -> None:
    facts = json.loads(locales_json(["de", "en"], "EUR"))
    assert [fact["language"] for fact in facts] == ["de", "en"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ShopError, match="there is no 'xx'"):
        facts_of("xx", "EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "EUR", "€0.00"),
        (5, "EUR", "€0.05"),
        (1450, "EUR", "€14.50"),
        (123_456_789, "EUR", "€1,234,567.89"),
        (-5, "EUR", "-€0.05"),
        (-195, "EUR", "-€1.95"),
        (-123_456, "EUR", "-€1,234.56"),
        (1450, "CHF", "CHF\u00a014.50"),
        (-1450, "CHF", "-CHF\u00a014.50"),
        (1450, "USD", "$14.50"),
        (0, "JPY", "¥0"),
        (1450, "JPY", "¥1,450"),
        (-1450, "JPY", "-¥1,450"),
        (1_234_567, "KRW", "₩1,234,567"),
        (1450, "KWD", "KWD\u00a01.450"),
        (5, "BHD", "BHD\u00a00.005"),
        (-5, "TND", "-TND\u00a00.005"),
        (123_450, "HUF", "HUF\u00a01,234.50"),
    ],
)
def test_amounts_as_readers_of_english_write_them(amount: int, currency: str, text: str) -> None:
    assert locale_of("en", currency).money(amount) == text


AMOUNTS = (0, 1, 5, 99, 100, 999, 1450, 123_456_789, 10**13 + 1, -1, -195, -1_234_567)
EXECUTABLE = Path(playwright.__file__).parent / "driver" / "node"
SCRIPT = """
const [words, locale, amounts] = process.argv.slice(1);
const template = { content: { textContent: locale } };
globalThis.document = { documentElement: { lang: "en" }, getElementById: () => template };
const { money } = await import(words);
console.log(JSON.stringify(JSON.parse(amounts).map((amount) => money(amount))));
"""


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_mail_write_every_amount_the_same(language: str, currency: str) -> None:
    words = Path(locales.__file__).parents[1] / "storefront" / "words.js"
    facts = json.dumps(facts_of(language, currency))
    done = subprocess.run(  # noqa: S603 - the Node that comes with Playwright
        [EXECUTABLE, "--input-type=module", "-e", SCRIPT, words, facts, json.dumps(AMOUNTS)],
        capture_output=True,
        check=True,
        text=True,
    )
    locale = locale_of(language, currency)
    assert json.loads(done.stdout) == [locale.money(amount) for amount in AMOUNTS]


EVERY_CURRENCY = """
const [language, amounts, digits] = process.argv.slice(1).map((each) => JSON.parse(each));
const row = (currency) => {
  const places = digits[currency] ?? 2;
  const shown = { minimumFractionDigits: places, maximumFractionDigits: places };
  const format = new Intl.NumberFormat(language, { style: "currency", currency, ...shown });
  return [currency, amounts.map((amount) => format.format(amount / 10 ** places))];
};
console.log(JSON.stringify(Object.fromEntries(Intl.supportedValuesOf("currency").map(row))));
"""


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_currency_is_written_as_browsers_write_it(language: str) -> None:
    digits = {currency: minor_digits(currency) for currency in list_currencies()}
    arguments = [json.dumps(each) for each in (language, AMOUNTS, digits)]
    done = subprocess.run(  # noqa: S603 - the Node that comes with Playwright
        [EXECUTABLE, "--input-type=module", "-e", EVERY_CURRENCY, *arguments],
        capture_output=True,
        check=True,
        text=True,
    )
    browser = json.loads(done.stdout)
    assert len(browser) > 150
    for currency, written in browser.items():
        locale = locale_of(language, currency)
        assert [locale.money(amount) for amount in AMOUNTS] == written
