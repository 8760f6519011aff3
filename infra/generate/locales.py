"""How a shop's languages write its currency and its counts, from Unicode's CLDR by way of Babel."""

import json
from collections.abc import Iterable
from typing import Any

import babel
from babel.numbers import (
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
)

_COUNTS = range(200)


def locales_json(languages: Iterable[str], currency: str) -> str:
    """Return the text of ``locales.json`` for these languages and this currency.

    Raises:
        ValueError: CLDR does not know a language.
    """
    facts = [facts_of(language, currency) for language in languages]
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


def facts_of(language: str, currency: str) -> dict[str, Any]:
    """Return what :class:`chalicelib.domain.locales.Locale` holds of one language.

    Raises:
        ValueError: CLDR does not know the language.
    """
    try:
        locale = babel.Locale.parse(language, sep="-")
    except babel.UnknownLocaleError as error:
        raise ValueError(f"there is no language {language!r}") from error
    pattern = locale.currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale)
    positive, negative = (
        _spaced(f"{prefix}{{}}{suffix}", symbol)
        for prefix, suffix in zip(pattern.prefix, pattern.suffix, strict=True)
    )
    return {
        "language": language,
        "digits": get_currency_precision(currency),
        "decimal": get_decimal_symbol(locale),
        "group": get_group_symbol(locale),
        "groups": list(pattern.grouping),
        "positive": positive,
        "negative": negative,
        "plurals": [locale.plural_form(count) for count in _COUNTS],
    }


def _spaced(pattern: str, symbol: str) -> str:
    """Put the symbol into the pattern, apart from the figure where it ends with a letter.

    Source: Unicode Technical Standard 35, part 3, "Currencies": currencySpacing.
    """
    if symbol[-1].isalpha():
        pattern = pattern.replace("¤{}", "¤\N{NO-BREAK SPACE}{}")
    if symbol[0].isalpha():
        pattern = pattern.replace("{}¤", "{}\N{NO-BREAK SPACE}¤")
    return pattern.replace("¤", symbol)
