"""What mails about orders say, in one language."""

from typing import Annotated, Final

import msgspec

from chalicelib.domain.texts import with_placeholders

Text = Annotated[str, with_placeholders("order", "total", "shop")]


class News(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happened to an order; the heading is above the intro."""

    subject: Text
    heading: Text
    intro: Text


class OrderTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What mails about orders say.

    Attributes:
        button: leads to the shop.
        reason: why the customer gets this mail.
        paid: the order is confirmed.
        payment_timed_out, payment_refused: it is cancelled; its products are back in the cart.
        refund_due: a payment is given back.
    """

    button: Text
    reason: Text
    paid: News
    payment_timed_out: News
    payment_refused: News
    refund_due: News


SHOP_TEXTS: Final = ("order", OrderTexts)
"""The file of ``texts/<language>/`` in the shop's folder, without ".toml", and what it holds."""
