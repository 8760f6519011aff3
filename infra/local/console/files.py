"""The files of the page, read anew for each request: whoever changes one only has to reload."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from infra.local.engine.http import Response, error_response, uncached

FOLDER: Final = Path(__file__).parent / "page"
PAGE: Final = "index.html"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "connect-src 'self'; "
    "frame-src 'self'; "
    "base-uri 'none'; "
    "form-action 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types 'none'"
)
"""The page's own files and calls, and nothing else: no inline script or style, no other host."""

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page(facts: Mapping[str, str]) -> Response:
    """Answer with the page, whose scripts find ``facts`` in its element's ``dataset``."""
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in facts.items())
    return html((FOLDER / PAGE).read_text("utf-8").replace("<html", f"<html{data}", 1))


def file(name: str) -> Response:
    """Answer with a style sheet, a script or an image of the page; no other file is reachable."""
    files = {path.name: path for path in FOLDER.iterdir() if path.suffix in _TYPES}
    if name == PAGE or name not in files:
        return error_response(404, "not_found", "The console has no such file.")
    return _answer(files[name].read_bytes(), files[name].suffix)


def html(text: str) -> Response:
    """Answer with a page that was made from something else."""
    return _answer(text.encode(), ".html", ("Content-Security-Policy", CONTENT_SECURITY_POLICY))


def _answer(body: bytes, suffix: str, *more: tuple[str, str]) -> Response:
    return uncached(_TYPES[suffix], body, ("Referrer-Policy", "same-origin"), *more)
