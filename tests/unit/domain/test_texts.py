"""Texts with placeholders and plural forms."""

from typing import Any

import msgspec
import pytest
from babel import Locale as Cldr

from chalicelib.domain.locales import Locale
from chalicelib.domain.texts import (
    LinkTexts,
    Notice,
    ReminderTexts,
    counted,
    fill,
    with_placeholders,
)
from infra.generate.locales import facts_of
from tests.support.catalog import TEXTS


def test_a_value_is_never_filled_again() -> None:
    assert fill("Hello {name} of {shop}", name="{shop}", shop="{name}") == "Hello {shop} of {name}"


@pytest.mark.parametrize("language", ["en", "de", "pl", "ja", "ar", "fr", "sl"])
def test_a_count_takes_the_form_of_its_language(language: str) -> None:
    locale = msgspec.convert(facts_of(language, "EUR"), Locale)
    forms = {form: f"{{count}} {form}" for form in ("zero", "one", "two", "few", "many", "other")}
    for count in (0, 1, 2, 3, 5, 11, 21, 99, 100, 101, 102, 1002):
        written, _, form = counted(forms, locale, count).partition(" ")
        assert form == Cldr.parse(language).plural_form(count)
        assert written.replace(".", "").replace(",", "").isdigit() or language in {"pl", "fr"}


def test_a_form_that_is_missing_is_the_other_one() -> None:
    locale = msgspec.convert(facts_of("pl", "EUR"), Locale)
    assert counted({"other": "{count} w {shop}"}, locale, 3, shop="X") == "3 w X"


@pytest.mark.parametrize(
    "change",
    [
        {"button": "Back, {name}"},
        {"greeting": "Hello {name.__class__}"},
        {"greeting": "Hello {}"},
        {"greeting": "Hello {name"},
        {"greeting": ""},
        {"more": {"other": "{total} more"}},
        {"unknown": "text"},
    ],
)
def test_a_text_that_could_not_be_filled_is_refused(change: dict[str, Any]) -> None:
    texts = msgspec.to_builtins(TEXTS.reminder("en", "reminder")) | change
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(texts, ReminderTexts)


@pytest.mark.parametrize(
    ("placeholders", "said"),
    [((), "a text without placeholders"), (("a", "b"), "a text with no placeholder but {a}, {b}")],
)
def test_a_text_is_described_by_the_placeholders_that_it_may_hold(
    placeholders: tuple[str, ...], said: str
) -> None:
    assert with_placeholders(*placeholders).description == said


def test_a_text_has_500_characters_at_most() -> None:
    msgspec.convert({"title": "t" * 500, "text": "t"}, Notice)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"title": "t" * 501, "text": "t"}, Notice)


def test_a_text_that_the_page_does_not_know_is_refused() -> None:
    notice = {"title": "Done", "text": "You get no more reminders."}
    names = ("question", "done", "broken", "expired")
    texts = dict.fromkeys(names, notice) | {"button": "Stop", "to_shop": "To the shop"}
    assert msgspec.convert(texts, LinkTexts).done == Notice(**notice)
    for wrong in (texts | {"more": "text"}, texts | {"done": notice | {"more": "text"}}):
        with pytest.raises(msgspec.ValidationError, match="unknown field `more`"):
            msgspec.convert(wrong, LinkTexts)
