"""The colours of mail and pages, worked out from the few that a shop names."""

from typing import Final, NamedTuple

BLACK: Final = "#000000"
WHITE: Final = "#ffffff"


class Palette(NamedTuple):
    """Colours that go together, each as ``#rrggbb``.

    ``soft`` is for less important text, ``rule`` for lines, ``on_accent`` for text on the accent.
    """

    background: str
    card: str
    ink: str
    soft: str
    rule: str
    accent: str
    on_accent: str


def palette(background: str, accent: str) -> Palette:
    """Return the colours around an accent on a background, which may be light or dark."""
    is_light = contrast(background, BLACK) > contrast(background, WHITE)
    ink = BLACK if is_light else WHITE
    return Palette(
        background=background,
        card=mixed(background, WHITE, 0.65 if is_light else 0.05),
        ink=mixed(background, ink, 0.86),
        soft=mixed(background, ink, 0.62),
        rule=mixed(background, ink, 0.14),
        accent=accent,
        on_accent=max((WHITE, BLACK), key=lambda colour: contrast(accent, colour)),
    )


def mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with a share, from 0 to 1, of another one."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def contrast(colour: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21.

    Source: WCAG 2.2, "contrast ratio".
    """
    darker, lighter = sorted((_luminance(colour), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    return float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))
