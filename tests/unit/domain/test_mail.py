import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.mail import one_line


@given(st.text())
def test_one_line_leaves_nothing_but_printable_signs(text: str) -> None:
    assert one_line(text).isprintable()
    assert one_line(text).strip() == one_line(text)


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
