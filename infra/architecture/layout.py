"""Where each place and each path of a graph is drawn: for a wide screen, and for a narrow one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from infra.architecture.graph import Graph, Kind, Path
from infra.architecture.rows import Rows

_MARGIN: Final = 4
_APART: Final = 8
"""How far apart lines are that would lie on each other."""


@dataclass
class Layout:
    """A drawing: its size, the size of a box, each place's centre, each bar, each path's line.

    A bar is (x, y, width, height), and all is in the drawing's units.
    """

    size: tuple[float, float] = (0, 0)
    box: tuple[float, float] = (0, 0)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    bars: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)


class _Box(NamedTuple):
    x: float
    y: float
    left: float
    top: float
    right: float
    bottom: float


def wide(graph: Graph) -> Layout:
    """Lay a graph out from left to right."""
    return _Wide(graph).layout


def narrow(graph: Graph) -> Layout:
    """Lay a graph out from top to bottom, for 320 units of width."""
    return _Narrow(graph).layout


class _Drawing:
    """What both layouts have in common: a line, as SVG has it, for each path."""

    arrange: Callable[[], None]
    """Places boxes and bars."""
    from_bus: Callable[[Path, _Box], str]
    to_bus: Callable[[Path, _Box], str]
    to_table: Callable[[_Box], str]
    between: Callable[[_Box, _Box], str]

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.rows = Rows(graph)
        self.layout = Layout()
        self.arrange()
        for path in graph.paths.values():
            self.layout.paths[path.id] = self._line(path)

    def aside(self, path: Path) -> float:
        """Return how far a line is from the middle, where another one leads the other way."""
        return _APART if f"{path.end}>{path.start}" in self.graph.paths else 0

    def _line(self, path: Path) -> str:
        if path.start == self.rows.bus:
            return self.from_bus(path, self._box(path.end))
        start = self._box(path.start)
        if path.end == self.rows.bus:
            return self.to_bus(path, start)
        if path.end == self.rows.table:
            return self.to_table(start)
        return self.between(start, self._box(path.end))

    def _box(self, place: str) -> _Box:
        if place in self.layout.bars:
            left, top, width, height = self.layout.bars[place]
            x, y = left + width / 2, top + height / 2
        else:
            (x, y), (width, height) = self.layout.places[place], self.layout.box
        return _Box(x, y, x - width / 2, y - height / 2, x + width / 2, y + height / 2)


class _Wide(_Drawing):
    box = (176, 48)
    gap = 44
    pitch = 74
    bar = 36
    top = 44

    def arrange(self) -> None:
        self.lanes: dict[float, int] = {}
        (width, height), layout, rows = self.box, self.layout, self.rows
        # What is dead waits at the bottom of the first column, apart from what is alive.
        dead = [one for one in rows.beside if self.graph.places[one].kind is Kind.DEAD_LETTERS]
        alive = [*rows.before, *(one for one in rows.beside if one not in dead)]
        count = max(rows.count, len(alive) + len(dead))
        cells = {place: (0, row) for row, place in enumerate(alive)}
        cells |= {place: (0, row) for row, place in enumerate(dead, count - len(dead))}
        bus = _MARGIN + width + self.gap
        for place, (column, row) in {**cells, **rows.cells}.items():
            left = bus + self.bar + self.gap + (column - 1) * (width + self.gap)
            x = (left if column else _MARGIN) + width / 2
            layout.places[place] = (x, self.top + row * self.pitch)
        right = max(x for x, _ in layout.places.values()) + width / 2
        bottom = self.top + (count - 1) * self.pitch + height / 2
        bar = (self.top - height / 2, self.bar, bottom - self.top + height / 2)
        layout.bars[rows.bus] = (bus, *bar)
        if rows.table:
            layout.bars[rows.table] = (right + self.gap, *bar)
            right += self.gap + self.bar
        layout.size = (right + _MARGIN, bottom + _APART)
        layout.box = self.box

    def from_bus(self, path: Path, end: _Box) -> str:
        x, _, width, _ = self.layout.bars[self.rows.bus]
        if end.x < x:
            return f"M{x} {end.y}H{end.right}"
        return f"M{x + width} {end.y - self.aside(path)}H{end.left}"

    def to_bus(self, path: Path, start: _Box) -> str:
        x, _, width, _ = self.layout.bars[self.rows.bus]
        if start.x < x:
            return f"M{start.right} {start.y}H{x}"
        if self.rows.cells.get(path.start, (0, 0))[0] == 1:
            return f"M{start.left} {start.y + self.aside(path)}H{x + width}"
        taken = self.lanes[start.bottom] = self.lanes.get(start.bottom, 0) + 1
        return f"M{start.x - 3 * _APART} {start.bottom}V{start.bottom + taken * _APART}H{x + width}"

    def to_table(self, start: _Box) -> str:
        x, y, width, _ = self.layout.bars[self.rows.table]
        if start.x < self.layout.bars[self.rows.bus][0]:  # over all that is between
            return f"M{start.x} {start.top}V{_APART}H{x + width / 2}V{y}"
        return f"M{start.right} {start.y}H{x}"

    def between(self, start: _Box, end: _Box) -> str:
        if end.x == start.x:
            ends = (start.top, end.bottom) if end.y < start.y else (start.bottom, end.top)
            return f"M{start.x} {ends[0]}V{ends[1]}"
        if end.y == start.y:
            return f"M{start.right} {start.y}H{end.left}"
        return f"M{start.x} {start.bottom}V{end.y}H{end.left}"


class _Narrow(_Drawing):
    box = (206, 44)
    gap = 22
    pitch = 58
    bar = 28

    def arrange(self) -> None:
        (width, height), layout, rows = self.box, self.layout, self.rows
        order = [*reversed(rows.before), *rows.cells, *rows.beside]
        x = _MARGIN + self.bar + self.gap + width / 2
        for row, place in enumerate(order):
            layout.places[place] = (x, _MARGIN + height / 2 + row * self.pitch)
        joined = [layout.places[one][1] for one in order if self._touches_a_bar(one)]
        bar = (min(joined) - height / 2, self.bar, max(joined) - min(joined) + height)
        layout.bars[rows.bus] = (_MARGIN, *bar)
        right = x + width / 2 + self.gap
        if rows.table:
            layout.bars[rows.table] = (right, *bar)
        layout.size = (right + self.bar + _MARGIN, len(order) * self.pitch)
        layout.box = self.box

    def from_bus(self, path: Path, end: _Box) -> str:
        return f"M{_MARGIN + self.bar} {end.y - self.aside(path)}H{end.left}"

    def to_bus(self, path: Path, start: _Box) -> str:
        return f"M{start.left} {start.y + self.aside(path)}H{_MARGIN + self.bar}"

    def to_table(self, start: _Box) -> str:
        return f"M{start.right} {start.y}H{self.layout.bars[self.rows.table][0]}"

    def between(self, start: _Box, end: _Box) -> str:
        if end.y - start.y == self.pitch:
            return f"M{start.x} {start.bottom}V{end.top}"
        lane = start.right + _APART
        return f"M{start.right} {start.y + _APART}H{lane}V{end.y - _APART}H{end.right}"

    def _touches_a_bar(self, place: str) -> bool:
        bars = (self.rows.bus, self.rows.table)
        return any(f"{place}>{bar}" in self.graph.paths for bar in bars) or any(
            f"{bar}>{place}" in self.graph.paths for bar in bars
        )
