"""Orders and stock in DynamoDB.

    pk = ORDERS#<customer>   sk = <tail>    order = <JSON>, status
                             sk = LATEST    latest = <tail> of the order that was placed last
    pk = ORDER#<tail>        sk = ORDER     customer, once the order is placed
    pk = STOCK#<sku>         sk = STOCK     taken = how many are held or sold

``<tail>`` is that of the order's id, which all requests with its idempotency key share. An order
is placed, and ended, in one transaction with its stock. That no two orders of a customer hold the
same add is guarded by LATEST: an order is placed only if none was since the others were read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain import ids
from chalicelib.domain.errors import PermanentError, TransientError
from chalicelib.extensions.orders.order import Order, Status

LATEST: Final = "LATEST"
_REFUSED: Final = "ConditionalCheckFailed"


class OutOfStock(PermanentError):
    """There is less of a product than is ordered."""

    code = "out_of_stock"


class Overtaken(TransientError):
    """Somebody else changed the order, or placed another one, meanwhile."""

    code = "overtaken"


class OrdersTable:
    """The items of orders and stock in the table."""

    def __init__(self, client: Any, table_name: str) -> None:
        self._client = client
        self._table = {"TableName": table_name}

    @translated_errors()
    def read(self, customer_id: str, order_id: str) -> Order | None:
        """Return the order that a customer asked for with this id, or with another of its key."""
        key = _key(f"ORDERS#{customer_id}", ids.tail_of(order_id))
        item = self._client.get_item(Key=key, ConsistentRead=True, **self._table).get("Item")
        return None if item is None else _order_in(item)

    @translated_errors()
    def find(self, order_id: str) -> Order | None:
        """Return the order with this id if it was placed, whoever's it is."""
        key = _key(f"ORDER#{ids.tail_of(order_id)}", "ORDER")
        item = self._client.get_item(Key=key, ConsistentRead=True, **self._table).get("Item")
        return None if item is None else self.read(item["customer"]["S"], order_id)

    @translated_errors()
    def read_all(self, customer_id: str) -> tuple[list[Order], str]:
        """Return a customer's orders, and which of them was placed last: "" if none was."""
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": f"ORDERS#{customer_id}"}},
            "ConsistentRead": True,
            **self._table,
        }
        orders, latest = [], ""
        while True:
            page = self._client.query(**query)
            for item in page["Items"]:
                if item["sk"]["S"] == LATEST:
                    latest = item["latest"]["S"]
                else:
                    orders.append(_order_in(item))
            if "LastEvaluatedKey" not in page:
                return orders, latest
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    @translated_errors()
    def record(self, order: Order) -> bool:
        """Write a requested or rejected order, unless more is known of it; tell whether it was."""
        wanted, values = "attribute_not_exists(pk)", {}
        if order.status is Status.REJECTED:
            wanted += " OR #status = :requested"
            values = {":requested": {"S": Status.REQUESTED}}
        try:
            self._client.put_item(**self._put(order, wanted, values))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def place(self, order: Order, latest: str, stock: Mapping[str, int]) -> None:
        """Write a new order, and hold what it takes of the ``stock`` that is limited.

        Raises:
            OutOfStock: there is too little of something.
            Overtaken: another order was placed since ``latest`` was read, or this one was decided.
            TransientError: DynamoDB failed for now.
        """
        tail = ids.tail_of(order.order_id)
        owner = {**_key(f"ORDER#{tail}", "ORDER"), "customer": {"S": order.customer.id}}
        placed_last = {**_key(f"ORDERS#{order.customer.id}", LATEST), "latest": {"S": tail}}
        is_latest = {
            "ConditionExpression": "latest = :latest",
            "ExpressionAttributeValues": {":latest": {"S": latest}},
        }
        none_yet = {"ConditionExpression": "attribute_not_exists(pk)"}
        undecided = "attribute_not_exists(pk) OR #status = :requested"
        refused = self._transact(
            {"Put": self._put(order, undecided, {":requested": {"S": Status.REQUESTED}})},
            {"Put": {"Item": placed_last, **(is_latest if latest else none_yet), **self._table}},
            {"Put": {"Item": owner, **self._table}},
            *self._stock(order, 1, stock),
        )
        if any(refused[:2]):
            raise Overtaken("Another order was placed, or this one was decided, meanwhile.")
        if any(refused):
            raise OutOfStock("Less is in stock than is ordered.")

    def end(self, order: Order, before: Order) -> None:
        """Write what became of a placed order; if it was cancelled, its stock is free again.

        Raises:
            Overtaken: the order was changed since it was read as ``before``.
            TransientError: DynamoDB failed for now.
        """
        values = {":version": {"N": str(before.version)}}
        order = replace(order, version=before.version + 1)
        freed = self._stock(order, -1) if order.status is not before.status else ()
        put = {"Put": self._put(order, "version = :version", values)}
        if any(self._transact(put, *(freed if order.status is Status.CANCELLED else ()))):
            raise Overtaken("The order was changed meanwhile.")

    def _put(self, order: Order, wanted: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that write an order if it is as ``wanted``."""
        return {
            "Item": {
                **_key(f"ORDERS#{order.customer.id}", ids.tail_of(order.order_id)),
                "order": {"S": msgspec.json.encode(order).decode()},
                "status": {"S": order.status},
                "version": {"N": str(order.version)},
            },
            "ConditionExpression": wanted,
            **({"ExpressionAttributeNames": {"#status": "status"}} if "#status" in wanted else {}),
            **({"ExpressionAttributeValues": values} if values else {}),
            **self._table,
        }

    def _stock(
        self, order: Order, sign: int, stock: Mapping[str, int] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield what takes an order's limited products out of stock, or puts them back."""
        for line in order.lines:
            if line.sku not in order.limited:
                continue
            update: dict[str, Any] = {
                "Key": _key(f"STOCK#{line.sku}", "STOCK"),
                "UpdateExpression": "ADD taken :quantity",
                "ExpressionAttributeValues": {":quantity": {"N": str(sign * line.quantity)}},
                **self._table,
            }
            if stock is not None:
                room = {":room": {"N": str(stock[line.sku] - line.quantity)}}
                update["ExpressionAttributeValues"] |= room
                wanted = "taken <= :room"
                if line.quantity <= stock[line.sku]:
                    wanted = f"attribute_not_exists(taken) OR {wanted}"
                update["ConditionExpression"] = wanted
            yield {"Update": update}

    @translated_errors()
    def _transact(self, *writes: Mapping[str, Any]) -> list[bool]:
        """Make all writes or none; return which of them were refused by their conditions."""
        try:
            self._client.transact_write_items(TransactItems=writes)
        except self._client.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
            if _REFUSED not in codes:
                raise  # such as a conflict with another transaction
            return [code == _REFUSED for code in codes]
        return [False]


def _key(partition: str, sort_key: str) -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": sort_key}}


def _order_in(item: Mapping[str, Any]) -> Order:
    return msgspec.json.decode(item["order"]["S"], type=Order)
