"""A mail as MIME. Header fields are written here, by the same rules on every version of Python.

The standard library's modern header classes parse what they are given: an encoded word in a
customer's name is decoded, line ends included, and a long quoted name loses its quotes when it is
folded (python/cpython#121284). Here text is only ever encoded.
"""

import re
from collections.abc import Iterator, Mapping
from email.charset import Charset
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from chalicelib.domain.plain_text import one_line

CRLF: Final = "\r\n"

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ATOMS: Final = re.compile(rf"{_ATOM}(?: {_ATOM})*")
# 76 is the longest line of encoded words and of quoted-printable text (RFC 2047, RFC 2045).
_MAX_LINE: Final = 76
_MAX_ENCODED_WORD: Final = _MAX_LINE - len("Subject: ")  # the longest name of a field with text
_UTF_8: Final = Charset("utf-8")
_POLICY: Final = SMTP.clone(max_line_length=_MAX_LINE)


def mailbox(name: str, address: str) -> str:
    """Return a mailbox as a header field has it: ``Ada Lovelace <ada@example.com>``.

    A name that a mail program could read as anything else is quoted or, if it is not ASCII or
    holds what looks like an encoded word, encoded; it may take several lines.
    """
    name = one_line(name)
    if not name:
        return address
    if not _is_plain(name):
        return f"{_encoded(name)}{CRLF} <{address}>"
    if not _ATOMS.fullmatch(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def unstructured(text: str) -> str:
    """Return text, such as a subject or a URL, as a header field has it."""
    text = one_line(text)
    return text if _is_plain(text) else _encoded(text)


def message(headers: Mapping[str, str], text: str, html: str) -> bytes:
    """Return a mail of two parts that say the same, the preferred one last.

    The values of ``headers`` come from the functions above. Date and Message-ID are left to SES.
    """
    body = EmailMessage(policy=_POLICY)
    body.set_content(text, cte="quoted-printable")
    body.add_alternative(html, subtype="html", cte="quoted-printable")
    fields = "".join(f"{name}: {value}{CRLF}" for name, value in headers.items())
    return fields.encode("ascii") + body.as_bytes()


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


def _encoded(text: str) -> str:
    """Return text as encoded words, broken at spaces where possible.

    Some readers keep the white space between the encoded words of a name; there it does least harm.
    """
    words = [""]
    for piece in _pieces_of(text):
        if len(_UTF_8.header_encode(words[-1] + piece)) > _MAX_ENCODED_WORD:
            words.append("")
        words[-1] += piece
    return f"{CRLF} ".join(_UTF_8.header_encode(word) for word in words)


def _pieces_of(text: str) -> Iterator[str]:
    for word in re.findall("[^ ]+ ?", text):
        yield from [word] if len(_UTF_8.header_encode(word)) <= _MAX_ENCODED_WORD else word
