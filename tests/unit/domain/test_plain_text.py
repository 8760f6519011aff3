import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plain_text import one_line
from tests.support import strategies


@given(st.one_of(st.text(), strategies.names))
def test_one_line_can_neither_end_a_line_nor_change_the_direction(text: str) -> None:
    line = one_line(text)
    assert line.strip() == line
    assert len(line.splitlines()) <= 1
    kinds = {unicodedata.category(sign) for sign in line}
    assert not kinds & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")


@given(st.one_of(st.text(), strategies.names))
def test_one_line_of_one_line_is_itself(text: str) -> None:
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x58F), max_size=50))
def test_letters_and_digits_stay(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("Žofie Ångström 李", "Žofie Ångström 李"),
        ("  Ada \t  Lovelace ", "Ada Lovelace"),
        ("Ada\r\nBcc: eve@example.com", "Ada Bcc: eve@example.com"),
        ("Ada\u202eecalevoL", "Ada ecalevoL"),
        ("Ada\ud800", "Ada"),
        ("\x00\x1b[31m", "[31m"),
    ],
)
def test_one_line_of(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    "name",
    [
        "ශ්\u200dරීමතී බණ්ඩාරනායක",
        "علی\u200cرضا",  # noqa: RUF001
        "می\u200cخواهم",  # noqa: RUF001
        "क्\u200dषत्रिय श्रीवास्तव",
        "ক্\u200cষমা রহমান",
        "ക്\u200dഷ",
        "ᠠᠷ\u180eᠠ",
        "ه\u200d",  # noqa: RUF001
        "👨\u200d👩\u200d👧\u200d👦 Müller",
        "👩🏽\u200d💻",
        "Ada 🏳\ufe0f\u200d🌈",
        "❤\ufe0f\u200d🔥",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\U0001fae9",  # of Unicode 16, which Python 3.11 does not know
        "\U0001faff",  # of a version to come
        "٠\u0600٣",  # noqa: RUF001
    ],
)
def test_what_a_script_or_an_emoji_is_joined_by_stays(name: str) -> None:
    assert one_line(name) == name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Ada\u200dLovelace", "Ada Lovelace"),
        ("Ада\u200cИванова", "Ада Иванова"),  # noqa: RUF001
        ("\u200dශ්\u200d\u200dරී", "ශ්\u200d රී"),
        ("\u200c\u200d", ""),
        ("\u3164\u115f\uffa0\u2800", ""),
        ("Ma\u00adria", "Maria"),
        ("\u200eAda\u200f \ufeffLove\u2060lace\u061c", "Ada Lovelace"),
        ("Ada\u200bLovelace", "Ada Lovelace"),
        ("\u2066Ada\u2069", "Ada"),
        ("Ada\U000e0067\U000e007f", "Ada"),
        ("Ada\u2028Subject: Win", "Ada Subject: Win"),
        ("Ada\u0085\x0b\x0cEve", "Ada Eve"),
        ("Ada\ue000", "Ada"),
    ],
)
def test_what_is_invisible_or_deceives_goes(text: str, line: str) -> None:
    assert one_line(text) == line
