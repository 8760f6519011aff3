"""CORS: which other origins' pages may call the API.

The shop's own page has the API's origin and needs none of this. An answer names the origin that
asked, if it is an allowed one, so a preflight is answered here, too: what API Gateway answers by
itself is always the same.
"""

from collections.abc import Callable, Collection
from typing import Final

from chalice import Chalice, Response
from chalice.app import Request

PREFLIGHT: Final = "OPTIONS"

ALLOW_HEADERS: Final = (
    *("After", "Authorization", "Cart-Link", "Content-Type", "Guest-Token", "Idempotency-Key"),
)
EXPOSE_HEADERS: Final = ("Location", "Retry-After")
MAX_AGE_SECONDS: Final = 7200  # browsers keep a preflight's answer no longer


def share(request: Request, response: Response, origins: Collection[str]) -> Response:
    """Let pages of the allowed ``origins`` read an answer."""
    if origins:
        headers = response.headers
        vary = headers.get("Vary")
        headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
        origin = request.headers.get("origin", "")
        if origin in origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = ",".join(EXPOSE_HEADERS)
    return response


def answer_preflights(app: Chalice) -> None:
    """Give each path of the app a route by which browsers ask what they may send."""
    for path, methods in list(app.routes.items()):
        view = _preflight(",".join((*methods, PREFLIGHT)))
        app.route(path, methods=[PREFLIGHT], content_types=[], name="preflight")(view)


def _preflight(methods: str) -> Callable[[], Response]:
    def preflight() -> Response:
        return Response(
            "",
            {
                "Access-Control-Allow-Headers": ",".join(ALLOW_HEADERS),
                "Access-Control-Allow-Methods": methods,
                "Access-Control-Max-Age": str(MAX_AGE_SECONDS),
            },
            status_code=204,
        )

    return preflight
