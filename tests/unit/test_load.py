"""The queueing simulation: a small hour of it, and what it is made of."""

import re
from collections import Counter
from dataclasses import replace
from random import Random
from xml.etree import ElementTree as ET

import pytest

from bench.load import plot
from bench.load.__main__ import BEGIN, DRAWING, END, PAGE, section, targets
from bench.load.aws import PerSecond, Queue
from bench.load.scenarios import HOUR_OF_A_MILLION, HOURS, SCENARIOS, WINDOW, Scenario, play
from bench.load.scheduling import wake_ups
from bench.load.sending import MAX_RECEIVES
from tests.support.load import share_missed

SMALL = Scenario("small", carts=150, within=60)
CHANCE = Random(1)  # noqa: S311 - no secret depends on it


@pytest.mark.parametrize(
    "scenario",
    [
        SMALL,
        replace(SMALL, outage=HOURS),
        replace(SMALL, rate=2),
        replace(SMALL, window=HOURS / 2),
        replace(SMALL, window=HOURS),
    ],
)
def test_a_reminder_that_only_takes_its_time_has_the_figures_of_a_real_one(scenario):
    assert play(scenario) == play(scenario, real=True)


def test_every_reminder_is_sent_once_at_ses_rate_and_in_time():
    figures = play(SMALL)
    assert len(figures.late) == SMALL.carts
    assert (figures.dead, figures.unscheduled, figures.refusals, figures.alarms) == (0, 0, 0, ())
    assert 0 < figures.late_by(0.5) <= figures.late_by(0.99) < 60


def test_an_outage_of_two_hours_costs_time_and_no_reminder():
    figures = play(replace(SMALL, outage=2 * HOURS))
    assert (figures.dead, len(figures.late)) == (0, SMALL.carts)
    assert figures.late_by(1) > HOURS / 2


def test_an_outage_of_a_day_fills_the_dead_letter_queue_and_rings():
    figures = play(replace(SMALL, outage=24 * HOURS))
    assert figures.dead > 0
    assert "reminders-dlq" in figures.alarms


def test_senders_reach_the_rate_of_ses_where_there_is_more_to_send():
    figures = play(Scenario("crowded", carts=9_000, rate=2, within=60))
    assert 0.99 < figures.times_the_least < 1.05
    assert figures.least == pytest.approx(9_000 / 2, rel=0.01)
    assert figures.refusals == 0


@pytest.mark.parametrize(
    ("rate", "within", "window"),
    [
        (2, HOURS, WINDOW),
        (2, HOURS, HOURS),
        (2, HOURS, HOURS / 2),
        (2, HOURS / 2, HOURS),
        (3, HOURS, HOURS),
        (2, 60, 1),
    ],
)
def test_the_rate_is_missed_only_while_too_little_is_due(rate, within, window):
    """The number that is due a second grows for as long as the adds or the windows last."""
    carts = 7_000 * rate
    figures = play(Scenario("crowded", carts, rate, within, creations=1_000, window=window))
    times = 1 + share_missed(carts, rate, within, window)
    assert figures.dead == figures.unscheduled == 0
    assert figures.lasted == pytest.approx(times * carts / rate, rel=0.01)
    assert figures.times_the_carts_at_the_rate == pytest.approx(times, rel=0.01)


def test_the_page_has_what_the_default_window_comes_to_for_a_million_carts_of_an_hour():
    (million,) = (one for one in SCENARIOS if one.name == HOUR_OF_A_MILLION)
    assert (million.carts, million.rate, million.within) == (1_000_000, 100, HOURS)
    written = re.search(
        r"^\| time to mail 1,000,000 carts [^|]+\| ([0-9.]+) \|",
        PAGE.read_text("utf-8"),
        re.MULTILINE,
    )
    assert written
    times = 1 + share_missed(million.carts, million.rate, million.within, WINDOW)
    assert float(written[1]) == pytest.approx(times, abs=0.001)


def test_what_scheduler_refuses_at_every_attempt_is_told():
    fired, lost = wake_ups(100, within=1, creations=1, random=CHANCE, rule=SMALL.rule)
    assert lost > 0
    assert len(fired) + lost == 100
    assert "failed-jobs" in play(Scenario("rush", 100, within=1, creations=1)).alarms


def test_scheduler_fires_a_thousand_a_second():
    fired, _ = wake_ups(20_000, within=1, creations=100_000, random=CHANCE, rule=SMALL.rule)
    assert all(each.fires >= each.due for each in fired)
    seconds = Counter(int(each.fires) for each in fired)
    assert max(seconds.values()) <= 1_000


def test_a_quota_counts_by_the_second():
    quota = PerSecond(2)
    assert [quota.takes(at) for at in (0.0, 0.5, 0.9, 1.0)] == [True, True, False, True]


def test_a_message_is_dead_when_it_was_received_too_often():
    queue = Queue([0.0], max_receives=2)
    for at in (0.0, 1.0):
        [number] = queue.receive(at, most=10)
        queue.put_back(number, at + 1)
    assert queue.dead == {0}
    assert queue.next_visible() is None
    assert MAX_RECEIVES == 12


def test_the_drawing_is_svg_with_a_line_for_each_scenario():
    played = [play(SMALL), play(replace(SMALL, name="<other>"))]
    root = ET.fromstring(plot.svg(played))  # noqa: S314 - it is ours
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 2


def test_the_page_has_the_figures_of_every_scenario_and_keeps_what_is_promised():
    text = PAGE.read_text(encoding="utf-8")
    written = text.partition(BEGIN)[2].partition(END)[0]
    rows = re.findall(r"^\| ([^|]+) \|", written, re.MULTILINE)
    assert [row for row in rows if row in {one.name for one in SCENARIOS}] == [
        one.name for one in SCENARIOS
    ]
    assert "missed" not in written
    assert DRAWING.exists()


def test_the_tables_name_each_promise():
    small = {
        one.name: play(replace(one, carts=60, within=60, outage=one.outage)) for one in SCENARIOS
    }
    played = list(small.values())
    assert len(targets(played)) == 4
    assert section(played).count("\n|") > len(SCENARIOS)
