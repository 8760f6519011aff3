"""The architecture as a picture for a page of the documentation.

``python -m infra docs`` writes ``docs/images/architecture.svg``; a test fails when it is not what
it would write.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from chalicelib.settings import PREFIX, Names
from infra.architecture import layout
from infra.architecture.graph import Graph, Kind
from infra.architecture.project import ROOT, read

FILE: Final = ROOT / "docs" / "images" / "architecture.svg"

_STYLE: Final = """\
svg { background: #fffdf9; font: 14px/1 system-ui, sans-serif; }
.place rect { fill: #f8f5ee; stroke: #8d8474; stroke-width: 1.25; }
.name { fill: #24211c; font-weight: 600; }
.service { fill: #655e53; font-size: 12px; }
.bar rect { fill: #2c5a4b; stroke: none; }
.bar text { fill: #ffffff; text-anchor: middle; }
.dead_letters rect { stroke: #9a3d1f; stroke-dasharray: 4 3; }
.path { fill: none; stroke: #8d8474; stroke-width: 1.5; marker-end: url(#arrow); }
marker path { fill: #8d8474; }
@media (prefers-color-scheme: dark) {
  svg { background: #1f1d19; }
  .place rect { fill: #161512; stroke: #857c6c; }
  .name { fill: #efe9dd; }
  .service { fill: #b0a797; }
  .bar rect { fill: #9ccdb8; }
  .bar text { fill: #10241c; }
  .dead_letters rect { stroke: #f2a88c; }
  .path { stroke: #857c6c; }
  marker path { fill: #857c6c; }
}
"""


def picture(root: Path = ROOT) -> str:
    """Return the picture of a project as SVG."""
    graph = read(Names(PREFIX, "dev"), root)
    return "\n".join([*_lines(graph, layout.wide(graph)), ""])


def _lines(graph: Graph, drawn: layout.Layout) -> Iterator[str]:
    width, height = drawn.size
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" aria-labelledby="title">'
    )
    yield '<title id="title">Which function gets which events, and where they lead</title>'
    yield f"<style>\n{_STYLE}</style>"
    yield (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" '
        'markerHeight="11" markerUnits="userSpaceOnUse" orient="auto">'
        '<path d="M0 0L8 4L0 8z"/></marker></defs>'
    )
    for name, line in drawn.paths.items():
        rules = ", ".join(graph.paths[name].rules)
        title = f"<title>{escape(rules)}</title>" if rules else ""
        yield f'<path class="path" d="{line}">{title}</path>'
    box_width, box_height = drawn.box
    for name, (x, y) in drawn.places.items():
        place = graph.places[name]
        left, top = x - box_width / 2, y - box_height / 2
        yield (
            f'<g class="place {place.kind}">'
            f'<rect x="{left:g}" y="{top:g}" width="{box_width:g}" height="{box_height:g}"'
            ' rx="10"/>'
            f'<text class="name" x="{left + 12:g}" y="{y - 4:g}">{escape(place.name)}</text>'
            f'<text class="service" x="{left + 12:g}" y="{y + 14:g}">{escape(place.service)}</text>'
            "</g>"
        )
    for name, (x, y, bar_width, bar_height) in drawn.bars.items():
        middle = f"{x + bar_width / 2 + 5:g} {y + bar_height / 2:g}"
        yield (
            f'<g class="place bar {Kind.BUS}">'
            f'<rect x="{x:g}" y="{y:g}" width="{bar_width:g}" height="{bar_height:g}" rx="10"/>'
            f'<text class="name" transform="translate({middle}) rotate(-90)">'
            f"{escape(graph.places[name].name)}, {graph.places[name].service}</text></g>"
        )
    yield "</svg>"
