"""The drawing of the architecture, as the page needs it to show what happens where."""

import json
from dataclasses import asdict
from functools import cache

from infra.architecture import layout
from infra.architecture.project import read
from infra.local.engine.http import Response
from infra.local.project import STAGE


def diagram() -> Response:
    """Answer with places and paths, and where each is drawn on a wide and on a narrow screen."""
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Response(200, headers, _drawing())


@cache
def _drawing() -> bytes:
    graph = read(STAGE)
    drawing = {
        "places": {name: asdict(place) for name, place in graph.places.items()},
        "paths": {name: asdict(path) for name, path in graph.paths.items()},
        "wide": asdict(layout.wide(graph)),
        "narrow": asdict(layout.narrow(graph)),
    }
    return json.dumps(drawing).encode()
