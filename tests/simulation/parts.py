"""What extensions bring to the histories: modules ``tests/simulation.py`` in their folders.

Such a module has ``OUTAGES``, what else can be out of order; ``steps(random, shopping)``, which
yields steps of its own kinds beside those of ``shopping``; a class ``Watcher``, of which each
history has one; and ``mutations()``, deliberate bugs. Without the folder, the histories are those
of the cart alone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any, Final, Protocol

from chalicelib.extensions import FOLDER
from infra.local.aws.ses import Mail
from tests.simulation.observed import Run
from tests.simulation.steps import Step

if TYPE_CHECKING:
    from tests.simulation.bugs.registry import Mutation
    from tests.simulation.world import World


class Watcher(Protocol):
    """Sees what happens in a history, and knows what must hold."""

    def __init__(self, world: "World") -> None:
        """Watch a world in which nothing has happened so far."""

    def delivered(self, hop: str, payload: Mapping[str, Any]) -> None:
        """Note a delivery on its way."""

    def ended(self, run: Run) -> None:
        """Note how a run ended."""

    def mailed(self, function: str, mail: Mail) -> None:
        """Note a mail that another function sends than that of the reminders."""

    def broken_before_repair(self) -> Iterator[str]:
        """Tell which promises do not hold although everything has worked for days."""

    def broken_after_repair(self) -> Iterator[str]:
        """Tell which promises do not hold in the end."""

    def figures(self) -> Counter[str]:
        """Return figures about the history."""


class Part(Protocol):
    """What a module brings."""

    OUTAGES: Sequence[str]
    Watcher: type[Watcher]

    def mutations(self) -> "Sequence[Mutation]":
        """Return deliberate bugs, each of which some history must show."""

    def steps(self, random: Random, shopping: Sequence[Step]) -> Iterator[Step]:
        """Yield steps for a history in which people do this ``shopping``."""


def _parts() -> dict[str, Any]:
    names = sorted(file.parts[-3] for file in FOLDER.glob("*/tests/simulation.py"))
    package = "chalicelib.extensions"
    return {name: import_module(f"{package}.{name}.tests.simulation") for name in names}


PARTS: Final[dict[str, Part]] = _parts()
"""The parts by the names of their extensions."""
