"""How deliveries travel: at once by default, otherwise as a simulation or a reader wishes."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Network(Protocol):
    """Decides the fate of each delivery."""

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:
        """Return the delay in seconds of each copy of a delivery.

        One number delivers once; several duplicate; different ones reorder. None at all loses
        the delivery, which no service that is at-least-once does.

        ``hop`` is ``rule:<name>``, ``schedule:<name>``, ``queue:<name>`` or
        ``destination:<function>``; ``payload`` is what travels.
        """


class Direct:
    """Delivers everything once, without delay."""

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:  # noqa: ARG002
        """Return one delay of nothing."""
        return (0.0,)
