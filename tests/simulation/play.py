"""Plays a history to its end and tells what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.simulation.faults import Fault, Site
from tests.simulation.history import History
from tests.simulation.model import MERGE
from tests.simulation.observed import START
from tests.simulation.promises import broken_after_repair, broken_before_repair, repeats
from tests.simulation.setting import WatchedProject, world_of
from tests.simulation.timeline import Line
from tests.simulation.world import OTHER_DLQS, World
from tests.support.branches import Branches
from tests.support.seconds import DAY, HOUR


@dataclass(frozen=True)
class Outcome:
    """What became of a history: the promises broken, if any, and figures about it.

    ``history`` holds the faults that struck, so that playing it again comes to the same;
    ``passed`` is how often something passed each place where a fault could have struck.
    """

    history: History
    broken: tuple[str, ...]
    figures: Counter[str]
    passed: Counter[str]
    timeline: tuple[Line, ...]


def play(history: History, project: WatchedProject, branches: "Faulty | None" = None) -> Outcome:
    """Play a history: its steps, then calm, then what operators do, then the reckoning."""
    with world_of(history, project, branches) as world:
        weather = world.chaos.weather
        broken = [*_play(world, history)]
        return Outcome(
            history=replace(history, faults=dict(weather.struck)),
            broken=tuple(broken),
            figures=_figures(world, history, weather.struck),
            passed=weather.passed,
            timeline=tuple(world.evidence.timeline.lines),
        )


Faulty = Branches[Site, Fault, Outcome]


def play_with_each(
    faults: Mapping[Site, Sequence[Fault]], history: History, project: WatchedProject
) -> dict[tuple[Site, Fault], Outcome]:
    """Play a history once with each of these faults besides its own; leave out the timelines."""
    branches: Faulty = Branches(faults)
    return branches.play(lambda: replace(play(history, project, branches), timeline=()))


def _play(world: World, history: History) -> list[str]:
    for step in history.steps:
        world.take(step)
        if world.evidence.broken:
            return world.evidence.broken
    world.chaos.stop()
    world.evidence.timeline.note(world.now, "step", "everything works from here on")
    world.cloud.advance(3 * DAY)
    dead_letters = [body for queue in OTHER_DLQS for body in world.empty(queue)]
    broken = [*world.evidence.broken, *broken_before_repair(world, dead_letters)]
    if broken:
        return broken
    _repair(world, dead_letters)
    return [*world.evidence.broken, *broken_after_repair(world)]


def _repair(world: World, dead_letters: list[str]) -> None:
    """Do what an operator does: redrive what can be, and replay if anything was given up."""
    for queue in world.cloud.state()["queues"]:
        if "-dlq-" in queue and queue not in OTHER_DLQS:
            world.cloud.redrive(queue)
    failures = [item for item in world.items() if item["sk"]["S"].startswith("FAILURE#")]
    if dead_letters or failures:
        world.evidence.seen["repairs"] += 1
        world.replay((world.now - START).total_seconds() + HOUR)
    world.cloud.advance(DAY)


def _figures(world: World, history: History, struck: dict[Site, Fault]) -> Counter[str]:
    evidence = world.evidence
    figures = Counter({"histories": 1, "steps": len(history.steps)})
    figures.update({name: evidence.seen[name] for name in ("event", "runs", "repairs")})
    figures["requests"] = len(evidence.ledger.asked)
    figures["accepted"] = sum(asked.accepted for asked in evidence.ledger.asked)
    merges = [asked for asked in evidence.ledger.asked if asked.request.action == MERGE]
    figures["guests"] = len(evidence.ledger.cart_ids) - len(evidence.customers)
    figures["merges accepted"] = sum(asked.accepted for asked in merges)
    figures["merges refused"] = sum(
        evidence.ledger.refusal_of(asked.request) is not None for asked in merges
    )
    figures["mails"] = len(evidence.received)
    figures["mails repeated in the documented case"] = repeats(world).total()
    figures["documented case, times it arose"] = evidence.excused.total()
    for watcher in evidence.watchers.values():
        figures.update(watcher.figures())
    figures.update(f"fault: {fault.kind}" for fault in struck.values())
    return figures
