"""What makes the function that notes what reminders brought use its role."""

import json
from typing import Any


def everything_happens(cloud: Any) -> None:
    """Have somebody reminded of a cart, and a note fail for good."""
    headers = {
        "Authorization": f"Bearer {cloud.sign_in('recovered@example.com')}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"sku": "MUG-STONE-350", "quantity": 1})
    cloud.request("POST", "/cart", headers, body)
    cloud.advance(30 * 3600)
    cloud.faults.arm("function:note_recovered", 3)
    cloud.request("POST", "/cart", headers, body)
    cloud.advance(30 * 3600)
