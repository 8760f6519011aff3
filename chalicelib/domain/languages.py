"""Languages as BCP 47 tags, and which of a shop's languages a customer reads."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

_MAX_LANGUAGES: Final = 20
"""How many languages of a header are read."""


def chosen(claim: str, header: str, offered: Sequence[str]) -> str:
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
    by_tag = {tag.lower(): tag for tag in reversed(offered)}
    by_language = {tag.lower().partition("-")[0]: tag for tag in reversed(offered)}
    for tag in wanted:
        # OpenID Connect's claim "locale" may separate its parts by an underscore.
        parts = tag.strip().lower().replace("_", "-").split("-")
        for end in range(len(parts), 0, -1):
            if found := by_tag.get("-".join(parts[:end])):
                return found
        if found := by_language.get(parts[0]):
            return found
    return offered[0]


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


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
    return quality if math.isfinite(quality) else 0.0
