"""Sets up the world of a history: the local cloud in the hands of chaos, from one seed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

from chalicelib import clock
from chalicelib.adapters import eventbridge
from chalicelib.adapters.dynamodb import reminder_claims
from chalicelib.domain.ids import EPOCH
from chalicelib.entrypoints import consumers
from chalicelib.usecases import cart_requests, tokens
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.engine import Engine
from infra.local.engine.journal import Hop
from infra.local.project import CartProject, Deployment
from infra.local.web import catalog
from tests.simulation.chaos import Chaos
from tests.simulation.clocks import Clocks
from tests.simulation.evidence import Evidence
from tests.simulation.faults import Fault, Site, Weather
from tests.simulation.faulty_aws import FaultyAws
from tests.simulation.history import History
from tests.simulation.model import MAX_MERGED
from tests.simulation.observed import START
from tests.simulation.parts import PARTS
from tests.simulation.world import World
from tests.support.branches import Branches

DEEPEST: Final = 20_000
"""Frames on the stack; each run that stands still while others go on takes some hundred."""


class WatchedProject(CartProject):
    """The project, each function of which runs in the hands of chaos."""

    chaos: Chaos

    def deploy(self, engine: Engine) -> Deployment:
        """Load the Chalice app."""
        deployment = super().deploy(engine)
        functions = tuple(
            replace(
                function,
                handler=self.chaos.watched(
                    short_name(function.name), function.handler, function.timeout
                ),
            )
            for function in deployment.functions
        )
        return replace(deployment, functions=functions)


@contextmanager
def world_of(
    history: History,
    project: WatchedProject,
    branches: Branches[Site, Fault, Any] | None = None,
) -> Iterator[World]:
    """Set up the world of a history; every number drawn in it comes from its seed."""
    evidence = Evidence()
    random, rates = Random(f"{history.seed}/weather"), history.climate.rates()
    weather = Weather(random, rates, history.faults, branches)
    chaos = Chaos(weather, evidence)
    project.chaos = chaos

    def see(hop: Hop) -> None:
        evidence.seen[hop.kind] += 1
        evidence.timeline.see(hop)
        if hop.kind == "log" and hop.what == "send_reminder" and "reason=too_late" in hop.note:
            evidence.too_late[hop.correlation_id] = cloud.clock.now()
        if hop.kind == "mail":
            sent_by = chaos.current.function if chaos.current else ""
            if sent_by == "send_reminder":
                evidence.mailed(cloud.inbox[-1], chaos.decided_at())
            for watcher in evidence.watchers.values() if sent_by != "send_reminder" else ():
                watcher.mailed(sent_by, cloud.inbox[-1])

    with ExitStack() as stack:
        stack.enter_context(_deep_stack())
        stack.enter_context(_seeded(Random(f"{history.seed}/app"), chaos.sleep))
        cloud = stack.enter_context(
            LocalCloud.start(
                project, clock=Clock(START), network=chaos, output=see, seed=history.seed
            )
        )
        chaos.attach(cloud)
        clocks = Clocks(f"{history.seed}/clocks", history.climate.clocks)
        stack.enter_context(mock.patch.object(clock, "read", partial(_shown, chaos, clocks)))
        FaultyAws(chaos, cloud.engine.sdk)
        world = World(cloud, chaos, evidence)
        evidence.watchers.update({name: part.Watcher(world) for name, part in PARTS.items()})
        yield world


def _shown(chaos: Chaos, clocks: Clocks) -> int:
    """Return what the clock shows of the function that is running, as the app reads it."""
    function = chaos.current.function if chaos.current else ""
    now = chaos.now + clocks.error_of(function, chaos.now)
    return (now - EPOCH) // timedelta(microseconds=1) * 1000


@contextmanager
def _deep_stack() -> Iterator[None]:
    """Leave room for runs in the midst of which others run, in the midst of which …."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEPEST)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def _seeded(random: Random, sleep: Callable[[float], None]) -> Iterator[None]:
    """Let the app draw its random numbers from ``random``, and sleep as long as ``sleep`` does."""
    secrets = SimpleNamespace(
        randbits=random.getrandbits, token_hex=lambda size: random.randbytes(size).hex()
    )
    bus = partial(eventbridge.EventBus, sleep=sleep, jitter=random.random)
    with (
        mock.patch.object(cart_requests, "secrets", secrets),
        mock.patch.object(tokens, "secrets", secrets),
        mock.patch.object(catalog, "secrets", secrets),
        mock.patch.object(catalog, "_NUMBERS", count()),
        mock.patch.object(consumers, "random", random),
        mock.patch.object(consumers, "MAX_MERGED", MAX_MERGED),
        mock.patch.object(eventbridge, "EventBus", bus),
        mock.patch.object(reminder_claims, "secrets", secrets),
    ):
        yield


def short_name(function: str) -> str:
    """Return a function's name without app and stage; the API's is ``api``."""
    return function.removeprefix("cart-local").removeprefix("-") or "api"
