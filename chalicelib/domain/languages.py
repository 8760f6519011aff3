"""Languages as BCP 47 tags, and which of a shop's languages a customer reads."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

_MAX_LANGUAGES: Final = 20
"""How many languages of a header are read."""
_QUALITY: Final = re.compile(r"[qQ]\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_SCRIPTS: Final = {
    **{f"zh-{region}": f"zh-hant-{region}" for region in ("tw", "hk", "mo")},
    **{f"zh-{region}": f"zh-hans-{region}" for region in ("cn", "sg", "my")},
}
"""Which characters Chinese is written in, by region: browsers do not send the script."""


@lru_cache(maxsize=128)  # browsers differ by few headers
def chosen(claim: str, header: str, offered: tuple[str, ...]) -> str:
    """Return the offered language of a customer whose token has the ``claim`` "locale".

    Without one that is offered, the ``header`` "Accept-Language" decides. Both may be empty.
    """
    return preferred(filter(None, [claim, *accepted(header)]), offered)


def preferred(wanted: Iterable[str], offered: Sequence[str]) -> str:
    """Return the first of the ``wanted`` languages that is ``offered``, else the first offered.

    "de-AT" is served by "de" where there is no "de-AT", and the other way round, so that a
    customer of a related language reads something familiar.
    Source: RFC 4647, "Lookup".
    """
    found: dict[str, str] = {}
    for tag in reversed(offered):
        found |= dict.fromkeys(_ranges(tag), tag)
    found |= {_ranges(tag)[0]: tag for tag in reversed(offered)}
    for tag in wanted:
        for each in _ranges(tag):
            if each in found:
                return found[each]
    return offered[0]


def _ranges(tag: str) -> list[str]:
    """Return a tag and what it is a part of: "de-at" and "de"."""
    # OpenID Connect's claim "locale" may separate its parts by an underscore.
    full = tag.strip().lower().replace("_", "-")
    parts = _SCRIPTS.get(full, full).split("-")
    return ["-".join(parts[:end]) for end in range(len(parts), 0, -1)]


def accepted(header: str) -> list[str]:
    """Return the languages of an ``Accept-Language`` header, the most wanted first.

    What is malformed is left out: a header that nobody typed is not worth an error.
    Source: RFC 9110, "Accept-Language".
    """
    weighted: list[tuple[float, str]] = []
    for each in header.split(",")[:_MAX_LANGUAGES]:
        tag, _, weight = each.partition(";")
        quality = _quality(weight)
        if tag.strip() and quality > 0:
            weighted.append((quality, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


def _quality(parameters: str) -> float:
    if not parameters.strip():
        return 1.0
    match = _QUALITY.fullmatch(parameters.strip())
    return float(match[1]) if match else 0.0
