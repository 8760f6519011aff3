"""The drawing of the architecture, as the page needs it to show what happens where."""

import json
from dataclasses import asdict
from functools import cache

from chalicelib.settings import Names
from infra.architecture import layout
from infra.architecture.project import read
from infra.local.engine.http import Response, uncached


def diagram(names: Names) -> Response:
    """Answer with places and paths, and where each is drawn on a wide and on a narrow screen."""
    return uncached("application/json", _drawing(names))


@cache
def _drawing(names: Names) -> bytes:
    graph = read(names)
    drawing = {
        "places": {name: asdict(place) for name, place in graph.places.items()},
        "paths": {name: asdict(path) for name, path in graph.paths.items()},
        "wide": asdict(layout.wide(graph)),
        "narrow": asdict(layout.narrow(graph)),
    }
    return json.dumps(drawing).encode()
