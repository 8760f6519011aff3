"""All that makes the functions that remind guests use their roles."""

import json
import os
import re
from typing import Any

from chalicelib import wiring

HOUR = 3_600


def everything_happens(cloud: Any) -> None:
    """Have guests reminded, merged, and everything fail for good once."""
    usual = _plan(str(HOUR))
    token = _leave_address(cloud, "guest@example.com")
    cloud.advance(2 * HOUR)
    _plan(usual)
    customer = {"Authorization": f"Bearer {cloud.sign_in('was-a-guest@example.com')}"}
    merge = json.dumps({"guest_token": token})
    cloud.request("POST", "/cart/merge", {**customer, "Content-Type": "application/json"}, merge)
    queues = cloud.client("sqs")
    url = queues.get_queue_url(QueueName="cart-confirm-address-local")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="nonsense")
    cloud.advance(HOUR)
    functions = ("plan_guest_reminder", "remind_guest", "forget_guest_address")
    for function in functions:
        cloud.faults.arm(f"function:{function}", 3)
    for detail_type, source in (
        ("RemindersStopped", "cart.api"),
        ("RemindersAllowed", "cart.api"),
        ("GuestReminderDue", "cart.reminders"),
    ):
        detail = json.dumps({"data": {"cart_id": "guest-0"}})
        entry = {"Source": source, "DetailType": detail_type, "Detail": detail}
        cloud.client("events").put_events(Entries=[{**entry, "EventBusName": "cart-local"}])
    cloud.advance(HOUR)


def _plan(delays: str) -> str:
    """Have the functions follow another plan; return the one before it."""
    before = os.environ["REMINDER_DELAY_SECONDS"]
    os.environ["REMINDER_DELAY_SECONDS"] = delays
    wiring.adapters = wiring.Adapters()
    return before


def _leave_address(cloud: Any, email: str) -> str:
    """Have a guest fill a cart, leave an address and confirm it; return the guest's token.

    SES fails until no function holds the signing keys any more; somebody else leaves the address
    as well.
    """
    cloud.faults.arm("ses", 1_000)
    tokens = [_new_guest(cloud, email) for _ in range(2)]
    cloud.advance(HOUR / 3)
    cloud.faults.arm("ses", 0)
    cloud.advance(2 * HOUR)
    mails = [mail for mail in cloud.inbox if mail.to == (email,)]
    found = re.search(r"/guest/confirm\?token=\S+", mails[0].text)
    assert found
    cloud.request("POST", found[0])
    (asked,) = re.findall(r"=(guest-[0-9a-f]+)~", found[0])
    return next(token for token in tokens if token.startswith(asked))


def _new_guest(cloud: Any, email: str) -> str:
    token: str = json.loads(cloud.request("POST", "/guest").body)["guest_token"]
    headers = {"Guest-Token": token, "Content-Type": "application/json"}
    add = json.dumps({"sku": "MUG-STONE-350", "quantity": 1})
    cloud.request("POST", "/guest/cart", headers, add)
    cloud.request("PUT", "/guest/cart/reminders", headers, json.dumps({"email": email}))
    return token
