"""Amazon DynamoDB: the tables as plain data, for the operations on items that the app uses."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from infra.local.aws.dynamodb_expressions import (
    Item,
    Scope,
    UnsupportedExpression,
    Value,
    condition,
    update,
)
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Answer, Parameters, answer, failure

MAX_ITEM_BYTES: Final = 400 * 1024
MAX_PAGE_BYTES: Final = 1024 * 1024
MAX_TRANSACTION: Final = 100
MAX_BATCH: Final = 100
_EQUALS: Final = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


@dataclass
class _Table:
    """A table: its items by partition key and sort key, and the keys' attributes by index."""

    keys: Mapping[str | None, tuple[str, ...]]
    partitions: dict[str, dict[str, Item]] = field(default_factory=lambda: defaultdict(dict))

    def place_of(self, item: Item) -> tuple[str, str]:
        """Return the values of an item's keys; all of them are texts."""
        partition, *sort = (item[name]["S"] for name in self.keys[None])
        return partition, sort[0] if sort else ""

    def find(self, key: Item) -> Item | None:
        """Return the item with this key."""
        partition, sort = self.place_of(key)
        return self.partitions.get(partition, {}).get(sort)

    def items(self) -> Iterable[Item]:
        """Yield every item."""
        return (item for partition in self.partitions.values() for item in partition.values())

    def order_of(self, index: str | None) -> Callable[[Item], tuple[str, ...]]:
        """Return what the items of an index, or of the table, are sorted by."""
        names = (*self.keys[index][1:], *self.keys[None])
        return lambda item: tuple(item[name]["S"] for name in names)


class _Write:
    """What one write would do; :meth:`apply` does it, unless it is refused."""

    def __init__(self, table: _Table, kind: str, parameters: Parameters) -> None:
        """Evaluate a ``Put``, ``Update``, ``Delete`` or ``ConditionCheck``."""
        key = parameters["Item" if kind == "Put" else "Key"]
        self.table, self.place = table, table.place_of(key)
        self.old = self.new = table.find(key)
        self.refused: Answer | None = None
        wanted = parameters.get("ConditionExpression")
        if wanted and not condition(wanted)(Scope(self.old or {}, parameters)):
            self.refused = _condition_failed(self.old, parameters)
            return
        if kind == "Put":
            self.new = dict(parameters["Item"])
        elif kind == "Update":
            named = {name: key[name] for name in table.keys[None]}
            change = update(parameters["UpdateExpression"])
            self.new = change(Scope({**named, **(self.old or {})}, parameters))
        elif kind == "Delete":
            self.new = None
        if self.new is not None and _size(self.new) > MAX_ITEM_BYTES:
            to_update = "to update " if kind == "Update" else ""
            message = f"Item size {to_update}has exceeded the maximum allowed size"
            self.refused = failure("ValidationException", message)

    def apply(self) -> None:
        """Replace the item by what it is to be."""
        partition, sort = self.place
        if self.new is None:
            self.table.partitions.get(partition, {}).pop(sort, None)
        else:
            self.table.partitions[partition][sort] = self.new


class Tables:
    """The tables of the account."""

    def __init__(self, engine: Engine) -> None:
        self._tables: dict[str, _Table] = {}
        operations: dict[str, Callable[[_Table, Parameters], Answer]] = {
            "GetItem": _get,
            "PutItem": partial(_write, "Put"),
            "UpdateItem": partial(_write, "Update"),
            "DeleteItem": partial(_write, "Delete"),
            "Query": _query,
            "Scan": _scan,
        }
        on_one = {name: partial(self._on_one, act) for name, act in operations.items()}
        of_several = {"BatchGetItem": self._get_batch, "TransactWriteItems": self._transact}
        engine.sdk.provide("dynamodb", {**on_one, **of_several})

    def create(self, properties: Mapping[str, Any]) -> None:
        """Create a table; its ``properties`` are those of CreateTable and CloudFormation alike."""
        declared = {None: properties["KeySchema"]} | {
            index["IndexName"]: index["KeySchema"]
            for index in properties.get("GlobalSecondaryIndexes", ())
        }
        keys = {
            index: tuple(key["AttributeName"] for key in schema)
            for index, schema in declared.items()
        }
        self._tables[properties["TableName"]] = _Table(keys)

    def _on_one(
        self, act: Callable[[_Table, Parameters], Answer], parameters: Parameters
    ) -> Answer:
        """Answer a call that names one table."""
        table = self._tables.get(parameters["TableName"])
        return _no_table() if table is None else act(table, parameters)

    def _get_batch(self, parameters: Parameters) -> Answer:
        """Read up to 100 items, each but once; none of them is left unprocessed."""
        found: dict[str, list[dict[str, Value]]] = {}
        for name, wanted in parameters["RequestItems"].items():
            table = self._tables.get(name)
            if table is None:
                return _no_table()
            places = {table.place_of(key) for key in wanted["Keys"]}
            if len(wanted["Keys"]) > MAX_BATCH or len(places) < len(wanted["Keys"]):
                message = "Up to 100 items are read at once, each but once"
                return failure("ValidationException", message)
            items = (table.find(key) for key in wanted["Keys"])
            found[name] = [_projected(item, wanted) for item in items if item is not None]
        return answer({"Responses": found, "UnprocessedKeys": {}})

    def _transact(self, parameters: Parameters) -> Answer:
        """Make all writes of a transaction, or none of them and say which could not be made."""
        writes = []
        for action in parameters["TransactItems"]:
            ((kind, wanted),) = action.items()
            table = self._tables.get(wanted["TableName"])
            if table is None:
                return _no_table()
            writes.append(_Write(table, kind, wanted))
        places = {(id(write.table), *write.place) for write in writes}
        if len(writes) > MAX_TRANSACTION or len(places) < len(writes):
            message = "A transaction has up to 100 actions, each on another item"
            return failure("ValidationException", message)
        if any(write.refused for write in writes):
            return _cancelled(writes)
        for write in writes:
            write.apply()
        return answer({})


