"""Items of the table as plain text and numbers.

Every read is consistent. How writes are made: :mod:`chalicelib.adapters.dynamodb.items`.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.items import Item, Write
from chalicelib.adapters.sdk import translated_errors

_REFUSED: Final = "ConditionalCheckFailed"


class Table:
    """A stage's table, in which extensions and the adapters beside this one keep their items.

    Each method, theirs as well, raises a ``TransientError`` if DynamoDB failed for now.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = {"TableName": name}

    @translated_errors
    def get(self, pk: str, sk: str) -> Item | None:
        """Return an item, None if there is no such one."""
        key = items.typed({"pk": pk, "sk": sk})
        answer = self._client.get_item(Key=key, ConsistentRead=True, **self._name)
        return items.plain(answer["Item"]) if "Item" in answer else None

    @translated_errors
    def query(self, pk: str, prefix: str = "") -> list[Item]:
        """Return the items of a partition whose sort keys begin with a prefix, in their order."""
        return [items.plain(item) for item in self._query(pk, prefix)]

    def _query(self, pk: str, prefix: str) -> Iterator[Item]:
        """Yield these items as DynamoDB types them."""
        of_prefix = {":prefix": prefix} if prefix else {}
        begins = " AND begins_with(sk, :prefix)" if prefix else ""
        request = {
            "KeyConditionExpression": f"pk = :pk{begins}",
            "ExpressionAttributeValues": items.typed({":pk": pk, **of_prefix}),
            "ConsistentRead": True,
            **self._name,
        }
        while True:
            page = self._client.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    @translated_errors
    def put(self, item: Item, when: str = "", **values: str | int) -> bool:
        """Write one item; tell whether its condition held."""
        parameters = items.put(item, when, **values).parameters
        try:
            self._client.put_item(**parameters, **self._name)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    @translated_errors
    def transact(self, *writes: Write) -> list[bool]:
        """Make all writes or none; tell of each whether its condition refused it.

        A conflict with another transaction is a transient error.
        """
        try:
            self._client.transact_write_items(
                TransactItems=[{one.operation: {**one.parameters, **self._name}} for one in writes]
            )
        except self._client.exceptions.TransactionCanceledException as error:
            codes = [reason["Code"] for reason in error.response["CancellationReasons"]]
            if _REFUSED not in codes:
                raise
            return [code == _REFUSED for code in codes]
        return [False] * len(writes)

    @translated_errors
    def clear(self, pk: str) -> int:
        """Delete all items of a partition; return how many there were."""
        found = self.query(pk)
        for item in found:
            key = items.typed({"pk": pk, "sk": item["sk"]})
            self._client.delete_item(Key=key, **self._name)
        return len(found)

    def rewrite(self, pk: str, attribute: str, **values: Any) -> int:
        """Replace values in JSON objects of a partition; return how many changed.

        An object that somebody else changes meanwhile is read and written again.
        """
        changed = 0
        for item in self.query(pk):
            found = msgspec.json.decode(item.get(attribute, "{}"))
            wanted = {**found, **values}
            if not found or found == wanted:
                continue
            new = {**item, attribute: msgspec.json.encode(wanted).decode()}
            if self.put(new, f"{attribute} = :before", before=item[attribute]):
                changed += 1
            else:
                return changed + self.rewrite(pk, attribute, **values)
        return changed
