"""How a shop's languages write its currency and its counts, from Unicode's CLDR by way of Babel."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from unicodedata import category

import babel
from babel.numbers import get_currency_symbol, get_decimal_symbol, get_group_symbol

from chalicelib.adapters.shop_folder import LOCAL, LOCALES, SETTINGS, ShopError, read_shop
from chalicelib.domain.locales import PLURALS

_COUNTS: Final = range(200)
_CHARACTERS: Final = {form: character for character, form in PLURALS.items()}

# Minor units as in ISO 4217, in which prices are: CLDR shows amounts of some currencies in fewer
# digits than that. Most currencies have hundredths. The page: chalicelib/storefront/words.js.
_WITHOUT_MINOR_UNITS: Final = re.compile(
    "BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF"
)
_IN_THOUSANDTHS: Final = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")


def write(folder: Path) -> list[Path]:
    """Write ``locales.json`` of a shop's folder if it has to change; return what was written.

    Raises:
        ShopError: ``shop.toml`` cannot be read, or names an unknown language.
    """
    shop, file = read_shop(folder, LOCAL), folder / LOCALES
    text = locales_json(shop.languages, shop.currency)
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return []
    file.write_text(text, encoding="utf-8")
    return [file]


def locales_json(languages: Iterable[str], currency: str) -> str:
    """Return the text of ``locales.json`` for these languages and this currency.

    Raises:
        ShopError: CLDR does not know a language.
    """
    facts = [facts_of(language, currency) for language in languages]
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def facts_of(language: str, currency: str) -> dict[str, Any]:
    """Return what :class:`chalicelib.domain.locales.Locale` holds of one language.

    Raises:
        ShopError: CLDR does not know the language.
    """
    locale = _cldr(language)
    pattern = locale.currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale)
    positive, negative = (
        _spaced(f"{prefix}{{}}{suffix}", symbol)
        for prefix, suffix in zip(pattern.prefix, pattern.suffix, strict=True)
    )
    return {
        "language": language,
        "digits": minor_digits(currency),
        "decimal": get_decimal_symbol(locale),
        "group": get_group_symbol(locale),
        "groups": list(pattern.grouping),
        "positive": positive,
        "negative": negative,
        "plurals": "".join(_CHARACTERS[form] for form in plural_forms(language)),
    }


def plural_forms(language: str) -> list[str]:
    """Return the plural category of each count from 0 to 199.

    Raises:
        ShopError: CLDR does not know the language.
    """
    locale = _cldr(language)
    return [locale.plural_form(count) for count in _COUNTS]


def _cldr(language: str) -> babel.Locale:
    try:
        return babel.Locale.parse(language, sep="-")
    except (babel.UnknownLocaleError, ValueError) as error:
        raise ShopError(f"{SETTINGS}: languages: there is no {language!r}") from error


def minor_digits(currency: str) -> int:
    """Return how many digits of an amount are minor units (ISO 4217)."""
    if _WITHOUT_MINOR_UNITS.fullmatch(currency):
        return 0
    return 3 if _IN_THOUSANDTHS.fullmatch(currency) else 2


def _spaced(pattern: str, symbol: str) -> str:
    """Put the symbol into the pattern, apart from the figure unless a currency's sign is beside it.

    Source: Unicode Technical Standard 35, part 3, "Currencies": currencySpacing.
    """
    if category(symbol[-1]) != "Sc":
        pattern = pattern.replace("¤{}", "¤\N{NO-BREAK SPACE}{}")
    if category(symbol[0]) != "Sc":
        pattern = pattern.replace("{}¤", "{}\N{NO-BREAK SPACE}¤")
    return pattern.replace("¤", symbol)
