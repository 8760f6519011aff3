"""Bugs in what the core offers to extensions; an extension has its own beside its tests."""

from functools import partial
from typing import Any, Final

from chalicelib.adapters.dynamodb import items
from chalicelib.adapters.dynamodb.table import Table
from chalicelib.domain import events, webhooks
from chalicelib.entrypoints import reporting
from infra.contract import readers
from infra.generate import event_docs
from tests.simulation.bugs.files import ROOT, edited
from tests.simulation.bugs.registry import replacing, unseen_by_histories

OF_THE_TABLE: Final = "unit/adapters/dynamodb/test_table.py"
OF_CHANGES: Final = "end_to_end/test_changing_an_event.py"
OF_READERS: Final = "unit/infra/contract/test_readers.py"
OF_ASYNCAPI: Final = "unit/infra/generate/test_asyncapi.py"
OF_WEBHOOKS: Final = "unit/domain/test_webhooks.py"
OF_TEMPLATES: Final = "policies/test_templates.py"

SHORTHANDS: Final = ROOT / "infra" / "cloudformation" / "shorthands"

_put, _query, _version = Table.put, Table.query, events._of_its_version


def _as_it_is(detail: Any, kind: Any) -> Any:
    del kind
    return detail


def _whatever_is_there(self: Any, item: Any, *_: Any, **__: Any) -> bool:
    return _put(self, item)


def _written(self: Any, *writes: Any) -> list[bool]:
    del self
    return [False] * len(writes)


def _first_page(self: Any, pk: str, _prefix: str = "") -> Any:
    answer = self._client.query(
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues=items.typed({":pk": pk}),
        ConsistentRead=True,
        **self._name,
    )
    return [items.plain(item) for item in answer["Items"]]


for what, owner, name, bug, test in (
    ("data of an older major is read as it is", events, "_of_its_version", _as_it_is, OF_CHANGES),
    ("a consumer is given any event", reporting, "registered", lambda one: one, OF_READERS),
    ("nobody looks at what consumers read", readers, "_gaps", lambda *_: iter(()), OF_READERS),
    ("a change of an event concerns nobody", readers, "_concerns", lambda *_: False, OF_READERS),
    (
        "a change concerns whoever reads the event",
        readers,
        "_concerns",
        lambda *_: True,
        OF_READERS,
    ),
    ("rules get every event", event_docs, "matches", lambda *_: True, OF_ASYNCAPI),
    ("an item is written whatever is there", Table, "put", _whatever_is_there, OF_THE_TABLE),
    ("a refused transaction is told as made", Table, "transact", _written, OF_THE_TABLE),
    ("of a partition one page is read", Table, "query", _first_page, OF_THE_TABLE),
    ("a prefix is ignored", Table, "query", lambda self, pk, *_: _query(self, pk), OF_THE_TABLE),
    ("no condition is sent", items, "_condition", lambda *_: {}, OF_THE_TABLE),
    ("any report of a third party is taken", webhooks, "check", lambda *_: None, OF_WEBHOOKS),
    ("what is to be forgotten stays", Table, "rewrite", lambda *_, **__: 0, OF_THE_TABLE),
):
    unseen_by_histories(what, partial(replacing, owner, name, bug), test)

for what, file, old, new in (
    (
        *("an added rule gives up at once", "Consumer"),
        *("MaximumRetryAttempts: 185", "MaximumRetryAttempts: 0"),
    ),
    (
        *("an added rule loses what it cannot deliver", "QueuedConsumer"),
        *("${Prefix}-rules-dlq-${Stage}", "${Prefix}-nobody-${Stage}"),
    ),
    (
        *("an added consumer's results go nowhere", "Consumer"),
        *("      OnFailure:", "      OnSuccess:"),
    ),
):
    changes = {SHORTHANDS / f"{file}.yaml": (old, new)}
    unseen_by_histories(what, partial(edited, changes), OF_TEMPLATES)
