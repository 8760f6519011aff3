"""In which row and column each place of a graph belongs.

The bus is a bar, and so is the table: whatever comes from the bus stands between the two, a row
for each target of a rule, with what that leads to on its right. Nothing is placed by hand.
"""

from infra.architecture.graph import Graph, Kind


class Rows:
    """The cell of each place between the bars, and the places beside them.

    Attributes:
        bus: the id of the first bus.
        table: the id of the first table, "" if there is none.
        cells: (column, row) of each place that the bus leads to, from (1, 0) on, in reading order.
        before: the API and the shop, which are before the bus.
        beside: the places that no rule leads to.
        count: how many rows there are.
    """

    def __init__(self, graph: Graph) -> None:
        """Put every place of a graph somewhere."""
        self._graph = graph
        self.bus = self._first(Kind.BUS)
        self.table = self._first(Kind.TABLE)
        self.before = [self._first(Kind.API), self._first(Kind.SHOP)]
        self._elsewhere = {self.bus, self.table, *self.before}
        self.cells: dict[str, tuple[int, int]] = {}
        self.count = 0
        for start in [self.bus, *graph.places]:
            if start == self.bus:
                self._place_all(self._ends(start), 1)
            elif start not in self._elsewhere and self._ends(start):
                self._place_all([start], 1)
        known = {*self._elsewhere, *self.cells}
        self.beside = [one for one in graph.places if one not in known]

    def _first(self, kind: Kind) -> str:
        return next((one.id for one in self._graph.places.values() if one.kind is kind), "")

    def _place_all(self, places: list[str], column: int) -> None:
        for place in places:
            if place not in self.cells:
                self.count = self._place(place, column, self.count)

    def _place(self, place: str, column: int, row: int) -> int:
        """Put a place and what it leads to into their cells; return the next free row."""
        self.cells[place] = (column, row)
        writes = f"{place}>{self.table}" in self._graph.paths
        below = row + 1 if writes else row  # the way to the table stays free
        for end in self._ends(place):
            if end not in self.cells:
                below = self._place(end, column + 1, below)
        return max(below, row + 1)

    def _ends(self, start: str) -> list[str]:
        """Return the places that one leads to, those that hold what is dead last."""
        paths = (path for path in self._graph.paths.values() if path.start == start)
        places = [self._graph.places[path.end] for path in paths]
        between = (one for one in places if one.id not in self._elsewhere)
        found = [one for one in between if one.kind is not Kind.ARCHIVE]
        return [one.id for one in sorted(found, key=lambda one: one.kind is Kind.DEAD_LETTERS)]
