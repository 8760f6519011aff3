"""Money and plural forms as the readers of a language write them.

The facts come from Unicode's CLDR. ``python -m infra configure`` writes those of a shop's languages
and currency to ``locales.json`` in the shop's folder, so that no function has to carry the CLDR.
"""

from typing import Final

import msgspec

PLURALS: Final = {
    "0": "zero",
    "1": "one",
    "2": "two",
    "f": "few",
    "m": "many",
    "-": "other",
}
"""CLDR's plural categories by the character that stands for each in :class:`Locale`."""

_TABLE: Final = 200
"""How many counts have their plural category listed; beyond, the last hundred repeats itself."""


class Locale(msgspec.Struct, frozen=True, kw_only=True):
    """How one language writes amounts of the shop's currency, and counts.

    Attributes:
        language: the BCP 47 tag.
        digits: how many minor digits the currency has: 2 for most, 0 for JPY, 3 for KWD.
        decimal, group: the separators.
        groups: the sizes of the last group of digits and of those before it.
        positive, negative: what an amount is put into, with ``{}`` in the figure's place.
        plurals: the plural category of each count from 0 to 199, a character of
            :data:`PLURALS` each.
    """

    language: str
    digits: int
    decimal: str
    group: str
    groups: tuple[int, int]
    positive: str
    negative: str
    plurals: str

    def money(self, amount: int) -> str:
        """Return an amount of minor units as readers of this language write it."""
        pattern = self.negative if amount < 0 else self.positive
        units, minor = divmod(abs(amount), 10**self.digits)
        figure = self.number(units)
        if self.digits:
            figure += f"{self.decimal}{minor:0{self.digits}}"
        return pattern.replace("{}", figure)

    def plural(self, count: int) -> str:
        """Return the plural category of a count, such as ``one`` or ``other``."""
        if count >= _TABLE:
            count = _TABLE // 2 + count % (_TABLE // 2)
        return PLURALS[self.plurals[count]]

    def number(self, count: int) -> str:
        """Return a whole number from 0 as readers of this language write it."""
        digits, (last, others) = str(count), self.groups
        parts = [digits[-last:]]
        rest = digits[:-last]
        while rest:
            parts.append(rest[-others:])
            rest = rest[:-others]
        return self.group.join(reversed(parts))
