"""Who may use the local cloud: programs on this machine, and the pages of origins that it knows.

A browser sends the requests of any page to 127.0.0.1. ``Host`` tells by which name the page
reached it, so a name that an attacker has pointed here (DNS rebinding) is refused. ``Origin``
tells whose page sent a request; the API leaves it to CORS and tokens, as API Gateway does, and
the ``/_local`` routes, which need no token, check it themselves:
docs/decisions/0021-the-local-cloud-serves-this-machine-only.md.
"""

import re
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from infra.local.engine.http import Headers, Request, Response, error_response

ROOT: Final = "/_local"

_HOST: Final = re.compile(r"(\[::1\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?")
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def concerns_the_cloud(path: str) -> bool:
    """Tell whether a path is one of the local cloud's own, not of the API."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def refusal_of(request: Request, allowed_origins: Collection[str]) -> Response | None:
    """Return the answer to a request that is refused, None if it may go on."""
    host = request.header("host") or ""
    if not _is_loopback(host):
        message = "The local cloud answers at localhost, 127.0.0.1 and [::1] only."
        return error_response(403, "forbidden", message)
    if request.method in _SAFE_METHODS or not concerns_the_cloud(request.path):
        return None
    known = {f"http://{host.lower()}", *allowed_origins}
    if all(origin in known for origin in _origins(request)):
        return None
    message = "A page of this origin may not change anything in the local cloud."
    return error_response(403, "forbidden", message)


def cors_headers(request: Request, allowed_origins: Collection[str]) -> Headers:
    """Return the headers that let a page of an allowed origin read the answer."""
    origins = [origin for origin in _origins(request) if origin in allowed_origins]
    return [
        ("Vary", "Origin"),
        *(("Access-Control-Allow-Origin", origin) for origin in origins),
        *(("Access-Control-Allow-Headers", "Content-Type") for _ in origins),
    ]


def _origins(request: Request) -> list[str]:
    return [value for name, value in request.headers if name.lower() == "origin"]


def _is_loopback(host: str) -> bool:
    """Tell whether a Host header names this machine, with a port or without."""
    match = _HOST.fullmatch(host)
    name = match[1].lower() if match else ""
    try:
        return name in {"localhost", "[::1]"} or IPv4Address(name).is_loopback
    except AddressValueError:
        return False
