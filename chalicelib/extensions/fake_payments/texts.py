"""What the page of the fake payment provider says, in one language."""

from typing import Annotated, Final

import msgspec

from chalicelib.domain.texts import Notice, Plain, with_placeholders


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page asks: whether to pay how much to which shop."""

    title: Plain
    text: Annotated[str, with_placeholders("total", "shop")]


class PaymentTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page of the fake payment provider says.

    Attributes:
        question: what is to be paid; it should say that no money moves.
        pay, refuse, nothing: the answers; the last one leads back to the shop.
        paid, refused: what was decided.
        to_shop: leads back to the shop.
    """

    question: Question
    pay: Plain
    refuse: Plain
    nothing: Plain
    paid: Notice
    refused: Notice
    to_shop: Plain


SHOP_TEXTS: Final = ("payment", PaymentTexts)
"""The file of ``texts/<language>/`` in the shop's folder, without ".toml", and what it holds."""
