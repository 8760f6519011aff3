"""The ``/_local`` routes: what a program may ask of the local cloud itself."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from infra.local.cloud import LocalCloud
from infra.local.engine.http import Request, Response, error_response
from infra.repair.retry import RetryError

PREFIX: Final = "/_local/"
MAX_BODY_BYTES: Final = 64 * 1024

Fields = Mapping[str, Any]


class BadRequestError(ValueError):
    """A request to these routes is not as documented."""


def handle(cloud: LocalCloud, request: Request) -> Response:
    """Answer a request whose path begins with :data:`PREFIX`."""
    name = request.path.removeprefix(PREFIX)
    if name not in ROUTES:
        return error_response(404, "not_found", "The local cloud has nothing at this path.")
    method, route = ROUTES[name]
    if request.method != method:
        message = "This path does not take this method."
        return error_response(405, "method_not_allowed", message, [("Allow", method)])
    try:
        fields = _fields(request) if method == "POST" else {}
        return _json(route(cloud, fields))
    except (BadRequestError, LookupError, RetryError, ValueError) as error:
        return error_response(400, "malformed_request", str(error.args[0] if error.args else error))


def _json(answer: Any) -> Response:
    body = json.dumps(answer).encode()
    return Response(
        200, (("Content-Type", "application/json"), ("Cache-Control", "no-store")), body
    )


def _fields(request: Request) -> Fields:
    if len(request.body) > MAX_BODY_BYTES:
        raise BadRequestError("The body is too large.")
    try:
        fields = json.loads(request.body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is not JSON.") from error
    if not isinstance(fields, dict):
        raise BadRequestError("The body is not a JSON object.")
    return fields


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"{name} is needed and is a string.")
    return value


def _optional_text(fields: Fields, name: str) -> str | None:
    return None if fields.get(name) is None else _text(fields, name)


def _number(fields: Fields, name: str) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequestError(f"{name} is needed and is a number.")
    return value


def _time(fields: Fields, name: str) -> datetime:
    try:
        time = datetime.fromisoformat(_text(fields, name))
    except ValueError as error:
        raise BadRequestError(f"{name} is a time such as 2026-01-31T12:00:00Z.") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _sign_in(cloud: LocalCloud, fields: Fields) -> Any:
    email = _text(fields, "email")
    if not _is_address(email):
        raise BadRequestError("email is no e-mail address.")
    return {"id_token": cloud.sign_in(email, _optional_text(fields, "name"))}


def _is_address(text: str) -> bool:
    local, _, domain = text.partition("@")
    printable = text.isprintable() and " " not in text
    return bool(local and domain and printable and "@" not in domain)


def _clock(cloud: LocalCloud, fields: Fields) -> Any:
    now = cloud.advance(_number(fields, "advance_seconds"))
    return {"now": f"{now:%Y-%m-%dT%H:%M:%SZ}"}


def _faults(cloud: LocalCloud, fields: Fields) -> Any:
    target, count = _text(fields, "target"), _number(fields, "fail_next")
    if count % 1 != 0:  # an infinite number has no remainder that is 0
        raise BadRequestError("fail_next is a whole number.")
    cloud.faults.arm(target, int(count), _optional_text(fields, "error"))
    cloud.engine.journal.record("cloud", "faults", f"{target}: {_times(int(count))}")
    return {"target": target, "fail_next": int(count)}


def _times(count: int) -> str:
    return f"the next {count}" if count else "no more"


def _redrive(cloud: LocalCloud, fields: Fields) -> Any:
    return {"moved": cloud.redrive(_text(fields, "queue"))}


def _replay(cloud: LocalCloud, fields: Fields) -> Any:
    since, until = _time(fields, "from"), _time(fields, "to")
    return {"replayed": cloud.replay(since, until, _optional_text(fields, "rule"))}


def _retry(cloud: LocalCloud, fields: Fields) -> Any:
    return {"functions": cloud.retry(_text(fields, "request_id"))}


ROUTES: Final[Mapping[str, tuple[str, Callable[[LocalCloud, Fields], Any]]]] = {
    "sign-in": ("POST", _sign_in),
    "state": ("GET", lambda cloud, _: cloud.state()),
    "clock": ("POST", _clock),
    "faults": ("POST", _faults),
    "redrive": ("POST", _redrive),
    "replay": ("POST", _replay),
    "retry": ("POST", _retry),
}
