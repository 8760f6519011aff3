"""What happened is told in the order in which it began, however busy the machine is."""

from datetime import datetime, timedelta

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.journal import Hop
from tests.support.catalog import A_DAY_AND_A_WINDOW
from tests.support.plugin import MORNING
from tests.support.products import MUG
from tests.support.shopper import Shopper


class LateClock(Clock):
    """A clock that somebody looks at who is held up for a second each time."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(seconds=1)


def began(hop: Hop) -> datetime:
    return hop.at - timedelta(milliseconds=hop.duration_ms or 0)


def test_a_hop_is_written_down_late_and_seems_to_begin_no_later(aws) -> None:
    with LocalCloud.start(clock=Clock(MORNING), seed=1) as cloud:
        cloud.engine.journal._clock = LateClock(cloud.clock)  # noqa: SLF001
        Shopper(cloud, "ada@example.com", "Ada").add(MUG)
        cloud.advance(A_DAY_AND_A_WINDOW)
        hops = list(cloud.engine.journal.hops)
    (request,) = (hop for hop in hops if hop.kind == "request")
    assert began(request) == MORNING
    runs = {hop.what: hop for hop in hops if hop.kind == "invoke"}
    inside = [hop for hop in hops if hop.function in runs and hop.kind != "log"]
    assert {hop.kind for hop in inside} >= {"schedule", "mail"}
    for hop in inside:
        assert began(runs[hop.function]) < began(hop), hop
