"""Products in a DynamoDB table, for shops that have many or whose products change.

    pk = <sku>   product = <JSON>   changed = <event id>   withdrawn = <event id>

The ids are those of the latest change and of the latest withdrawal. Each is kept if it is later
than the one before it, so the events may come in any order, and again. What is read is kept for
some seconds in each execution environment: a price may be that old.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.catalog import Catalog, Product
from chalicelib.domain.errors import TransientError

READ_FOR: Final = timedelta(seconds=5)
LISTED_FOR: Final = timedelta(minutes=1)
MAX_LISTED: Final = 1_000
"""How many products the shop shows; one with more has a search that the events feed as well."""
MAX_KEPT: Final = 1_000
MAX_KEYS: Final = 100
"""How many items DynamoDB reads at once."""
_MAX_TRIES: Final = 3

Item = Mapping[str, Any]


class ProductTable:
    """The items of the products.

    Each method raises a ``TransientError`` if DynamoDB failed for now.
    """

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @translated_errors
    def change(self, product: Product, event_id: str) -> bool:
        """Keep how a product is as of an event; tell whether no later one was known."""
        text = msgspec.json.encode(product).decode()
        return self._keep(product.sku, "changed", event_id, product=text)

    @translated_errors
    def withdraw(self, sku: str, event_id: str) -> bool:
        """Keep that a product is not sold as of an event; tell whether no later one was known."""
        return self._keep(sku, "withdrawn", event_id)

    def _keep(self, sku: str, kind: str, event_id: str, **more: str) -> bool:
        texts = {kind: event_id, **more}
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key={"pk": {"S": sku}},
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in texts),
                ConditionExpression=f"attribute_not_exists(#{kind}) OR #{kind} < :{kind}",
                ExpressionAttributeNames={f"#{name}": name for name in texts},
                ExpressionAttributeValues={f":{name}": {"S": texts[name]} for name in texts},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    @translated_errors
    def read(self, skus: Iterable[str]) -> Iterator[Product]:
        """Yield those of up to ``MAX_KEYS`` products that there are."""
        wanted = {self._table_name: {"Keys": [{"pk": {"S": sku}} for sku in skus]}}
        found: list[Item] = []
        for _ in range(_MAX_TRIES):
            answer = self._client.batch_get_item(RequestItems=wanted)
            found += answer["Responses"].get(self._table_name, ())
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return _products_in(found)
        raise TransientError("DynamoDB did not read all products.")

    @translated_errors
    def first(self, count: int) -> Iterator[Product]:
        """Yield up to ``count`` products, which are always the same while there are no others."""
        found, start = list[Item](), dict[str, Any]()
        # DynamoDB reads one megabyte at a time.
        while len(found) < count:
            limit = count - len(found)
            answer = self._client.scan(TableName=self._table_name, Limit=limit, **start)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return _products_in(found)


def _products_in(items: Iterable[Item]) -> Iterator[Product]:
    """Yield the products in items; one that was only withdrawn, so far, is not known."""
    for item in items:
        if "product" in item:
            product: Product = msgspec.json.decode(item["product"]["S"], type=Product)
            withdrawn = item.get("withdrawn", {"S": ""})["S"] > item["changed"]["S"]
            yield replace(product, withdrawn=withdrawn)


class TableCatalog(Catalog):
    """The products of a table, as they were up to ``READ_FOR`` ago."""

    def __init__(
        self,
        client: Any,
        table_name: str,
        currency: str,
        now: Callable[[], datetime],
    ) -> None:
        super().__init__(currency)
        self._table = ProductTable(client, table_name)
        self._now = now
        self._read: dict[str, tuple[datetime, Product | None]] = {}
        self._listed: tuple[datetime, tuple[Product, ...]] | None = None

    def find_all(self, skus: Iterable[str]) -> Mapping[str, Product]:
        """Return those products that there are, by SKU; they may be withdrawn."""
        wanted, now = tuple(dict.fromkeys(skus)), self._now()
        known = {sku: self._read[sku][1] for sku in wanted if self._is_fresh(sku, now)}
        missing = [sku for sku in wanted if sku not in known]
        for start in range(0, len(missing), MAX_KEYS):
            keys = missing[start : start + MAX_KEYS]
            read = {product.sku: product for product in self._table.read(keys)}
            known |= {sku: read.get(sku) for sku in keys}
        if len(self._read) + len(missing) > MAX_KEPT:
            self._read.clear()
        self._read |= {sku: (now, known[sku]) for sku in missing}
        return {sku: product for sku, product in known.items() if product}

    def _is_fresh(self, sku: str, now: datetime) -> bool:
        return sku in self._read and now < self._read[sku][0] + READ_FOR

    def __iter__(self) -> Iterator[Product]:
        """Yield the first products that are on sale, as they were up to ``LISTED_FOR`` ago."""
        now = self._now()
        if self._listed is None or now >= self._listed[0] + LISTED_FOR:
            self._listed = now, tuple(self._table.first(MAX_LISTED))
        return (product for product in self._listed[1] if not product.withdrawn)
