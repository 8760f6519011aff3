"""Draws how late the reminders of each scenario are, as SVG."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import Final

from bench.load.scenarios import Figures

WIDTH: Final = 860
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 20, 620, 380
_TICKS: Final = {
    1: "1 s",
    10: "10 s",
    60: "1 min",
    600: "10 min",
    3_600: "1 h",
    6 * 3_600: "6 h",
}
_COLOURS: Final = (
    *("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee"),
    *("#aa3377", "#777777", "#dd7733", "#113355"),
)
_POINTS: Final = 200


def svg(played: Sequence[Figures]) -> str:
    """Return the drawing: a line for each scenario, the share of its reminders by lateness."""
    title = "Share of the reminders that were sent by so long after they were due"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 430" role="img"'
        ' aria-labelledby="title" font-family="sans-serif" font-size="12">'
        f'<title id="title">{title}</title><rect width="{WIDTH}" height="430" fill="#ffffff"/>'
    )
    lines = [_line(figures, number) for number, figures in enumerate(played)]
    return "\n".join([head, *_axes(), *lines, "</svg>", ""])


def _axes() -> Sequence[str]:
    parts = []
    for seconds, words in _TICKS.items():
        x = _x(seconds)
        parts.append(f'<path d="M{x:.1f} {_TOP}V{_BOTTOM}" stroke="#dddddd"/>')
        parts.append(_text(x, _BOTTOM + 18, words, "middle"))
    for percent in (0, 25, 50, 75, 100):
        y = _y(percent / 100)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{_RIGHT}" stroke="#dddddd"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{percent} %", "end"))
    parts.append(_text((_LEFT + _RIGHT) / 2, 420, "sent by so long after it was due", "middle"))
    return parts


def _line(figures: Figures, number: int) -> str:
    shares = [one / _POINTS for one in range(_POINTS + 1)]
    points = " ".join(f"{_x(figures.late_by(one)):.1f},{_y(one):.1f}" for one in shares)
    colour, y = _COLOURS[number % len(_COLOURS)], _TOP + 12 + 22 * number
    name = figures.scenario.name.removeprefix("… ")
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        f'<path d="M{_RIGHT + 12} {y}h18" stroke="{colour}" stroke-width="4"/>'
        + _text(_RIGHT + 36, y + 4, name, "start")
    )


def _x(seconds: float) -> float:
    longest = log10(max(_TICKS))
    return _LEFT + (_RIGHT - _LEFT) * min(1, max(0, log10(max(seconds, 1)) / longest))


def _y(share: float) -> float:
    return _BOTTOM - (_BOTTOM - _TOP) * share


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
