"""How deliveries travel: at once by default, otherwise as a simulation or the faults say."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final, Protocol

from infra.local.engine.faults import DUPLICATE, REORDER, Faults

LONGEST_DELAY: Final = 5.0
"""How late, in seconds, an event is at most that is delivered out of order."""


class Network(Protocol):
    """Decides when each copy of a delivery arrives."""

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:
        """Return the delay in seconds of each copy of a delivery.

        One number delivers once; several duplicate; different ones reorder. An empty sequence
        loses the delivery, which an at-least-once service never does.

        ``hop`` is ``rule:<name>``, ``schedule:<name>``, ``queue:<name>`` or
        ``destination:<function>``; ``payload`` is what travels.
        """


class Disturbed:
    """Duplicates and reorders deliveries to rules' targets while the faults say so.

    Without another network, everything is delivered once and at once.
    """

    def __init__(self, network: Network | None, faults: Faults, random: Random) -> None:
        self._network = network
        self._faults = faults
        self._random = random

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:
        """Return the other network's delays, disturbed as the faults say."""
        delays = self._network.delays(hop, payload) if self._network else (0.0,)
        if not hop.startswith("rule:"):
            return delays
        if self._faults.disturbs(DUPLICATE):
            delays = [*delays, *delays]
        if self._faults.disturbs(REORDER):
            delays = [delay + self._random.uniform(0, LONGEST_DELAY) for delay in delays]
        return delays
