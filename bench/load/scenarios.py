"""What is played, and what comes of it."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from bench.load.aws import Ses, Time
from bench.load.scheduling import wake_ups
from bench.load.sending import Post
from chalicelib.domain.durations import duration
from chalicelib.domain.reminders import ReminderRule
from chalicelib.domain.shop import DEFAULT_WINDOW
from tests.support.infrastructure import RESOURCES

MINUTES: Final = 60
HOURS: Final = 3_600
WINDOW: Final = duration(DEFAULT_WINDOW).total_seconds()

_AGE: Final = RESOURCES["ReminderQueueAgeAlarm"].properties


@dataclass(frozen=True)
class Scenario:
    """Carts that are filled ``within`` seconds, of which each is left alone and reminded of.

    SES takes ``rate`` mails a second, as ``mail_rate`` says, and none for ``outage`` seconds from
    twenty minutes after the first reminder is due. Scheduler takes ``creations`` a second. Adds
    share a wake-up within a ``window``, in seconds as all times.
    """

    name: str
    carts: int
    rate: int = 14
    within: float = HOURS
    outage: float = 0
    creations: int = 250
    window: float = WINDOW

    @property
    def rule(self) -> ReminderRule:
        """When a cart is due: a day after the end of its window."""
        return ReminderRule(window=timedelta(seconds=self.window), delay=timedelta(days=1))


@dataclass(frozen=True)
class Figures:
    """What came of a scenario; times in seconds, ``late`` in ascending order.

    ``lasted`` is from the first due time to the last mail, and ``least`` what that would be if SES
    took its rate at every moment at which a reminder is due.
    """

    scenario: Scenario
    late: list[float]
    lasted: float
    least: float
    dead: int
    unscheduled: int
    refusals: int
    alarms: tuple[str, ...]

    def late_by(self, share: float) -> float:
        """Return how late all but the last of this share of the reminders were."""
        return self.late[min(len(self.late) - 1, int(len(self.late) * share))]

    @property
    def times_the_least(self) -> float:
        """How long it took, divided by the least possible."""
        return self.lasted / self.least

    @property
    def times_the_carts_at_the_rate(self) -> float:
        """How long it took, divided by what SES needs for so many mails at its rate."""
        return self.lasted * self.scenario.rate / self.scenario.carts


HOUR_OF_40_000: Final = "40,000 carts in an hour"
HOUR_OF_A_MILLION: Final = "1,000,000 carts in an hour"

SCENARIOS: Final = (
    Scenario("1,000 carts in an hour", 1_000),
    Scenario(HOUR_OF_40_000, 40_000),
    Scenario("… SES is away for 5 minutes", 40_000, outage=5 * MINUTES),
    Scenario("… SES is away for 2 hours", 40_000, outage=2 * HOURS),
    Scenario("40,000 carts in a minute: a flash sale", 40_000, within=MINUTES),
    Scenario("… with windows of an hour", 40_000, within=MINUTES, window=HOURS),
    Scenario("200,000 carts in an hour", 200_000),
    Scenario("… with 100 mails a second", 200_000, rate=100),
    Scenario("200,000 carts in a minute", 200_000, rate=100, within=MINUTES),
    Scenario(
        "… where Scheduler takes 5,000 a second",
        200_000,
        rate=100,
        within=MINUTES,
        creations=5_000,
    ),
    Scenario(HOUR_OF_A_MILLION, 1_000_000, rate=100, creations=5_000),
)


def play(scenario: Scenario, *, real: bool = False, seed: int = 1) -> Figures:
    """Play a scenario; with ``real`` each reminder is read, claimed, rendered and marked."""
    chance = Random(seed)  # noqa: S311 - no secret depends on it
    fired, unscheduled = wake_ups(
        scenario.carts, scenario.within, scenario.creations, chance, scenario.rule
    )
    first_due, time = fired[0].due, Time()
    away = first_due + 20 * MINUTES
    ses = Ses(time, scenario.rate, away, away + scenario.outage)
    post = Post(fired, ses, time, scenario.rate, chance, rule=scenario.rule, real=real)
    post.work()
    late = sorted(at - fired[number].due for number, at in post.sent_at.items())
    alarms = {
        "reminders-waiting": _waited_too_long(post),
        "reminders-dlq": bool(post.queue.dead),
        "failed-jobs": unscheduled > 0,
    }
    return Figures(
        scenario,
        late=late,
        lasted=max(post.sent_at.values()) - first_due,
        least=max(
            each.due + (len(fired) - number) / scenario.rate for number, each in enumerate(fired)
        )
        - first_due,
        dead=len(post.queue.dead),
        unscheduled=unscheduled,
        refusals=ses.refusals,
        alarms=tuple(name for name, rings in alarms.items() if rings),
    )


def _waited_too_long(post: Post) -> bool:
    """Tell whether the alarm for the age of the oldest message rings."""
    period, too_old = set[int](), float(_AGE["Threshold"])
    for number, at in post.sent_at.items():
        old_from = post.fired_at(number) + too_old
        until = min(at, post.queue.counted_until.get(number, at))
        period.update(range(int(old_from // _AGE["Period"]), int(until // _AGE["Period"]) + 1))
    in_a_row = int(_AGE["EvaluationPeriods"])
    return any(period >= {first + n for n in range(in_a_row)} for first in period)
