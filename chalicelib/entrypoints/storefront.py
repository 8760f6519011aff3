"""The shop page: its files in the reader's language, and the configuration that they need.

``index.html`` loads ``shop.js``, which calls the same HTTP API as any other client would. All
its URLs are relative, for API Gateway serves the application below a stage path (``/api/``).
"""

from collections.abc import Container, Iterator
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import msgspec
from chalice import Blueprint, Response

from chalicelib import wiring
from chalicelib.adapters.page_files import TYPES, Asset, asset
from chalicelib.domain.catalog import Catalog
from chalicelib.domain.errors import UnknownFile
from chalicelib.settings import Settings
from chalicelib.web.bodies import FileName, PictureName
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

storefront = Blueprint(__name__)

LOCAL: Final = "local"
"""The stage of the local cloud, which has demo customers instead of a user pool."""

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
    known = msgspec.structs.replace(
        _with_routes(page_config(settings), storefront.current_app.routes),
        asks_consent=settings.reminder_rule.policy.consent == "required",
    )
    text = msgspec.json.encode(known).decode()
    return _serve(asset(text, ".json"))


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


def page_config(settings: Settings) -> PageConfig:
    """Return what the page needs to know of the settings."""
    if settings.stage == LOCAL:
        return PageConfig(LOCAL)
    if settings.issuer:
        return PageConfig(settings.stage, issuer=settings.issuer, client_id=settings.audience)
    return PageConfig(settings.stage, settings.region, settings.user_pool_client_id)


def _with_routes(config: PageConfig, routes: Container[str]) -> PageConfig:
    """Add what follows from the ``routes`` that there are: some are those of extensions."""
    is_faked = config.stage in _FAKE_PAYMENTS_ON and "/pay/{order_id}" in routes
    return msgspec.structs.replace(
        config,
        orders="/orders" in routes,
        payment_page="pay/" if is_faked else None,
        guest_reminders="/guest/cart/reminders" in routes,
    )


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
            " ".join(("connect-src 'self'", *_sign_in_hosts(settings))),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _sign_in_hosts(settings: Settings) -> Iterator[str]:
    """Yield the origin that signs customers in; on stage local it is the shop's own.

    An issuer's tokens have to come from its own host.
    """
    if settings.stage == LOCAL:
        return
    if settings.issuer:
        yield f"https://{urlsplit(settings.issuer).netloc}"
    else:
        yield f"https://cognito-idp.{settings.region}.amazonaws.com"


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
    unused = _SIGN_IN_MODULES - {_sign_in_module(wiring.adapters.settings)}
    modules = (name for name in wiring.adapters.page_files.modules if name not in unused)
    return ", ".join(f"<storefront/{name}>; rel=modulepreload" for name in modules)


def _sign_in_module(settings: Settings) -> str | None:
    """Return the module that signs customers in; on stage local, the page does so itself."""
    if settings.stage == LOCAL:
        return None
    return "oidc.js" if settings.issuer else "cognito.js"


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
