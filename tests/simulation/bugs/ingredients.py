"""What a history must have in it to show a bug: by that, promising histories are played first."""

from collections import Counter
from collections.abc import Callable

from tests.simulation.faults import Kind
from tests.simulation.history import RUSH, History
from tests.simulation.model import ADD, CHECK_OUT, MAX_MERGED, MERGE, REMOVE
from tests.simulation.steps import Ask, Outage, Step

Ingredient = Callable[[History], bool]


def anything(_: History) -> bool:
    """Tell of any history that it will do."""
    return True


def step(kind: type[Step]) -> Ingredient:
    """Return the need for a step of a kind."""
    return lambda history: any(isinstance(each, kind) for each in history.steps)


def fault(kind: Kind) -> Ingredient:
    """Return the need for weather in which calls or deliveries fail in this way."""
    return lambda history: history.climate.rates().get(kind, 0) > 0


def outage(*targets: str) -> Ingredient:
    """Return the need for one of these to be out of order."""
    return lambda history: any(
        isinstance(each, Outage) and each.target in targets for each in history.steps
    )


def rush(history: History) -> bool:
    """Tell whether runs of one function go on at the same time."""
    return history.climate.kinds == RUSH


def shopper(name: str) -> Ingredient:
    """Return the need for somebody who puts something into a cart."""
    return lambda history: any(each.shopper == name for each in _asked(history, ADD, MERGE))


def merge(history: History) -> bool:
    """Tell whether a guest is merged."""
    return bool(_asked(history, MERGE))


def many_merges(history: History) -> bool:
    """Tell whether a customer merges more guests than there is room for."""
    merged = {(each.shopper, each.guest) for each in _asked(history, MERGE)}
    return max(Counter(shopper for shopper, _ in merged).values(), default=0) > MAX_MERGED


def second_merge(history: History) -> bool:
    """Tell whether two customers merge one guest."""
    merges = _asked(history, MERGE)
    return len({(each.shopper, each.guest) for each in merges}) > len(
        {each.guest for each in merges}
    )


def removal_before_merge(history: History) -> bool:
    """Tell whether a customer removes or orders something between a guest's add and the merge."""
    return any(
        (added.shopper, removed.shopper) == (merged.guest, merged.shopper)
        and added.at < removed.at < merged.at
        for merged in _asked(history, MERGE)
        for removed in _asked(history, REMOVE, CHECK_OUT)
        for added in _asked(history, ADD)
    )


def _asked(history: History, *actions: str) -> list[Ask]:
    return [each for each in history.steps if isinstance(each, Ask) and each.action in actions]
