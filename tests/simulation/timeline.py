"""What happened in a history, in lines that a person can follow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infra.local.engine.journal import Hop

_SHOWN: Final = frozenset({"request", "event", "invoke", "schedule", "queue", "mail", "log"})
_SHORT: Final = 12


@dataclass(frozen=True)
class Line:
    """Something that happened ``at`` a moment (UTC); ``mark`` says who or what did it."""

    at: datetime
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.at:%a %d %H:%M:%S}  {self.mark:<8}  {self.text}"


class Timeline:
    """Collects lines in the order in which things happen."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def note(self, at: datetime, mark: str, text: str) -> None:
        """Add a line."""
        self.lines.append(Line(at, mark, text))

    def see(self, hop: Hop) -> None:
        """Add what the local cloud tells of a hop, if it is of interest."""
        if hop.kind not in _SHOWN or "cart/requests" in hop.what:
            return
        ref = f"…{hop.ref[-_SHORT:]}" if hop.ref else ""
        parts = (hop.what.removeprefix("cart-local-"), hop.outcome, ref, hop.note)
        self.note(hop.at, hop.kind, "  ".join(part for part in parts if part))
