"""What LocalEmu 1.3.2 does otherwise than AWS documents, and this project depends on.

This file runs in LocalEmu's virtual environment, as soon as a resource is created.
"""

# ruff: noqa: SLF001 - what LocalEmu has no setting for is behind private names

import json
import re
from typing import Any, Final

from localemu.aws.connect import connect_to
from localemu.services.apigateway.next_gen.execute_api.handlers.authorizer import AuthorizerHandler
from localemu.services.cloudformation.engine.v2.change_set_model_preproc import PreprocResource
from localemu.services.cloudformation.resource_provider import OperationStatus, ProgressEvent
from localemu.services.cognito_idp import provider
from localemu.services.events.provider import EventsProvider
from localemu.services.events.resource_providers.aws_events_rule import EventsRuleProvider
from localemu.services.events.target import EventsTargetSender
from localemu.services.sesv2.provider import Sesv2Provider
from moto.cognitoidp.models import cognitoidp_backends

make_token = provider.generate_id_token
source_of = EventsTargetSender._get_source
detail_type_of = EventsTargetSender._get_detail_type
authorize = AuthorizerHandler._validate_cognito_authorizer
make_resource = PreprocResource.__init__
describe_rule = EventsProvider._rule_to_api_type_rule
send = Sesv2Provider._send_raw

reporting: set[str] = set()
"""The configuration sets that publish bounces to the default bus."""

BOUNCES: Final = re.compile(r"bounce(\+[^@]*)?@simulator\.amazonses\.com")


def token_that_tells_the_address(**claims: Any) -> str:
    """A token has the user's address and says whether the pool has verified it.

    Source: "Understanding the identity (ID) token" in the Amazon Cognito developer guide.
    """
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
    """API Gateway hands every claim on as a string.

    Source: "Variables for data transformations for API Gateway" in its developer guide.
    """
    authorize(handler, context, authorizer)
    known = context.context_variables["authorizer"]["claims"]
    context.context_variables["authorizer"]["claims"] = {
        name: str(claim).lower() if isinstance(claim, bool) else str(claim)
        for name, claim in known.items()
    }


def source_as_told(sender: Any, event: Any) -> str:
    """A schedule names the source of the event that it puts on a bus.

    Source: "EventBridgeParameters" in the EventBridge Scheduler API reference.
    """
    told = sender.target.get("EventBridgeParameters")
    source: str = told["Source"] if told else source_of(sender, event)
    return source


def detail_type_as_told(sender: Any, event: Any) -> str:
    """A schedule names the type of the event that it puts on a bus, see above."""
    told = sender.target.get("EventBridgeParameters")
    detail_type: str = told["DetailType"] if told else detail_type_of(sender, event)
    return detail_type


def send_and_bounce(ses: Any, context: Any, mail: Any) -> Any:
    """Mail to an address of the mailbox simulator bounces, and SES publishes that.

    Sources: "Using the mailbox simulator" and "Amazon SES event examples" in the SES developer
    guide.
    """
    answer = send(ses, context, mail)
    for address in mail.destinations:
        if mail.config_set in reporting and BOUNCES.fullmatch(address):
            bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}]}
            about = {"destination": [address], "tags": {"ses:configuration-set": [mail.config_set]}}
            event = {
                "Source": "aws.ses",
                "DetailType": "Email Bounced",
                "Detail": json.dumps({"eventType": "Bounce", "bounce": bounced, "mail": about}),
            }
            account = {"aws_access_key_id": context.account_id, "region_name": context.region}
            connect_to(**account).events.put_events(Entries=[event])
    return answer


def rule_with_its_manager(events: Any, rule: Any) -> dict[str, Any]:
    """A rule says which service manages it, if one does; EventBridge has one for each archive.

    Sources: "Rule" in the EventBridge API reference, "Creating archives" in the user guide.
    """
    told: dict[str, Any] = describe_rule(events, rule)
    managed = rule.name.startswith("Events-Archive-")
    return {**told, "ManagedBy": "prod.vhs.events.aws.internal"} if managed else told


def delete_rule_of_its_bus(_: Any, request: Any) -> ProgressEvent[Any]:
    """CloudFormation deletes a rule, and its targets before it, from the bus that it is of.

    Source: "DeleteRule" in the EventBridge API reference.
    """
    wanted, events = request.desired_state, request.aws_client_factory.events
    name, bus = wanted["Name"], wanted["EventBusName"]
    targets = [each["Id"] for each in wanted["Targets"]]
    events.remove_targets(Rule=name, EventBusName=bus, Ids=targets)
    events.delete_rule(Name=name, EventBusName=bus)
    return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=wanted)


def kept_once_created(resource: Any, *given: Any, **named: Any) -> None:
    """``RetainExceptOnCreate`` keeps a resource when its stack is deleted.

    Source: "DeletionPolicy attribute" in the CloudFormation template reference.
    """
    make_resource(resource, *given, **named)
    if resource.deletion_policy == "RetainExceptOnCreate":
        resource.deletion_policy = "Retain"


PreprocResource.__init__ = kept_once_created
provider.generate_id_token = token_that_tells_the_address
AuthorizerHandler._validate_cognito_authorizer = claims_as_text
EventsTargetSender._get_source = source_as_told
EventsTargetSender._get_detail_type = detail_type_as_told
Sesv2Provider._send_raw = send_and_bounce
EventsProvider._rule_to_api_type_rule = rule_with_its_manager
EventsRuleProvider.delete = delete_rule_of_its_bus
