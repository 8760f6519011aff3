"""Bugs in where products come from: the file's, the table's, and what is told of them."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from chalicelib.adapters import shop_folder
from chalicelib.adapters.dynamodb import products
from infra.local.web import catalog
from tests.simulation.bugs.registry import replacing, unseen_by_histories

OF_THE_TABLE: Final = "unit/adapters/dynamodb/test_products.py"
OF_THE_FILE: Final = "unit/adapters/test_shop_folder.py"
OF_CHANGES: Final = "end_to_end/test_catalog.py"


def _whatever_was_before(self: Any, sku: str, kind: str, event_id: str, **more: str) -> bool:
    texts = {kind: event_id, **more}
    self._client.update_item(
        TableName=self._table_name,
        Key={"pk": {"S": sku}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in texts),
        ExpressionAttributeNames={f"#{name}": name for name in texts},
        ExpressionAttributeValues={f":{name}": {"S": texts[name]} for name in texts},
    )
    return True


def _in_order_of_asking(self: Any) -> Any:
    self.find_all(self._raw)
    return iter(self._products.values())


unseen_by_histories(
    "an older change of a product replaces a later one",
    partial(replacing, products.ProductTable, "_keep", _whatever_was_before),
    OF_THE_TABLE,
)
unseen_by_histories(
    "a product that was read is never read again",
    partial(replacing, products, "READ_FOR", timedelta(days=3650)),
    OF_THE_TABLE,
)
unseen_by_histories(
    "what DynamoDB leaves unread is asked for once only",
    partial(replacing, products, "_MAX_TRIES", 1),
    OF_THE_TABLE,
)
unseen_by_histories(
    "the shelf has withdrawn products, in the order in which they were asked for",
    partial(replacing, shop_folder.FileCatalog, "__iter__", _in_order_of_asking),
    OF_THE_FILE,
)
unseen_by_histories(
    "the bus is told nothing of a product that changes in the local cloud",
    partial(replacing, catalog, "_tell", lambda *_: None),
    OF_CHANGES,
)
