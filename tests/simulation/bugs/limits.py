"""Bugs in limits, in the pace of mails, and in what a process remembers."""

from datetime import timedelta
from functools import partial

from chalicelib.adapters import scheduler
from chalicelib.adapters.dynamodb import carts
from chalicelib.adapters.ses import Mailer
from chalicelib.domain import mail_rate
from tests.simulation.bugs.registry import replacing, unseen_by_histories

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
):
    unseen_by_histories(what, partial(replacing, owner, name, value), test)
