"""What LocalEmu 1.3.2 does otherwise than AWS documents, and the functions depend on.

This file runs in LocalEmu's virtual environment, as soon as a resource is created.
"""

# ruff: noqa: SLF001 - what LocalEmu has no setting for is behind private names

from typing import Any

from localemu.services.apigateway.next_gen.execute_api.handlers.authorizer import AuthorizerHandler
from localemu.services.cognito_idp import provider
from localemu.services.events.target import EventsTargetSender
from moto.cognitoidp.models import cognitoidp_backends

make_token = provider.generate_id_token
source_of = EventsTargetSender._get_source
detail_type_of = EventsTargetSender._get_detail_type
authorize = AuthorizerHandler._validate_cognito_authorizer


def token_that_tells_the_address(**claims: Any) -> str:
    """A token has the user's address and says whether the pool has verified it."""
    pool_id, username = claims["pool_id"], claims["username"]
    for regions in cognitoidp_backends.values():
        for backend in regions.values():
            pool = backend.user_pools.get(pool_id)
            for name, user in pool.users.items() if pool else ():
                told = {each["Name"]: each["Value"] for each in user.attributes}
                if username in {name, told.get("email")}:
                    claims["email"] = told.get("email")
                    claims["email_verified"] = told.get("email_verified") == "true"
    token: str = make_token(**claims)
    return token


def claims_as_text(handler: Any, context: Any, authorizer: Any) -> None:
    """API Gateway hands every claim on as a string."""
    authorize(handler, context, authorizer)
    known = context.context_variables["authorizer"]["claims"]
    context.context_variables["authorizer"]["claims"] = {
        name: str(claim).lower() if isinstance(claim, bool) else str(claim)
        for name, claim in known.items()
    }


def source_as_told(sender: Any, event: Any) -> str:
    """A schedule names the source of the event that it puts on a bus."""
    told = sender.target.get("EventBridgeParameters")
    source: str = told["Source"] if told else source_of(sender, event)
    return source


def detail_type_as_told(sender: Any, event: Any) -> str:
    """A schedule names the type of the event that it puts on a bus."""
    told = sender.target.get("EventBridgeParameters")
    detail_type: str = told["DetailType"] if told else detail_type_of(sender, event)
    return detail_type


provider.generate_id_token = token_that_tells_the_address
AuthorizerHandler._validate_cognito_authorizer = claims_as_text
EventsTargetSender._get_source = source_as_told
EventsTargetSender._get_detail_type = detail_type_as_told
