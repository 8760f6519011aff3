"""All that makes the function that schedules the next reminder use its role."""

import json
import os
from typing import Any

from chalicelib import wiring

DAY = 86_400


def everything_happens(cloud: Any) -> None:
    """Play through a plan of two steps, a failure, and an event that is none."""
    one_step = _plan(f"{DAY},{2 * DAY}")
    headers = {
        "Authorization": f"Bearer {cloud.sign_in('plan@example.com')}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"sku": "MUG-STONE-350", "quantity": 1})
    cloud.request("POST", "/cart", headers, body)
    cloud.advance(4 * DAY)
    entry = {"Source": "cart.reminders", "DetailType": "ReminderSent", "Detail": "{}"}
    nonsense = [{**entry, "EventBusName": "cart-local"}]
    cloud.client("events").put_events(Entries=nonsense)
    cloud.settle()
    cloud.faults.arm("function:next_reminder", 3)
    cloud.client("events").put_events(Entries=nonsense)
    cloud.advance(DAY)
    _plan(one_step)


def _plan(delays: str) -> str:
    """Have the functions follow another plan; return the one before it."""
    before = os.environ["REMINDER_DELAY_SECONDS"]
    os.environ["REMINDER_DELAY_SECONDS"] = delays
    wiring.adapters = wiring.Adapters()
    return before
