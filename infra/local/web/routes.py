"""The ``/_local`` routes: what a program may ask of the local cloud itself."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from chalicelib.extensions import members
from infra.local.cloud import LocalCloud
from infra.local.engine.http import Request, Response, error_response, method_not_allowed, uncached
from infra.local.web import access, catalog, fields
from infra.local.web.fields import Fields
from infra.repair.retry import RetryError

PREFIX: Final = f"{access.ROOT}/"
MAX_BODY_BYTES: Final = 64 * 1024

SIGN_IN: Final = "sign-in"
"""The one route that pages of an allowed origin may read: they need a token to call the API."""


def handle(cloud: LocalCloud, request: Request) -> Response:
    """Answer a request whose path begins with :data:`PREFIX`."""
    name = request.path.removeprefix(PREFIX)
    if name not in ROUTES:
        return error_response(404, "not_found", "The local cloud has nothing at this path.")
    if name != SIGN_IN:
        return _handle(cloud, name, request)
    cors = access.cors_headers(request, cloud.parts.gateway.allowed_origins)
    answer = (
        Response(204, (), b"") if request.method == "OPTIONS" else _handle(cloud, name, request)
    )
    return Response(answer.status, (*answer.headers, *cors), answer.body)


def _handle(cloud: LocalCloud, name: str, request: Request) -> Response:
    method, route = ROUTES[name]
    if request.method != method:
        return method_not_allowed(method)
    try:
        answer = route(cloud, fields.read(request) if method == "POST" else {})
        return uncached("application/json", json.dumps(answer).encode())
    except (KeyError, IndexError, UnicodeError):
        raise  # a defect: what is refused is refused in a sentence
    except (LookupError, ValueError, RetryError) as error:
        return error_response(400, "malformed_request", str(error))


def _sign_in(cloud: LocalCloud, body: Fields) -> Any:
    token = cloud.sign_in(
        fields.email(body, "email"),
        fields.optional_text(body, "name"),
        verified=fields.flag(body, "verified", default=True),
        locale=fields.optional_text(body, "locale"),
        time_zone=fields.optional_text(body, "time_zone"),
    )
    return {"id_token": token}


def _clock(cloud: LocalCloud, body: Fields) -> Any:
    now = cloud.advance(fields.number(body, "advance_seconds"))
    return {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"}


def _faults(cloud: LocalCloud, body: Fields) -> Any:
    target, count = fields.text(body, "target"), fields.whole_number(body, "fail_next")
    cloud.faults.arm(target, count, fields.optional_text(body, "error"))
    times = f"the next {count}" if count else "no more"
    cloud.engine.journal.record("cloud", "faults", f"{target}: {times}")
    return {"target": target, "fail_next": count}


def _redrive(cloud: LocalCloud, body: Fields) -> Any:
    return {"moved": cloud.redrive(fields.text(body, "queue"))}


def _replay(cloud: LocalCloud, body: Fields) -> Any:
    since, until = fields.time(body, "from"), fields.time(body, "to")
    return {"replayed": cloud.replay(since, until, fields.optional_text(body, "rule"))}


def _retry(cloud: LocalCloud, body: Fields) -> Any:
    return {"functions": cloud.retry(fields.text(body, "request_id"))}


def _bounce(cloud: LocalCloud, body: Fields) -> Any:
    email, kind = fields.mailbox(body, "email"), fields.text(body, "kind")
    cloud.report_mail(email, kind)
    return {"email": email, "kind": kind}


ROUTES: Final[Mapping[str, tuple[str, Callable[[LocalCloud, Fields], Any]]]] = {
    SIGN_IN: ("POST", _sign_in),
    "state": ("GET", lambda cloud, _: cloud.state()),
    "clock": ("POST", _clock),
    "faults": ("POST", _faults),
    "redrive": ("POST", _redrive),
    "replay": ("POST", _replay),
    "retry": ("POST", _retry),
    "bounce": ("POST", _bounce),
    "catalog": ("POST", catalog.change),
    **{name: route for routes in members("local", "ROUTES") for name, route in routes.items()},
}
