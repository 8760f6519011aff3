"""Prints each hop as one readable line."""

import io
import sys
from typing import Final, TextIO

from infra.local.engine.journal import Hop

_SHORT: Final = 12
_COLOURS: Final = {"request": "36", "invoke": "32", "schedule": "35", "mail": "33"}


def line_of(hop: Hop) -> str:
    """Return a hop as one line: time, kind, what, outcome, duration, short id and note."""
    duration = "" if hop.duration_ms is None else f"{hop.duration_ms:.0f} ms"
    ref = f"…{hop.ref[-_SHORT:]}" if hop.ref else ""
    line = f"{hop.at:%Y-%m-%d %H:%M:%S} {hop.kind:<9} {hop.what:<40} {hop.outcome}"
    extras = "  ".join(part for part in (duration, ref, hop.note) if part)
    return one_line(f"{line}  {extras}".rstrip())


def one_line(text: str) -> str:
    """Return ``text`` without line breaks and other control characters."""
    return "".join(character if character.isprintable() else " " for character in text)


class Printer:
    """Prints hops, in colours on a terminal."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._colours = stream.isatty()

    def __call__(self, hop: Hop) -> None:
        """Print one hop; a closed pipe is not an error."""
        colour = "31" if hop.failed else _COLOURS.get(hop.kind)
        line = line_of(hop)
        if self._colours and colour:
            line = f"\033[{colour}m{line}\033[0m"
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except BrokenPipeError:
            self._stream = io.StringIO()