def _get(table: _Table, parameters: Parameters) -> Answer:
    found = table.find(parameters["Key"])
    return answer({} if found is None else {"Item": _projected(found, parameters)})


def _write(kind: str, table: _Table, parameters: Parameters) -> Answer:
    """Replace an item, under the call's condition."""
    write = _Write(table, kind, parameters)
    if write.refused is not None:
        return write.refused
    write.apply()
    wanted = write.new if parameters.get("ReturnValues") == "ALL_NEW" else None
    return answer({"Attributes": dict(wanted)} if wanted else {})


def _query(table: _Table, parameters: Parameters) -> Answer:
    index = parameters.get("IndexName")
    wanted = condition(parameters["KeyConditionExpression"])
    candidates = _candidates(table, index, parameters)
    found = [item for item in candidates if wanted(Scope(item, parameters))]
    backward = not parameters.get("ScanIndexForward", True)
    found.sort(key=table.order_of(index), reverse=backward)
    return _page(table, index, found, parameters)


def _scan(table: _Table, parameters: Parameters) -> Answer:
    return _page(table, None, sorted(table.items(), key=table.place_of), parameters)


def _candidates(table: _Table, index: str | None, parameters: Parameters) -> Iterable[Item]:
    """Return the items among which a query looks: those of its partition, or of the index."""
    if index is not None:
        return (item for item in table.items() if set(table.keys[index]) <= item.keys())
    scope = Scope({}, parameters)
    for name, value in _EQUALS.findall(parameters["KeyConditionExpression"]):
        if scope.name(name) == table.keys[None][0]:
            return table.partitions.get((scope.value(value) or {})["S"], {}).values()
    raise UnsupportedExpression("a query names one partition")


def _page(table: _Table, index: str | None, found: list[Item], parameters: Parameters) -> Answer:
    """Answer with the items that follow ``ExclusiveStartKey``, up to ``Limit`` and 1 MB."""
    place = table.place_of
    if start := parameters.get("ExclusiveStartKey"):
        places = [place(item) for item in found]
        found = found[places.index(place(start)) + 1 :] if place(start) in places else []
    size, looked_at = 0, list[Item]()
    for item in found:
        size += _size(item)
        if (size > MAX_PAGE_BYTES and looked_at) or len(looked_at) == parameters.get("Limit"):
            break
        looked_at.append(item)
    wanted = parameters.get("FilterExpression")
    matching = [
        _projected(item, parameters)
        for item in looked_at
        if not wanted or condition(wanted)(Scope(item, parameters))
    ]
    page: dict[str, Any] = {
        "Items": matching,
        "Count": len(matching),
        "ScannedCount": len(looked_at),
    }
    if len(looked_at) < len(found):
        names = (*table.keys[index], *table.keys[None])
        page["LastEvaluatedKey"] = {name: looked_at[-1][name] for name in names}
    return answer(page)


def _projected(item: Item, parameters: Parameters) -> dict[str, Value]:
    projection = parameters.get("ProjectionExpression")
    if not projection:
        return dict(item)
    scope = Scope(item, parameters)
    names = {scope.name(token.strip()) for token in projection.split(",")}
    return {name: value for name, value in item.items() if name in names}


def _size(item: Item) -> int:
    """Return the size of an item as DynamoDB counts it, texts and numbers only."""
    return sum(
        len(name.encode()) + len(str(content).encode())
        for name, value in item.items()
        for content in value.values()
    )


def _condition_failed(old: Item | None, parameters: Parameters) -> Answer:
    code = "ConditionalCheckFailedException"
    response, parsed = failure(code, "The conditional request failed")
    if old and parameters.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD":
        parsed["Item"] = dict(old)
    return response, parsed


def _cancelled(writes: Iterable[_Write]) -> Answer:
    """Answer that a transaction was not made, with the reason of each of its writes."""
    reasons = []
    for write in writes:
        error = write.refused[1]["Error"] if write.refused else {"Code": "None"}
        reasons.append({**error, "Code": error["Code"].removesuffix("Exception")})
    codes = ", ".join(reason["Code"] for reason in reasons)
    told = "Transaction cancelled, please refer cancellation reasons for specific reasons"
    response, parsed = failure("TransactionCanceledException", f"{told} [{codes}]")
    return response, {**parsed, "CancellationReasons": reasons}


def _no_table() -> Answer:
    return failure("ResourceNotFoundException", "Requested resource not found")
