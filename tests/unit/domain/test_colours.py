"""Colours that go together: text can be read on what it stands on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.colours import BLACK, WHITE, Palette, contrast, mixed, palette
from chalicelib.domain.shop import Colours

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("colour", "other", "ratio"),
    [
        (BLACK, WHITE, 21),
        (WHITE, WHITE, 1),
        ("#777777", WHITE, 4.48),
        ("#ff0000", WHITE, 4.0),
        ("#00ff00", WHITE, 1.37),
        ("#0000ff", WHITE, 8.59),
        ("#0a0a0a", WHITE, 19.8),
        ("#050505", WHITE, 20.38),
    ],
)
def test_contrasts_are_those_of_wcag(colour: str, other: str, ratio: float) -> None:
    assert contrast(colour, other) == contrast(other, colour)
    assert round(contrast(colour, other), 2) == ratio


@given(colours, colours)
def test_text_on_the_accent_can_be_read_whatever_the_accent(background: str, accent: str) -> None:
    found = palette(background, accent)
    assert contrast(found.accent, found.on_accent) >= 4.5


@given(st.integers(0xD0, 0xFF) | st.integers(0x00, 0x2F))
def test_text_can_be_read_on_any_background_that_is_light_or_dark(value: int) -> None:
    found = palette(f"#{value:02x}{value:02x}{value:02x}", "#2c5a4b")
    for ground in (found.background, found.card):
        assert contrast(found.ink, ground) >= 7
        assert contrast(found.soft, ground) >= 4.5


def test_the_shops_first_colours_can_be_read_in_both_schemes() -> None:
    first = Colours()
    for background, accent in (
        (first.background, first.accent),
        (first.background_dark, first.accent_dark),
    ):
        found = palette(background, accent)
        assert contrast(found.accent, found.card) >= 4.5


@given(colours, colours)
def test_a_mix_is_between_its_parts(colour: str, other: str) -> None:
    assert mixed(colour, other, 0) == colour
    assert mixed(colour, other, 1) == other


def test_a_light_palette_is_mixed_with_white_and_black() -> None:
    assert palette("#f8f5ee", "#2c5a4b") == Palette(
        background="#f8f5ee",
        card="#fdfcf9",
        ink="#232221",
        soft="#5e5d5a",
        rule="#d5d3cd",
        accent="#2c5a4b",
        on_accent=WHITE,
    )


def test_a_dark_palette_is_mixed_with_white() -> None:
    assert palette("#161512", "#9ccdb8") == Palette(
        background="#161512",
        card="#22211e",
        ink="#dedede",
        soft="#a6a6a5",
        rule="#373633",
        accent="#9ccdb8",
        on_accent=BLACK,
    )
