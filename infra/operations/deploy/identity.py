"""What would go wrong with the API that customers call, or with who signs them in.

`preflight` asks for it before anything is changed.
"""

import json
from collections.abc import Callable, Iterator
from typing import Final
from urllib.request import urlopen

from chalicelib.settings import HTTP, api_type
from infra.operations.configuration import is_made_by_aws
from infra.operations.deploy import http_api, stacks
from infra.operations.problems import answer_or_none
from infra.operations.target import Target

Fetch = Callable[[str], bytes]

_LONGEST_WAIT_SECONDS: Final = 10


def fetch(url: str) -> bytes:
    """Return what is at an address.

    Raises:
        OSError: nothing answers.
    """
    with urlopen(url, timeout=_LONGEST_WAIT_SECONDS) as answer:  # noqa: S310 - always https
        content: bytes = answer.read()
    return content


def problems(target: Target, fetch: Fetch = fetch) -> Iterator[str]:
    """Give everything that would make a deployment fail or delete accounts, one sentence each."""
    outputs = stacks.outputs_of(target)
    api_id = outputs.get("HttpApiId")
    if api_id is not None and not http_api.is_there(target, api_id):
        yield (
            f"The HTTP API {api_id} is missing, though its stack is there: run "
            f"`python -m infra destroy --stage {target.stage}`, then deploy again."
        )
    issuer = target.configuration.environment.get("IDENTITY_ISSUER")
    if not issuer:
        return
    accounts = _accounts(target, outputs.get("UserPoolArn", "").rpartition("/")[2])
    if accounts:
        yield (
            f"The user pool of stage {target.stage} has {accounts} accounts, which a deployment "
            "with another issuer deletes. Move the customers there, then empty the pool or delete "
            "it; their carts stay behind, because the issuer gives them other ids."
        )
    if not target.is_local:
        yield from _discovery(issuer, fetch)


def notes(target: Target) -> Iterator[str]:
    """Give what customers may notice of a deployment, one sentence each."""
    environment = target.configuration.environment
    moves = (api_type(environment) == HTTP) != ("HTTP_API_ID" in environment)
    shop_url = environment.get("SHOP_URL", "")
    if "REST_API_ID" in environment and moves and is_made_by_aws(shop_url):
        yield (
            "The shop moves to another address, because customers call another API from now on: "
            f"links in mails that were sent lead to {shop_url}, which no longer answers."
        )


def _accounts(target: Target, pool: str) -> int:
    if not pool:
        return 0
    client = target.client("cognito-idp")
    found = answer_or_none(client.describe_user_pool, UserPoolId=pool)
    # The estimate that comes with the pool may be a day old, so it is asked who is there.
    there = found and client.list_users(UserPoolId=pool, Limit=1)["Users"]
    return max(1, found["UserPool"].get("EstimatedNumberOfUsers", 1)) if there and found else 0


def _discovery(issuer: str, fetch: Fetch) -> Iterator[str]:
    """API Gateway reads the issuer's keys from where this document says."""
    url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        document = json.loads(fetch(url))
        named, keys = document["issuer"], document["jwks_uri"]
    except (OSError, ValueError, LookupError, TypeError):
        yield (
            f"{url} is no description of an OpenID Connect issuer: correct `issuer` of "
            "`identity` in chalicelib/shop/shop.toml."
        )
        return
    if named != issuer or not str(keys).startswith("https://"):
        yield (
            f"{url} is about the issuer {named}: `issuer` of `identity` in "
            "chalicelib/shop/shop.toml has to be the same, to the last slash."
        )
