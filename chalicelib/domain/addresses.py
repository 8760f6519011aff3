"""E-mail addresses: one spelling for each mailbox, and which of them mail can be sent to.

Why a domain that the two standards for international domain names map differently gets no mail:
docs/decisions/0008-mail-goes-where-both-idna-standards-agree.md.
"""

import re
from functools import lru_cache
from typing import Final
from unicodedata import normalize, ucd_3_2_0

# A dot-atom of RFC 5322. SES sends to no other local part, and to none outside ASCII.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# The last label has a letter: SES takes no IP address, and no host without a domain.
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z0-9-]*[a-z]){_LABEL}")

# What IDNA 2008 allows in a label, of the Unicode version that IDNA 2003 knows.
_LETTERS: Final = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
_INVISIBLE: Final = frozenset("\u115f\u1160\u17b4\u17b5")

MAX_LOCAL_PART: Final = 64
MAX_DOMAIN: Final = 253


def split_display_name(text: str) -> tuple[str, str]:
    """Return the display name, empty if there is none, and the address of a mailbox.

    ``text`` is an address, or ``My Shop <shop@example.com>``; the name may be quoted.
    """
    text = text.strip()
    name, bracket, rest = text.rpartition("<")
    if not (bracket and rest.endswith(">")):
        return "", text
    name = name.strip()
    if quoted := _QUOTED.fullmatch(name):
        name = re.sub(r"\\(.)", r"\1", quoted[1])
    return name, rest[:-1].strip()


def canonical(address: str) -> str:
    """Return the one spelling that all spellings of a mailbox share; it is for comparing only.

    A display name is left out, a quoted local part that needs no quotes loses them, case is
    ignored, and the domain becomes ASCII as IDNA 2008 has it, without a final dot. Text that is
    not an address is returned in lower case.
    """
    _, address = split_display_name(address)
    local_part, _, domain = address.rpartition("@")
    if (quoted := _QUOTED.fullmatch(local_part)) and _DOT_ATOM.fullmatch(quoted[1]):
        local_part = quoted[1]
    local_part = normalize("NFC", local_part.lower())
    domain = _idna2008(domain) if local_part else normalize("NFC", domain.lower())
    return f"{local_part}@{domain}" if local_part else domain


def mailable(address: str) -> str | None:
    """Return the address as SES takes it, in ASCII; None if no mail can be sent to it."""
    local_part, _, domain = address.rpartition("@")
    if len(local_part) > MAX_LOCAL_PART or not _DOT_ATOM.fullmatch(local_part):
        return None
    ascii_domain = _idna2008(domain)
    if len(ascii_domain) > MAX_DOMAIN or not _DOMAIN.fullmatch(ascii_domain):
        return None
    if not (domain.isascii() or _is_unambiguous(domain, ascii_domain)):
        return None
    return f"{local_part}@{ascii_domain}"


def is_mailable(address: str) -> bool:
    """Tell whether mail can be sent to this address at all."""
    return mailable(address) is not None


@lru_cache(maxsize=128)
def _idna2008(domain: str) -> str:
    """Return a domain in ASCII by IDNA 2008, which changes a letter to nothing but lower case."""
    labels = _folded(domain).rstrip(".").split(".")
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels
    )


def _is_unambiguous(domain: str, ascii_domain: str) -> bool:
    """Tell whether IDNA 2003, which Python's codec implements, comes to the same domain."""
    letters = {sign for sign in _folded(domain) if not sign.isascii()}
    if letters & _INVISIBLE or not {ucd_3_2_0.category(sign) for sign in letters} <= _LETTERS:
        return False
    try:
        return domain.rstrip(".").encode("idna").decode().lower() == ascii_domain
    except UnicodeError:
        return False


def _folded(domain: str) -> str:
    return normalize("NFC", normalize("NFKC", domain).lower())
