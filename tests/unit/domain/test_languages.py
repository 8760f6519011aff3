"""Which of a shop's languages somebody reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.languages import accepted, preferred

OFFERED = ("en", "de", "pt-BR")


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ([], "en"),
        (["de"], "de"),
        (["de-AT"], "de"),
        (["DE_at"], "de"),
        (["pt"], "pt-BR"),
        (["pt-PT"], "pt-BR"),
        (["fr", "de"], "de"),
        (["fr"], "en"),
        (["", "*"], "en"),
        (["zh-Hant-TW", "de-CH-1996"], "de"),
    ],
)
def test_the_first_wanted_language_that_is_offered_is_chosen(
    wanted: list[str], chosen: str
) -> None:
    assert preferred(wanted, OFFERED) == chosen


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("de", ["de"]),
        ("de-AT, de;q=0.9, en;q=0.8", ["de-AT", "de", "en"]),
        ("en;q=0.5,fr", ["fr", "en"]),
        ("en;q=0", []),
        ("en;q=x, de", ["de"]),
        ("", []),
        (",;,", []),
        ("*;q=0.1", ["*"]),
    ],
)
def test_accept_language_is_read_by_its_weights(header: str, languages: list[str]) -> None:
    assert accepted(header) == languages


@given(st.text(max_size=300))
def test_whatever_a_header_holds_some_language_is_chosen(header: str) -> None:
    assert preferred(accepted(header), OFFERED) in OFFERED
