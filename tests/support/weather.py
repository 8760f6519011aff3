"""One thing that goes wrong in a history: at one call to AWS of one function.

The function is killed before or after the call, or stands still before it while the same event
reaches another run. Extensions play their histories at every such point.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from infra.local.cloud import LocalCloud
from infra.local.engine.sdk import Answer, Call
from tests.support.branches import Branches

API = "api"
"""What the API's function is called here."""


class Killed(BaseException):
    """The function is dead: nothing it would still do is done."""


class ExitError(Exception):
    """How Lambda reports a function that died."""


Point = tuple[str, int]
"""A place, and which call it is there, counted from 1."""


@dataclass
class Weather:
    """What goes wrong: at which call of which function, counted from 1, and how.

    ``how`` is ``before``, ``after`` or ``stalled``. ``twice`` has each delivery come again a second
    later. While it is ``calm``, nothing goes wrong. ``passed`` counts the calls at each place;
    ``runs`` has the calls of each run. Of ``branches`` each has another call at which something
    goes wrong.
    """

    place: str = ""
    number: int = 0
    how: str = ""
    twice: bool = False
    calm: bool = False
    passed: Counter[str] = field(default_factory=Counter)
    runs: list[list[Point]] = field(default_factory=list)
    branches: Branches[Point, str, list[str]] = field(default_factory=lambda: Branches({}))

    def delays(self, hop: str, payload: Mapping[str, Any]) -> tuple[float, ...]:
        """Return after how many seconds each copy of a delivery arrives."""
        del payload
        return (0.0, 1.0) if self.twice and hop.startswith("rule:") else (0.0,)


Play = Callable[[Weather], list[str]]
"""Plays a history once, and returns the promises that were broken."""


def strike(cloud: LocalCloud, weather: Weather, *functions: str) -> None:
    """Let a weather have its way with some functions of a cloud."""
    made: list[Point] = []
    for name in functions:
        function = cloud.parts.functions.get(f"cart-local{'' if name == API else f'-{name}'}")
        handler = _mortal(function.handler, weather, made)
        cloud.parts.functions.deploy(replace(function, handler=handler))

    def carry(call: Call) -> Answer | None:
        function = call.function.removeprefix("cart-local").removeprefix("-") or API
        place = f"{function} {call.operation}"
        if function in functions and not weather.calm:
            weather.passed[place] += 1
            made.append((place, weather.passed[place]))
            if how := weather.branches.at(made[-1]):
                (weather.place, weather.number), weather.how = made[-1], how
                return _struck(cloud, weather, call)
        return None

    cloud.engine.sdk.intercept_app(carry)


def points(play: Play, *, twice: bool = False) -> list[Point]:
    """Return each call to AWS in a history that must break nothing by itself."""
    passed = _alone(play, twice=twice).passed
    return [(place, number + 1) for place, count in passed.items() for number in range(count)]


def broken_by_crashes(play: Play) -> dict[str, list[str]]:
    """Play a history once for each call and each side of it; return which crash broke what.

    A crash after a call comes to the same as one before the run's next, so the other side is only
    that of each run's last call.
    """
    runs = [run for run in _alone(play).runs if run]
    crashes = {call: ["before"] for run in runs for call in run}
    for run in runs:
        crashes[run[-1]].append("after")
    return _broken(play, crashes)


def broken_by_races(play: Play) -> dict[str, list[str]]:
    """Deliver everything twice, with one run halted at each call; return what broke which promise.

    A request to the API has no second run.
    """
    raced = (point for point in points(play, twice=True) if not point[0].startswith(f"{API} "))
    return _broken(play, dict.fromkeys(raced, ("stalled",)), twice=True)


def _broken(
    play: Play, strikes: Mapping[Point, Sequence[str]], *, twice: bool = False
) -> dict[str, list[str]]:
    """Play a history once for each of these calls, and return what broke which promise."""
    weather = Weather(twice=twice, branches=Branches(strikes))
    found = weather.branches.play(lambda: play(weather))
    assert len(found) == sum(map(len, strikes.values())), "the history was another one"
    return {
        f"{place} #{number} {how}": broken
        for ((place, number), how), broken in found.items()
        if broken
    }


def _alone(play: Play, *, twice: bool = False) -> Weather:
    """Play a history in which nothing goes wrong."""
    weather = Weather(twice=twice)
    assert play(weather) == []
    return weather


def _mortal(
    handler: Callable[[Any, Any], Any], weather: Weather, made: list[Point]
) -> Callable[[Any, Any], Any]:
    def run(event: Any, context: Any) -> Any:
        before = len(made)
        try:
            return handler(event, context)
        except Killed:
            raise ExitError("Runtime exited") from None
        finally:
            weather.runs.append(made[before:])

    return run


def _struck(cloud: LocalCloud, weather: Weather, call: Call) -> Answer | None:
    if weather.how == "stalled":
        cloud.engine.agenda.advance(timedelta(seconds=10))
        return None
    if weather.how == "after":
        cloud.engine.sdk.perform(call)
    raise Killed
