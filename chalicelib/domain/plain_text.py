"""Text that somebody typed, made fit for one line of a header or a mail."""

import re
from typing import Final

# Invisible inside of words; each is dropped, and the letters around it stay together: soft hyphen,
# direction marks, word joiner, byte order mark.
_DROPPED: Final = dict.fromkeys(map(ord, "\u00ad\u061c\u200e\u200f\u2060\ufeff"))

# Letters and a symbol that look like a space.
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")

# What makes one sign of several: a joiner or non-joiner after a letter of a script that is written
# with them or after a part of an emoji, the vowel separator of Mongolian, and the tags of the flag
# of a region.
_JOINED: Final = re.compile(
    "(?<=[\u0590-\u1dff\u2190-\U000e01ef])[\u200c\u200d]"
    "|(?<=[\u1820-\u18aa])\u180e"
    "|(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f"
)

# Arabic and Syriac number signs are shown, although Unicode has them among the format characters.
_SHOWN: Final = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")


def one_line(text: str) -> str:
    """Return what can be seen of ``text``, on one line, with single spaces.

    In a header or a mail such text can neither end the line nor look like something that it is
    not: controls, bidirectional overrides and invisible characters are left out. Joiners stay
    where a script or an emoji needs them.
    """
    text = text.translate(_DROPPED)
    kept = {place for found in _JOINED.finditer(text) for place in range(*found.span())}
    signs = (sign if place in kept or _is_visible(sign) else " " for place, sign in enumerate(text))
    return " ".join("".join(signs).split())


def _is_visible(sign: str) -> bool:
    # Emoji that are younger than this Python's Unicode tables are not printable by those.
    is_printable = sign.isprintable() or "\U0001f000" <= sign <= "\U0001faff" or sign in _SHOWN
    return is_printable and sign not in _BLANK
