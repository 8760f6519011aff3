"""The shop page: its files in the reader's language, and the configuration that they need.

``index.html`` loads ``shop.js``, which calls the same HTTP API as any other client would. All
its URLs are relative, for API Gateway serves the application below a stage path (``/api/``).
"""

from functools import cache
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from chalice import Blueprint, Response

from chalicelib import wiring
from chalicelib.adapters.page_files import TYPES, Asset, asset
from chalicelib.adapters.shop_folder import LOCAL
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.errors import UnknownFile
from chalicelib.settings import Settings
from chalicelib.web.bodies import FileName, PictureName
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

storefront = Blueprint(__name__)

_SIGN_IN_MODULES: Final = frozenset({"cognito.js", "oidc.js"})

_ASSET_TYPES: Final = (TYPES[".css"], TYPES[".js"], TYPES[".svg"])

_FAKE_PAYMENTS_ON: Final = frozenset({LOCAL, "dev"})
"""Where a fake payment provider may have its page."""


class PageConfig(msgspec.Struct, frozen=True, omit_defaults=True):
    """The page's configuration; nothing in it is secret.

    ``orders`` tells that ``POST /orders`` takes orders; ``payment_page`` is the address of the page
    where they are paid for, up to the order's id. ``asks_consent`` tells that only who asks for
    reminders gets any, ``guest_reminders`` that guests can ask for them, too.
    """

    stage: str
    region: str | None = None
    user_pool_client_id: str | None = None
    issuer: str | None = None
    client_id: str | None = None
    orders: bool = False
    payment_page: str | None = None
    asks_consent: bool = False
    guest_reminders: bool = False


@storefront.route("/", methods=["GET"], content_types=[])
@answers(storefront, media_types=(TYPES[".html"],), also=(304, 308))
def page(language: Language) -> Response:
    """Serve the page in the reader's language, or redirect to where its links work."""
    path: str = storefront.current_request.context.get("path", "/")
    if not path.endswith("/"):
        return Response("", {"Location": path.rsplit("/", 1)[-1] + "/"}, status_code=308)
    return _serve(
        wiring.adapters.page_files.page(language),
        Link=_modules(),
        Content_Language=language,
        Vary="Accept-Language",
        Content_Security_Policy=content_security_policy(
            wiring.adapters.settings, wiring.adapters.catalog
        ),
        Cross_Origin_Opener_Policy="same-origin",
        Referrer_Policy="same-origin",
    )


@storefront.route("/storefront/config.json", methods=["GET"], content_types=[])
@answers(storefront, also=(304,))
def config() -> PageConfig | Response:
    """Return the page's configuration: which stage this is and, on AWS, how to sign in."""
    settings = wiring.adapters.settings
    routes = storefront.current_app.routes  # some are those of extensions
    is_faked = settings.stage in _FAKE_PAYMENTS_ON and "/pay/{order_id}" in routes
    known = PageConfig(
        settings.stage,
        **_sign_in(settings).facts,
        orders="/orders" in routes,
        payment_page="pay/" if is_faked else None,
        asks_consent=settings.reminder_rule.policy.consent == "required",
        guest_reminders="/guest/cart/reminders" in routes,
    )
    return _serve(asset(msgspec.json.encode(known).decode(), ".json"))


@storefront.route("/storefront/{file}", methods=["GET"], content_types=[])
@answers(storefront, UnknownFile, media_types=_ASSET_TYPES, also=(304,))
def file(file: FileName) -> Response:
    """Serve a style sheet, a script or an image of the page, and no other file."""
    return _serve(_found(wiring.adapters.page_files.file(file)))


@storefront.route("/storefront/pictures/{file}", methods=["GET"], content_types=[])
@answers(storefront, UnknownFile, media_types=(TYPES[".svg"],), also=(304,))
def picture(file: PictureName) -> Response:
    """Serve a picture of the shop's own, such as that of a product."""
    return _serve(
        _found(wiring.adapters.page_files.picture(file)),
        # Nothing in a picture may run or load, also where somebody opens it by itself.
        Content_Security_Policy="default-src 'none'; style-src 'unsafe-inline'",
    )


class _SignIn(NamedTuple):
    """How customers sign in: the page's module for it, its hosts, and what it has to know."""

    module: str | None
    hosts: tuple[str, ...]
    facts: dict[str, Any]


def _sign_in(settings: Settings) -> _SignIn:
    """Return how customers sign in; the local cloud has demo customers, and the page knows them."""
    if settings.stage == LOCAL:
        return _SignIn(None, (), {})
    if settings.issuer:
        host = urlsplit(settings.issuer).netloc  # which its tokens have to come from, too
        facts = {"issuer": settings.issuer, "client_id": settings.audience}
        return _SignIn("oidc.js", (f"https://{host}",), facts)
    host = f"cognito-idp.{settings.region}.amazonaws.com"
    client_id = settings.user_pool_client_id
    facts = {"region": settings.region, "user_pool_client_id": client_id}
    return _SignIn("cognito.js", (f"https://{host}",), facts)


def content_security_policy(settings: Settings, catalog: Catalog) -> str:
    """Return a policy that allows the page's files and calls, sign-in and pictures of products.

    No script or style may be inline, and no text can become markup ("Trusted Types").
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self'", *picture_hosts(catalog))),
            " ".join(("connect-src 'self'", *_sign_in(settings).hosts)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def picture_hosts(catalog: Catalog) -> list[str]:
    """Return the origins of the products' pictures that are not the shop's own."""
    urls = (urlsplit(product.image) for product in catalog if product.image)
    return sorted({f"https://{url.netloc}" for url in urls if url.scheme == "https"})


def _found(file: Asset | None) -> Asset:
    if file is None:
        raise UnknownFile("The shop page has no such file.")
    return file


@cache
def _modules() -> str:
    """Return the header by which a browser fetches all modules at once, not as imported."""
    unused = _SIGN_IN_MODULES - {_sign_in(wiring.adapters.settings).module}
    modules = (name for name in wiring.adapters.page_files.modules if name not in unused)
    return ", ".join(f"<storefront/{name}>; rel=modulepreload" for name in modules)


def _serve(file: Asset, **more: str) -> Response:
    """Answer with the file, or with 304 if the browser has this very version of it.

    "no-cache" lets browsers keep a file but ask first: after a deployment nobody runs the
    modules of two versions together.
    """
    headers: dict[str, str | list[str]] = {
        "Cache-Control": "no-cache",
        "Content-Type": file.content_type,
        "ETag": file.etag,
        "X-Content-Type-Options": "nosniff",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    if file.etag in storefront.current_request.headers.get("if-none-match", ""):
        return Response("", headers, status_code=304)
    return Response(file.text, headers)
