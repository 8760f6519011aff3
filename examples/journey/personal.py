"""What happened to a cart is about a person: the customer gets it, and it can be forgotten."""

from chalicelib.adapters.dynamodb.items import Item
from chalicelib.adapters.dynamodb.table import Table


def export(table: Table, customer_id: str) -> list[Item]:
    """Return what happened to a customer's cart."""
    return table.query(f"JOURNEY#{customer_id}")


def forget(table: Table, customer_id: str) -> int:
    """Forget what happened to a customer's cart; return how many items that were."""
    steps = export(table, customer_id)
    requests = sum(table.clear(f"JOURNEY_OF#{one}") for one in {step["request"] for step in steps})
    return requests + table.clear(f"JOURNEY#{customer_id}")
