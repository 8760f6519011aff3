"""What is kept about a customer: which mails about orders were sent."""

from chalicelib.adapters.dynamodb.items import Item
from chalicelib.adapters.dynamodb.table import Table


def export(table: Table, customer_id: str) -> list[Item]:
    """Return which mails a customer got."""
    return table.query(f"ORDER_MAIL#{customer_id}")


def forget(table: Table, customer_id: str) -> int:
    """Forget which mails a customer got; return of how many."""
    return table.clear(f"ORDER_MAIL#{customer_id}")
