"""The console: the page at ``/_local/`` on which to watch events flow and to move the clock.

The page itself is in ``page/``, and learns what happens from the stream in ``feed.py``. To do
something it calls the routes of ``infra/local/web/routes.py``, as any program may.
"""

import secrets
from collections.abc import Callable
from functools import partial

from infra.local.cloud import LocalCloud
from infra.local.console import feed, files, mails, reference
from infra.local.console.diagram import diagram
from infra.local.engine.http import Request, Response, Stream, method_not_allowed
from infra.local.web.access import ROOT

Page = Callable[[Request], Response | Stream]


class Console:
    """Serves the page and what it reads."""

    def __init__(self, cloud: LocalCloud) -> None:
        run = secrets.token_hex(4)
        self._pages: dict[str, Page] = {
            "": lambda _: files.page(cloud.project.facts),
            "stream": lambda asked: feed.stream(cloud, run, asked.header("last-event-id")),
            "diagram": lambda _: diagram(cloud.names),
            "api": lambda _: reference.api(cloud),
            "events": lambda _: reference.events(),
            "asyncapi.json": lambda _: reference.asyncapi_document(),
        }
        self._folders: dict[str, Callable[[str], Response]] = {
            "console": files.file,
            "inbox": partial(mails.part, cloud.parts.inbox),
        }

    def answer(self, request: Request) -> Response | Stream | None:
        """Answer a request, or return None if the console has nothing at this path."""
        if request.path == ROOT:
            return Response(308, (("Location", f"{ROOT}/"),), b"")
        place = request.path.removeprefix(f"{ROOT}/")
        folder, slash, name = place.partition("/")
        if place not in self._pages and not (slash and folder in self._folders):
            return None
        if request.method not in {"GET", "HEAD"}:
            return method_not_allowed("GET, HEAD")
        return self._pages[place](request) if place in self._pages else self._folders[folder](name)
