"""``python -m infra journey``: what happened to a customer's cart, or because of one request."""

import json
from collections.abc import Iterator

from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain import ids


def journey(table: Table, who: str) -> Iterator[str]:
    """Show what happened to a cart: WHO is a customer's id, or the id of a request.

    Of a request, what followed from it is shown.
    """
    found = table.get(f"JOURNEY_OF#{who}", "CART")
    for step in table.query(f"JOURNEY#{found['cart'] if found else who}"):
        if found is None or step["request"] == who:
            facts = json.loads(step["facts"])
            told = " ".join(f"{name}={json.dumps(fact)}" for name, fact in facts.items())
            yield f"{ids.time_of(step['sk']):%Y-%m-%d %H:%M:%S}  {step['what']}  {told}".rstrip()
