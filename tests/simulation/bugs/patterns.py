"""Rules that hear of more than they should, and settings that no simulated AWS enforces."""

from contextlib import AbstractContextManager
from functools import partial
from typing import Any, Final
from unittest import mock

from chalicelib.adapters.dynamodb.carts import CartsTable
from chalicelib.adapters.dynamodb.failures import Failures
from chalicelib.adapters.dynamodb.preferences import Preferences
from tests.simulation.bugs.files import edited, template
from tests.simulation.bugs.registry import replacing, unseen_by_histories

NEAR_MISSES: Final = "policies/test_near_misses.py"
ACCESS: Final = "policies/test_access.py"
TEMPLATES: Final = "policies/test_templates.py"
QUEUES: Final = "policies/test_queues.py"


def _bug(what: str, change: Any, tests: str) -> None:
    unseen_by_histories(what, partial(edited, change), tests)


_bug(
    "mail of every stage suppresses addresses",
    template(
        "subscriptions",
        '              ses:configuration-set: [!Sub "${Prefix}-${Stage}"]',
        "              ses:configuration-set: [{exists: true}]",
    ),
    NEAR_MISSES,
)
_bug(
    "schedule_reminder hears of adds of those who cannot be written to",
    template(
        "subscriptions",
        "              email: [{exists: true}]",
        "              id: [{exists: true}]",
    ),
    NEAR_MISSES,
)
_bug(
    "every add that was persisted is scheduled once more",
    template("subscriptions", "            late: [true]\n", ""),
    NEAR_MISSES,
)
_bug(
    "the results of functions that are no consumers are recorded",
    template(
        "subscriptions",
        "            source: [cart.consumers]\n            action:\n",
        "            action:\n",
    ),
    NEAR_MISSES,
)
_bug(
    "a job that was refused is recorded as a success, too",
    template(
        "subscriptions", "              - anything-but: rejected", "              - prefix: r"
    ),
    TEMPLATES,
)
_bug(
    "the archive keeps nothing of the reminders",
    template("foundation", "          - prefix: cart.\n", "          - prefix: cart.api\n"),
    TEMPLATES,
)
_bug(
    "Lambda ignores which messages of a batch failed",
    template("subscriptions", "[ReportBatchItemFailures]", "[]"),
    TEMPLATES,
)

_bug(
    "no token says whether an address is verified, so nobody is ever reminded",
    template("foundation", "[email, email_verified, name]", "[email, name]"),
    ACCESS,
)
_bug(
    "customers may say themselves that their address is verified",
    template("foundation", "WriteAttributes: [email, name]",
             "WriteAttributes: [email, email_verified, name]"),
    ACCESS,
)  # fmt: skip
_bug(
    "a new address counts before it is verified",
    template("foundation", "[email]\n      Schema", "[]\n      Schema"),
    ACCESS,
)
_bug(
    "the sign-in tells who has an account",
    template("foundation", "PreventUserExistenceErrors: ENABLED",
             "PreventUserExistenceErrors: LEGACY"),
    ACCESS,
)  # fmt: skip
_bug(
    "complaints are not heard of",
    template("foundation", "[BOUNCE, COMPLAINT]", "[BOUNCE]"),
    ACCESS,
)
_bug(
    "mail goes out in the clear",
    template("foundation", "TlsPolicy: REQUIRE", "TlsPolicy: OPTIONAL"),
    ACCESS,
)
_bug(
    "DynamoDB never deletes what has expired",
    template("foundation", "AttributeName: expires_at", "AttributeName: expiry"),
    "policies/test_policies.py",
)
_bug(
    "dead letters are gone after a day",
    template("foundation", "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 86400"),
    QUEUES,
)
_bug(
    "a message is dead after its first try",
    template("foundation", "maxReceiveCount: 12", "maxReceiveCount: 1"),
    "policies/test_relations.py",
)


def _eventually(owner: type, method: str, operation: str) -> AbstractContextManager[Any]:
    """Return the patch by which a method's reads are only eventually consistent."""
    original = getattr(owner, method)

    def read(self: Any, *arguments: Any) -> Any:
        call = getattr(self._client, operation)

        def eventually(**request: Any) -> Any:
            return call(**{**request, "ConsistentRead": False})

        with mock.patch.object(self._client, operation, eventually):
            found = original(self, *arguments)
            return list(found) if operation == "query" else found

    return replacing(owner, method, read)


for _what, _owner, _method, _operation, _tests in (
    ("a cart", CartsTable, "_query", "query", "carts"),
    ("an opt-out", Preferences, "has_opted_out", "get_item", "preferences"),
    ("a failure", Failures, "find", "get_item", "failures"),
):
    unseen_by_histories(
        f"{_what} is read as it was a moment ago",
        partial(_eventually, _owner, _method, _operation),
        f"unit/adapters/dynamodb/test_{_tests}.py",
    )
