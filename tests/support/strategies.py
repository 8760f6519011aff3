"""Hypothesis strategies that draw what people, and programs that mean harm, really type.

``st.text()`` practically never draws a long name with a comma, a joiner between two letters or an
encoded word, so each kind has a strategy here.
"""

import json
from typing import Any, Final

from hypothesis import strategies as st

MAX_NAME: Final = 100
"""The longest name (characters) that an event takes."""

ZERO_WIDTH_NON_JOINER: Final = "\u200c"
ZERO_WIDTH_JOINER: Final = "\u200d"

_LONG_ASCII: Final = (
    "Vasquez de la Fuente y Montenegro del Castillo, Maria Guadalupe Esperanza Josefina",
    "O'Connor-Smythe, Jr., Dr. Bartholomew (Bart) Maximilian Alexander; c/o Jones & Sons",
    'Wolfeschlegelsteinhausen "Hubert" Bergerdorff, Adolph Blaine Charles David Earl <Sr.>',
    "Smith, " * 14,
)
_SCRIPTS: Final = (
    "ශ්‍රීමතී බණ්ඩාරනායක",  # Sinhala, with a joiner
    "می‌خواهم علی‌رضا",  # Persian, with a non-joiner
    "क्‍षत्रिय श्रीवास्तव",  # Hindi, with a joiner
    "ক্‌ষমা রহমান",  # Bengali, with a non-joiner
    "محمد بن عبد الله",
    "יוסף בן־דוד",
    "李小龍",
    "ฤทัยรัตน์ ศรีสุข",
    "Ὀδυσσεύς Παπαδόπουλος",
    "Nguyễn Thị Phương Thảo",
    "Žofie Ångström-Łukasiewicz",
    "İbrahim Işık",  # noqa: RUF001
    "Zoe\u0308",  # with a combining mark
    "👨‍👩‍👧‍👦 Müller",  # a family, of four emoji and three joiners
    "Ada 🏳️‍🌈",
    "🇺🇦 Олена",
)
_ENCODED_WORDS: Final = (
    "=?utf-8?q?Ada?=",
    "=?utf-8?q?a=0D=0ABcc:_x@y.example?=",
    "=?utf-8?b?QWRhDQpCY2M6IGV2ZUBleGFtcGxlLmNvbQ==?=",
    "=?iso-8859-1?Q?a?= <eve@example.com>,",
    "=?utf-8?q?=22=2C=00?=",
    "=?us-ascii?x?broken?=",
)
_INJECTIONS: Final = (
    "Ada\r\nBcc: eve@example.com",
    "Ada\u2028Subject: Win",
    'Ada" <eve@example.com>, "',
    "Ada\u202eecalevoL",
    "<script>alert(1)</script>",
    "${jndi:ldap://x}",
    "{{7*7}} $name %s",
    "Ada\x00",
)
_SPECIALS: Final = "()<>[]:;@\\,.\" '!#$%&*+-/=?^_`{|}~"

AMBIGUOUS_DOMAINS: Final = (
    "straße.example",
    "faß.xn--bcher-kva.example",
    "\N{LATIN CAPITAL LETTER SHARP S}berg.example",
    "βόλος.example",
    "නෙත්\u200dර.example",
    "نامه\u200cای.example",  # noqa: RUF001
)
"""Domains that the two standards of IDNA map differently, so that each means two hosts."""

_IDN_DOMAINS: Final = (
    "bücher.example",
    *AMBIGUOUS_DOMAINS,
    "例え.テスト",
    "xn--bcher-kva.example",
    "xn--strae-oqa.example",
    "BÜCHER.example",
)

_ODD_SKUS: Final = (
    *("", "*", "mug", "MUG STONE", "MUG_STONE", "MUG.STONE", "MUG/STONE", "MUG%2FSTONE", ".."),
    *("MUG\n", "MUG\x00", "MUG#1", "MUG?x=1", "A" * 33, "LINE#MUG", "MUG\N{GRINNING FACE}"),
    *("\N{FULLWIDTH LATIN CAPITAL LETTER M}UG", "\N{CYRILLIC CAPITAL LETTER EM}UG"),
)

ascii_names = st.one_of(
    st.sampled_from([name[:MAX_NAME] for name in _LONG_ASCII]),
    st.text(st.sampled_from("abcdeXYZ" + _SPECIALS), min_size=1, max_size=MAX_NAME),
    st.lists(st.text(st.sampled_from("abcXYZ'-."), min_size=1, max_size=12), max_size=9).map(
        lambda words: ", ".join(words)[:MAX_NAME]
    ),
)
"""Names in ASCII, many of them long and full of characters that are special in a header."""

script_names = st.one_of(
    st.sampled_from(_SCRIPTS),
    st.lists(st.sampled_from(_SCRIPTS), min_size=2, max_size=3).map(
        lambda names: " ".join(names)[:MAX_NAME]
    ),
)
"""Names in many scripts, with the joiners and combining marks that they need."""

hostile_names = st.one_of(
    st.sampled_from(_ENCODED_WORDS + _INJECTIONS),
    st.tuples(ascii_names, st.sampled_from(_ENCODED_WORDS + _INJECTIONS)).map(
        lambda parts: " ".join(parts)[-MAX_NAME:]
    ),
)
"""What somebody calls themselves to change a mail: encoded words, line ends, markup."""

names = st.one_of(ascii_names, script_names, hostile_names, st.text(max_size=MAX_NAME))
"""Whatever an event takes for a customer's name."""

local_parts = st.one_of(
    st.sampled_from(["ada", "ada.lovelace+cart", "o'neill", "a/b=c", "ADA", "jörg", "ада", "用户"]),
    st.text(st.sampled_from("abcXYZ019.!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=64),
)
"""What stands before the @, in and beyond the ASCII that SES takes."""

domains = st.sampled_from(["example.com", "EXAMPLE.com", "a.b.example", *_IDN_DOMAINS])
"""Domains, many of them internationalized, as Unicode and as what DNS has."""

addresses = st.tuples(local_parts, domains).map("@".join)
"""E-mail addresses that an event takes; SES does not take all of them."""

mailable_addresses = st.builds(
    "{}@{}.example".format,
    st.lists(
        st.text(st.sampled_from("abcXYZ019!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=8),
        min_size=1,
        max_size=4,
    ).map(".".join),
    st.sampled_from(["bücher", "BÜRO", "a.b-c", "例え", "χτι", "почта"]),
)
"""Addresses that SES takes once their domain is mapped."""

valid_skus = st.from_regex(r"[A-Z0-9-]{1,32}", fullmatch=True)
"""SKUs that an event takes."""

odd_skus = st.one_of(st.sampled_from(_ODD_SKUS), st.text(max_size=40)).filter(
    lambda sku: not _is_sku(sku)
)
"""What is no SKU, though it may look like one."""


def _is_sku(text: str) -> bool:
    return 0 < len(text) <= 32 and all(
        sign.isascii() and (sign.isdigit() or sign.isupper() or sign == "-") for sign in text
    )


_SCALARS: Final = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=10))

json_values: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
"""Values of JSON, of modest depth."""


@st.composite
def deep_json(draw: st.DrawFn, min_depth: int = 50, max_depth: int = 100_000) -> str:
    """Draw a JSON text that is nested deeply; some are cut off in the middle, as an attack is."""
    depth = draw(st.integers(min_depth, max_depth))
    opening, closing = draw(st.sampled_from([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")]))
    inner = json.dumps(draw(_SCALARS))
    return opening * depth + (inner + closing * depth if draw(st.booleans()) else "")
