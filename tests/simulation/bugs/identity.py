"""Customers taken for others, pages that read too much, an API that lets too many in."""

from functools import partial
from hashlib import sha256
from typing import Any, Final

from chalicelib.domain import identities
from chalicelib.web import cors, operation
from infra.cloudformation import http_api
from infra.operations import customers
from infra.operations.deploy import http_api as drift_of_http_api
from tests.simulation.bugs.files import ROOT, edited, template
from tests.simulation.bugs.registry import replacing, unseen_by_histories

IDENTITIES: Final = "unit/domain/test_identities.py"
CORS: Final = "unit/web/test_cors.py"
HTTP_API: Final = "unit/infra/cloudformation/test_http_api.py"
OPERATIONS: Final = "unit/infra/operations/test_identity.py"


def _bug(what: str, owner: Any, name: str, value: Any, tests: str) -> None:
    unseen_by_histories(what, partial(replacing, owner, name, value), tests)


_bug(
    "another issuer's subject is the cart's id, whatever it looks like",
    *(identities, "cart_of", lambda subject, _: subject),
    IDENTITIES,
)
_bug(
    "customers of two issuers with the same subject share a cart",
    *(identities, "cart_of", lambda subject, _: sha256(subject.encode()).hexdigest()[:32]),
    IDENTITIES,
)
_bug(
    "whoever asks to forget an issuer's customer forgets another cart",
    *(customers, "cart_of", lambda subject, _: subject),
    OPERATIONS,
)


def _shared_with_everybody(request: Any, response: Any, _: Any, share: Any = cors.share) -> Any:
    return share(request, response, (request.headers.get("origin"),))


_bug("pages of any origin may read answers", cors, "share", _shared_with_everybody, CORS)


def _without_vary(*given: Any, share: Any = cors.share) -> Any:
    answer = share(*given)
    answer.headers.pop("Vary", None)
    return answer


_bug("a cache gives one page what another one may read", cors, "share", _without_vary, CORS)
_bug(
    "an access token opens the cart behind an HTTP API",
    *(operation, "_require_id_token", lambda _: None),
    "end_to_end/test_isolation.py",
)


def _open_route(*given: Any, route: Any = http_api._route) -> Any:
    found = route(*given)
    found["Properties"]["AuthorizationType"] = "NONE"
    return found


_bug("the HTTP API asks nobody for a token", http_api, "_route", _open_route, HTTP_API)
unseen_by_histories(
    "the HTTP API takes the tokens of another client",
    partial(
        edited,
        template("foundation", "!Ref UserPoolClient, !Ref IdentityAudience]]", "a, a]]"),
    ),
    HTTP_API,
)
unseen_by_histories(
    "whatever API there is may invoke the function",
    partial(edited, template("subscriptions", ":${HttpApiId}/*", ":*/*")),
    HTTP_API,
)
unseen_by_histories(
    "the REST API stays open beside an HTTP API",
    partial(edited, {ROOT / ".chalice" / "closed-rest-api.json": ('"Deny"', '"Allow"')}),
    "unit/infra/generate/test_chalice_files.py",
)
_bug(
    "a route that was opened by hand stays open",
    *(drift_of_http_api, "_route", lambda *_: iter(())),
    OPERATIONS,
)
