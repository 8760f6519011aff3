"""The console: the page at ``/_local/`` on which to watch events flow and to move the clock.

The page itself is in ``page/``, and learns what happens from the stream in ``feed.py``. To do
something it calls the routes of ``infra/local/web/routes.py``, as any program may.
"""

import secrets
from typing import Final

from infra.local.cloud import LocalCloud
from infra.local.console import feed, files, mails, reference
from infra.local.console.diagram import diagram
from infra.local.engine.http import Request, Response, error_response
from infra.local.web.stream import Stream

ROOT: Final = "/_local"
STREAM: Final = f"{ROOT}/stream"
DIAGRAM: Final = f"{ROOT}/diagram"
API: Final = f"{ROOT}/api"
EVENTS: Final = f"{ROOT}/events"
ASYNCAPI: Final = f"{ROOT}/asyncapi.json"
INBOX: Final = f"{ROOT}/inbox/"
FILES: Final = f"{ROOT}/console/"


class Console:
    """Serves the page and what it reads."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._run = secrets.token_hex(4)

    def answer(self, request: Request) -> Response | Stream | None:
        """Answer a request, or return None if the console has nothing at this path."""
        path = request.path
        if path == ROOT:
            return Response(308, (("Location", f"{ROOT}/"),), b"")
        if path not in {f"{ROOT}/", STREAM, DIAGRAM, API, EVENTS, ASYNCAPI} and not path.startswith(
            (INBOX, FILES)
        ):
            return None
        if request.method not in {"GET", "HEAD"}:
            message = "This path does not support this method."
            return error_response(405, "method_not_allowed", message, [("Allow", "GET, HEAD")])
        return self._get(request)

    def _get(self, request: Request) -> Response | Stream:
        path = request.path
        if path == STREAM:
            return feed.stream(self._cloud, self._run, request.header("last-event-id"))
        if path == DIAGRAM:
            return diagram(self._cloud.names)
        if path == API:
            return reference.api(self._cloud)
        if path in {EVENTS, ASYNCAPI}:
            return reference.events() if path == EVENTS else reference.asyncapi_document()
        if path.startswith(INBOX):
            return mails.part(self._cloud.parts.inbox, path.removeprefix(INBOX))
        is_page = path == f"{ROOT}/"
        return files.page(self._cloud.facts) if is_page else files.file(path.removeprefix(FILES))
