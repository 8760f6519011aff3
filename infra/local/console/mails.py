"""The mails in the inbox, as a document of their own each.

A mail needs styles inside its tags, which the console's policy forbids, and a ``srcdoc`` frame
would inherit that policy. So a frame loads it from here, with a policy that allows those styles
and next to nothing else: no script, no image or font from elsewhere, an origin of its own.
"""

from typing import Final

from infra.local.aws.ses import Inbox
from infra.local.engine.http import Response, error_response, uncached

TEXT_SUFFIX: Final = ".txt"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; "
    "style-src 'unsafe-inline'; "
    "img-src data:; "
    "frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)

_LINKS_OPEN_A_TAB: Final = '<base target="_blank">'


def part(inbox: Inbox, name: str) -> Response:
    """Answer with a mail's HTML, or its text: ``name`` is its message id, or that and ".txt"."""
    mail = inbox.find(name.removesuffix(TEXT_SUFFIX))
    if mail is None:
        return error_response(404, "not_found", "There is no mail with this id.")
    if name.endswith(TEXT_SUFFIX):
        return _document("text/plain", mail.text or "This mail has no text part.")
    return _document("text/html", _framed(mail.html or "<p>This mail has no HTML part.</p>"))


def _framed(html: str) -> str:
    """Return a mail whose links open a tab, as in a mail program: the frame is no place for it."""
    head, tag, rest = html.partition("<head>")
    return f"{head}{tag}{_LINKS_OPEN_A_TAB}{rest}" if tag else f"{_LINKS_OPEN_A_TAB}{html}"


def _document(media_type: str, content: str) -> Response:
    policy = ("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    return uncached(f"{media_type}; charset=utf-8", content.encode(), policy)
