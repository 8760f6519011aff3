"""What is kept about a guest: the address, if the person's id is that of a guest's cart."""

from chalicelib.adapters.dynamodb.items import Item
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.extensions.guest_reminders.book import partition


def export(table: Table, customer_id: str) -> list[Item]:
    """Return the address that a guest has left."""
    return table.query(partition(customer_id))


def forget(table: Table, customer_id: str) -> int:
    """Forget the address that a guest has left; return of how many."""
    return table.clear(partition(customer_id))
