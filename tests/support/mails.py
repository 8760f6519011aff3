"""Reads a mail's header fields as other programs do, with nothing but the standard library.

Run as a program, it checks the names that come as JSON on standard input under whatever Python
runs it: the rules of MIME are the same for all, and what the library makes of them is not.
"""

import json
import re
import sys
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from typing import Final

from chalicelib.adapters import mime
from chalicelib.domain.plain_text import one_line

ADDRESS: Final = "ada@example.com"
FIELDS: Final = ["From", "To", "Subject", "List-Unsubscribe", "Content-Type", "MIME-Version"]


def display_name(field: str) -> str:
    """Return the display name of a mailbox in a header field, by RFC 5322 and RFC 2047."""
    name = re.sub(r"\r\n(?=[ \t])", "", field).rpartition("<")[0].strip()
    if name.startswith('"'):
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return str(make_header(decode_header(name))) if name.startswith("=?") else name


def check_name(name: str) -> None:
    """Check that a mail to somebody of this name has its own headers, one recipient, this name."""
    subject = f"For {name}"
    headers = {
        "From": mime.mailbox(name, "shop@example.com"),
        "To": mime.mailbox(name, ADDRESS),
        "Subject": mime.unstructured(subject),
        "List-Unsubscribe": "<https://shop.example.com/unsubscribe?token=a.b>",
    }
    raw = mime.message(headers, "text", "<p>html</p>")
    read, kept = message_from_bytes(raw, policy=default), message_from_bytes(raw, policy=compat32)
    assert isinstance(read, EmailMessage)
    assert sorted(read.keys()) == sorted(FIELDS), read.keys()
    assert [part.get_content().strip() for part in read.iter_parts()] == ["text", "<p>html</p>"]
    assert [one.addr_spec for one in read["To"].addresses] == [ADDRESS]
    assert [one.addr_spec for one in read["From"].addresses] == ["shop@example.com"]
    assert display_name(kept["To"] if "<" in kept["To"] else "") == one_line(name)
    assert str(make_header(decode_header(kept["Subject"]))) == one_line(subject)
    # The library's own parser puts a space between encoded words of a name.
    assert squeezed(read["To"].addresses[0].display_name) == squeezed(one_line(name))
    assert squeezed(read["Subject"]) == squeezed(one_line(subject))
    assert not read["To"].defects
    assert raw.isascii()
    for line in raw.split(b"\r\n"):
        assert len(line) <= (78 if b"=?" in line else 998), line
        assert b"\n" not in line
        assert b"\r" not in line


def squeezed(text: str) -> str:
    """Return text without its spaces."""
    return "".join(text.split())


def main() -> None:
    """Check the names on standard input."""
    names = json.load(sys.stdin)
    for name in names:
        check_name(name)
    version = ".".join(str(number) for number in sys.version_info[:3])
    sys.stdout.write(f"{len(names)} names on Python {version}\n")


if __name__ == "__main__":
    main()
