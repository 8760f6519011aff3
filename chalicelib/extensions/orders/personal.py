"""Orders as personal data: the books need those that were paid, but not whose they were."""

from chalicelib.adapters.dynamodb.items import Item
from chalicelib.adapters.dynamodb.table import Table


def export(table: Table, customer_id: str) -> list[Item]:
    """Return a customer's orders."""
    return table.query(f"ORDERS#{customer_id}")


def forget(table: Table, customer_id: str) -> int:
    """Take address and name out of a customer's orders; return of how many."""
    return table.rewrite(f"ORDERS#{customer_id}", "document", customer={"id": customer_id})
