"""What guests read who leave an address, in one language."""

from typing import Annotated, Final

import msgspec

from chalicelib.domain.texts import LinkTexts, Plain, with_placeholders

Text = Annotated[str, with_placeholders("shop")]


class ConfirmationMail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mail by which an address is confirmed; it says nothing about the cart.

    Attributes:
        button: leads to the page that asks for the confirmation.
        otherwise: what to do for whoever did not ask for it.
    """

    subject: Text
    intro: Text
    button: Plain
    otherwise: Text


class GuestTexts(LinkTexts, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What guests read who leave an address.

    Attributes:
        mail: asks to confirm the address.
        question: the page behind the mail's link; nothing has changed yet.
        button: confirms.
        done: the guest will be reminded.
        broken: the link is not one of the shop's.
        expired: the link is too old, or another address was left since.
    """

    mail: ConfirmationMail


SHOP_TEXTS: Final = ("guest", GuestTexts)
"""The file of ``texts/<language>/`` in the shop's folder, without ".toml", and what it holds."""
