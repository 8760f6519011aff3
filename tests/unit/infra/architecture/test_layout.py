"""A layout has room for everything, whatever is added to the architecture."""

import re
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.settings import Names
from infra.architecture import layout
from infra.architecture.graph import Graph, Kind, Path, Place
from infra.architecture.layout import Layout
from infra.architecture.project import read

GRAPH = read(Names("cart", "local"))
LAYOUTS = pytest.mark.parametrize("lay_out", [layout.wide, layout.narrow])
KINDS = [Kind.FUNCTION, Kind.QUEUE, Kind.DEAD_LETTERS, Kind.TABLE, Kind.BUS, Kind.MAIL]


def overlap(drawn: Layout) -> list[tuple[str, str]]:
    """Return the pairs of places whose boxes touch."""
    width, height = drawn.box
    return [
        (one, other)
        for (one, (x, y)), (other, (u, v)) in combinations(drawn.places.items(), 2)
        if abs(x - u) < width and abs(y - v) < height
    ]


def is_inside(drawn: Layout) -> bool:
    (width, height), (box_width, box_height) = drawn.size, drawn.box
    boxes = all(
        box_width / 2 <= x <= width - box_width / 2
        and box_height / 2 <= y <= height - box_height / 2
        for x, y in drawn.places.values()
    )
    bars = all(
        x >= 0 and y >= 0 and x + w <= width and y + h <= height
        for x, y, w, h in drawn.bars.values()
    )
    return boxes and bars


@LAYOUTS
def test_every_place_and_every_path_is_drawn(lay_out) -> None:
    drawn = lay_out(GRAPH)
    assert {*drawn.places, *drawn.bars} == set(GRAPH.places)
    assert set(drawn.paths) == set(GRAPH.paths)
    assert all(re.fullmatch(r"M[\d.]+ [\d.]+([VH][\d.]+)+", line) for line in drawn.paths.values())


@LAYOUTS
def test_nothing_lies_on_anything_else_or_outside(lay_out) -> None:
    drawn = lay_out(GRAPH)
    assert overlap(drawn) == []
    assert is_inside(drawn)


def test_the_narrow_layout_fits_a_telephone() -> None:
    assert layout.narrow(GRAPH).size[0] <= 320


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any architecture: this one with places and paths added at will."""
    places = dict(GRAPH.places)
    for number, kind in enumerate(draw(st.lists(st.sampled_from(KINDS), max_size=6))):
        places[f"new:{number}"] = Place(f"new:{number}", kind, f"New {number}", "Lambda")
    paths = dict(GRAPH.paths)
    ends = st.sampled_from(sorted(places))
    for start, end in draw(st.lists(st.tuples(ends, ends), max_size=12)):
        if start != end:
            path = Path(start, end)
            paths.setdefault(path.id, path)
    return replace(GRAPH, places=places, paths=paths)


@LAYOUTS
@given(graph=graphs())
def test_whatever_is_added_finds_a_place_of_its_own(lay_out, graph: Graph) -> None:
    drawn = lay_out(graph)
    assert {*drawn.places, *drawn.bars} == set(graph.places)
    assert set(drawn.paths) == set(graph.paths)
    assert overlap(drawn) == []
    assert is_inside(drawn)
