"""The shop page: static files, and the configuration that they need.

``index.html`` loads ``shop.js``, which calls the same HTTP API as any other client would. All
its URLs are relative, for API Gateway serves the application below a stage path (``/api/``).
"""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from chalice import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.errors import UnknownFile
from chalicelib.settings import Settings
from chalicelib.web.bodies import FileName
from chalicelib.web.views import answers

storefront = Blueprint(__name__)

LOCAL: Final = "local"
"""The stage of the local cloud, which has demo customers instead of a user pool."""

PAGE: Final = "index.html"

_FOLDER: Final = Path(__file__).parents[1] / "storefront"

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_ASSET_TYPES: Final = (_TYPES[".css"], _TYPES[".js"], _TYPES[".svg"])


class Asset(msgspec.Struct, frozen=True):
    """A file of the page as it is sent."""

    text: str
    content_type: str
    etag: str


class PageConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """The page's configuration; nothing in it is secret."""

    stage: str
    region: str | None = None
    user_pool_client_id: str | None = None


@storefront.route("/", methods=["GET"], content_types=[])
@answers(storefront, media_types=(_TYPES[".html"],), also=(304, 308))
def page() -> Response:
    """Serve the page, or redirect to its URL with a trailing slash, where its links work."""
    path: str = storefront.current_request.context.get("path", "/")
    if not path.endswith("/"):
        return Response("", {"Location": path.rsplit("/", 1)[-1] + "/"}, status_code=308)
    return _serve(
        assets()[PAGE],
        Link=_modules(),
        Content_Security_Policy=content_security_policy(wiring.adapters.settings),
        Cross_Origin_Opener_Policy="same-origin",
        Referrer_Policy="same-origin",
    )


@storefront.route("/storefront/config.json", methods=["GET"], content_types=[])
@answers(storefront, also=(304,))
def config() -> PageConfig | Response:
    """Return the page's configuration: which stage this is and, on AWS, how to sign in."""
    text = msgspec.json.encode(page_config(wiring.adapters.settings)).decode()
    return _serve(_asset(text, ".json"))


@storefront.route("/storefront/{file}", methods=["GET"], content_types=[])
@answers(storefront, UnknownFile, media_types=_ASSET_TYPES, also=(304,))
def file(file: FileName) -> Response:
    """Serve a style sheet, a script or an image of the page, and no other file."""
    asset = assets().get(file)
    if asset is None or file == PAGE:
        raise UnknownFile("The shop page has no such file.")
    return _serve(asset)


def page_config(settings: Settings) -> PageConfig:
    """Return what the page needs to know of the settings."""
    if settings.stage == LOCAL:
        return PageConfig(LOCAL)
    return PageConfig(settings.stage, settings.region, settings.user_pool_client_id)


def content_security_policy(settings: Settings) -> str:
    """Return a policy that allows the page's own files and calls, and sign-in, but nothing else.

    No script or style may be inline, and no text can become markup ("Trusted Types").
    """
    cognito = (
        "" if settings.stage == LOCAL else f" https://cognito-idp.{settings.region}.amazonaws.com"
    )
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self'{cognito}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


@cache
def assets() -> dict[str, Asset]:
    """Read the page's files, once for each execution environment, by their names."""
    return {
        path.name: _asset(path.read_text("utf-8"), path.suffix)
        for path in _FOLDER.iterdir()
        if path.suffix in _TYPES
    }


@cache
def _modules() -> str:
    """Return the header by which a browser fetches all modules at once, not as imported."""
    modules = (name for name in sorted(assets()) if name.endswith(".js"))
    return ", ".join(f"<storefront/{name}>; rel=modulepreload" for name in modules)


def _asset(text: str, suffix: str) -> Asset:
    etag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
    return Asset(text, _TYPES[suffix], etag)


def _serve(asset: Asset, **more: str) -> Response:
    """Answer with the file, or with 304 if the browser has this very version of it.

    "no-cache" lets browsers keep a file but ask first: after a deployment nobody runs the
    modules of two versions together.
    """
    headers: dict[str, str | list[str]] = {
        "Cache-Control": "no-cache",
        "Content-Type": asset.content_type,
        "ETag": asset.etag,
        "X-Content-Type-Options": "nosniff",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    if asset.etag in storefront.current_request.headers.get("if-none-match", ""):
        return Response("", headers, status_code=304)
    return Response(asset.text, headers)
