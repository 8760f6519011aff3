"""Bugs in limits, in the pace of mails, and in what a process remembers; what is not reported."""

from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.adapters import scheduler
from chalicelib.adapters.dynamodb import carts
from chalicelib.adapters.eventbridge import EventBus
from chalicelib.adapters.ses import Mailer
from chalicelib.domain import invocations, mail_rate
from tests.simulation.bugs.registry import bug, replacing, unseen_by_histories


@bug("what a consumer rejects, or persists too late, is reported to nobody")
def _() -> AbstractContextManager[Any]:
    return replacing(EventBus, "report", lambda *_: None)


for what, owner, name, value, test in (
    (
        *("a line takes changes without end", carts, "MAX_CHANGES", 10_000),
        "unit/adapters/dynamodb/test_carts.py",
    ),
    (
        *("a schedule is taken for granted for a month", scheduler, "REMEMBERED"),
        *(timedelta(days=30), "unit/adapters/test_scheduler.py"),
    ),
    (
        *("a sender keeps no pace", Mailer, "_wait_for_turn", lambda *_: None),
        "unit/adapters/test_ses.py",
    ),
    (
        *("each sender keeps the whole rate", mail_rate, "pace", lambda rate: 1 / rate),
        "policies/test_relations.py",
    ),
    (
        *("a report may be larger than an event", invocations, "_MAX_LENGTH", 10**9),
        "unit/entrypoints/test_consumers.py",
    ),
):
    unseen_by_histories(what, partial(replacing, owner, name, value), test)
