"""Which of a shop's languages somebody reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.languages import accepted, chosen, preferred

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
    ("wanted", "offered", "chosen"),
    [
        ("zh-TW", ("en", "zh-Hans", "zh-Hant"), "zh-Hant"),
        ("zh-HK", ("zh-CN", "zh-TW"), "zh-TW"),
        ("zh-SG", ("zh-TW", "zh-CN"), "zh-CN"),
        ("zh-Hant-MO", ("zh-Hans", "zh-Hant"), "zh-Hant"),
        ("zh-CN", ("zh-TW", "zh-Hans"), "zh-Hans"),
        ("zh", ("en", "zh-Hant"), "zh-Hant"),
        ("pt-PT", ("pt-BR", "pt"), "pt"),
        ("EN-gb", ("en-US", "en-GB"), "en-GB"),
    ],
)
def test_a_related_language_is_of_the_same_script_if_there_is_one(
    wanted: str, offered: tuple[str, ...], chosen: str
) -> None:
    assert preferred([wanted], offered) == chosen


@pytest.mark.parametrize("quality", ["2", "1.5", "-1", "1_0", "0.1234", "1e0", "inf", "nan", ""])
def test_a_weight_that_is_none_wants_nothing(quality: str) -> None:
    assert accepted(f"en;q={quality}, de;q=0.1") == ["de"]


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        ("de", ["de"]),
        ("de-AT, de;q=0.9, en;q=0.8", ["de-AT", "de", "en"]),
        ("en;q=0.5,fr", ["fr", "en"]),
        ("en;q=1,fr", ["en", "fr"]),
        ("en;q=0.001,fr;q=0.002", ["fr", "en"]),
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


def test_of_a_header_twenty_languages_are_read() -> None:
    header = ",".join(f"x{number:02}" for number in range(30))
    assert accepted(header) == [f"x{number:02}" for number in range(20)]


@pytest.mark.parametrize(
    ("claim", "header", "language"),
    [
        ("de", "pt-BR", "de"),
        ("de_AT", "pt-BR", "de"),
        ("fr", "pt-BR", "pt-BR"),
        ("", "fr, pt", "pt-BR"),
        ("", "", "en"),
    ],
)
def test_what_a_token_says_goes_before_what_the_browser_says(
    claim: str, header: str, language: str
) -> None:
    assert chosen(claim, header, OFFERED) == language
