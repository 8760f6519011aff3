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
