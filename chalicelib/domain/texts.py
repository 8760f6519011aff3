"""What mails and pages say in one language: the files of the shop's ``texts/<language>/``.

A text names what is filled in with ``{placeholders}``, and each text knows which there are.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from chalicelib.domain.locales import Locale

_PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")


def with_placeholders(*placeholders: str) -> Meta:
    """Describe a text that may hold these placeholders and no other braces."""
    names = [f"{{{name}}}" for name in placeholders]
    allowed = rf"|\{{(?:{'|'.join(placeholders)})\}}" if names else ""
    known = f"with no placeholder but {', '.join(names)}" if names else "without placeholders"
    pattern = rf"^(?:[^{{}}]{allowed})+\Z"
    return Meta(pattern=pattern, max_length=500, description=f"a text {known}")


Plain = Annotated[str, with_placeholders()]


class ReminderTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a reminder says; of texts with a count, by CLDR's plural category.

    Attributes:
        preview: what mailboxes show beside the subject.
        greeting, greeting_without_name: how the customer is addressed.
        intro: what was left where; the heading is above it.
        button: leads to the cart.
        product, quantity, subtotal: the heads of the table.
        each: the price of one piece, below a product's name.
        each_changed: the same, where it was another one when the product was added.
        more: how many further products are in a cart that is too long for a mail.
        reason: why the customer gets this mail.
        opt_out: the link with which a customer stops the reminders.
        contact: whom to write to.
    """

    subject: dict[str, Annotated[str, with_placeholders("count", "shop")]]
    preview: Annotated[str, with_placeholders("products", "total", "shop")]
    heading: Plain
    greeting: Annotated[str, with_placeholders("name")]
    greeting_without_name: Plain
    intro: dict[str, Annotated[str, with_placeholders("count", "shop")]]
    button: Plain
    product: Plain
    quantity: Plain
    subtotal: Plain
    each: Annotated[str, with_placeholders("price")]
    each_changed: Annotated[str, with_placeholders("price", "before")]
    more: dict[str, Annotated[str, with_placeholders("count")]]
    total: Plain
    reason: Annotated[str, with_placeholders("shop")]
    opt_out: Plain
    contact: Annotated[str, with_placeholders("support")]


class Notice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page that says one thing."""

    title: Plain
    text: Plain


class LinkTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the page behind a mail's link says, such as the one that stops reminders.

    Attributes:
        question: what the page asks; nothing has changed yet.
        button: does what the link is for: it stops the reminders.
        done: that has been done.
        broken: the link was altered, or is incomplete.
        expired: the link is no longer valid.
        to_shop: the link to the shop.
    """

    question: Notice
    button: Plain
    done: Notice
    broken: Notice
    expired: Notice
    to_shop: Plain


def fill(text: str, **values: str) -> str:
    """Put the values in the places of a text; what a value holds is never filled again."""
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def counted(forms: Mapping[str, str], locale: Locale, count: int, **values: str) -> str:
    """Fill the form of a text that goes with a count, which is ``{count}`` in it."""
    form = forms.get(locale.plural(count)) or forms["other"]
    return fill(form, count=locale.number(count), **values)
