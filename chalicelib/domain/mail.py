"""An e-mail as the application composes it, before it is put into MIME."""

from collections.abc import Mapping

import msgspec


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One e-mail to one person: the same content as text and as HTML.

    ``headers`` are further headers, such as List-Unsubscribe.
    """

    to: str
    name: str | None
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = {}


def one_line(text: str) -> str:
    """Return what is printable of ``text``, on one line, with single spaces.

    A name in a header or in the text part can then neither end the line nor, by way of a
    bidirectional override or a zero-width character, look like something it is not.
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
