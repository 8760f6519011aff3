"""Which operations of AWS a program calls, whatever process it calls them from.

The requests that reach the emulator are told apart as AWS would: by the signature's service, and
by target, action or path.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import botocore.session
import pytest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

_SIGNED = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


class Operation(NamedTuple):
    """An operation of a service; the service is what signatures and IAM call it."""

    service: str
    name: str

    @property
    def action(self) -> str:
        """What IAM calls it; API Gateway is asked for in terms of HTTP."""
        return f"{self.service}:{self.name}"


@contextmanager
def recorded(patch: pytest.MonkeyPatch) -> Iterator[set[Operation]]:
    """Give a set to which every operation is added that is asked for in a ``with`` block."""
    operations: set[Operation] = set()
    answer = DomainDispatcherApplication.__call__

    def record(self: Any, environ: dict[str, Any], start: Any) -> Any:
        if found := _SIGNED.search(environ.get("HTTP_AUTHORIZATION", "")):
            operations.add(_operation(found[1], environ))
        return answer(self, environ, start)

    with patch.context() as patched:
        patched.setattr(DomainDispatcherApplication, "__call__", record)
        yield operations


def _operation(service: str, environ: dict[str, Any]) -> Operation:
    if service == "apigateway":
        return Operation(service, environ["REQUEST_METHOD"])
    if "HTTP_X_AMZ_TARGET" in environ:
        return Operation(service, environ["HTTP_X_AMZ_TARGET"].rpartition(".")[2])
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = BytesIO(body)
        return Operation(service, parse_qs(body.decode())["Action"][0])
    path = environ["PATH_INFO"]
    for method, pattern, name in _paths(service):
        if method == environ["REQUEST_METHOD"] and pattern.fullmatch(path):
            return Operation(service, name)
    raise AssertionError(f"{service}: {environ['REQUEST_METHOD']} {path}")


@cache
def _paths(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Return method, path and name of each operation, those with the longest fixed path first."""
    model = botocore.session.Session().get_service_model({"ses": "sesv2"}.get(service, service))
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].partition("?")[0].rstrip("/")
        pattern = re.sub(r"\\\{\w+(\\\+)?\\\}", "[^/]+", re.escape(path)) + "/?"
        found.append((len(re.sub(r"\{\w+\+?\}", "", path)), http["method"], pattern, name))
    found.sort(reverse=True)
    return [(method, re.compile(pattern), name) for _, method, pattern, name in found]
