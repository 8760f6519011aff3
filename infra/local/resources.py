"""What makes a resource of each type real in the local cloud."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from infra.cloudformation.template import Resource
from infra.local.assembly import Parts
from infra.local.aws import eventbridge_patterns
from infra.local.aws.api_gateway_http import Cors
from infra.local.aws.api_gateway_routes import Route
from infra.local.aws.eventbridge_api_destinations import RESOURCE, ApiDestination
from infra.local.aws.eventbridge_events import Archive
from infra.local.aws.eventbridge_rules import Rule, RuleTarget, input_of
from infra.local.aws.lambda_functions import AsyncConfig
from infra.local.aws.lambda_sqs_mapping import Mapped, Poller
from infra.local.engine import arns
from infra.local.engine.delivery import RetryPolicy


def _only(properties: Mapping[str, Any], *known: str) -> Mapping[str, Any]:
    """Return ``properties`` if all of them are known.

    Raises:
        ValueError: one is not.
    """
    if unknown := sorted(set(properties) - set(known)):
        raise ValueError(f"the local cloud does not know {', '.join(unknown)}")
    return properties


def _event_bus(parts: Parts, resource: Resource) -> None:
    properties = _only(resource.properties, "Name", "Description", "Tags", "KmsKeyIdentifier")
    parts.buses.create(properties["Name"])


def _archive(parts: Parts, resource: Resource) -> None:
    known = ("ArchiveName", "Description", "EventPattern", "RetentionDays", "SourceArn")
    properties = _only(resource.properties, *known)
    pattern, days = properties.get("EventPattern"), int(properties.get("RetentionDays", 0))
    if pattern is not None:
        eventbridge_patterns.check(pattern)
    parts.buses.add_archive(
        Archive(
            name=properties.get("ArchiveName", resource.logical_id),
            bus=arns.parse(properties["SourceArn"]).name,
            pattern=pattern,
            retention=timedelta(days=days) if days else None,
        )
    )


def _table(parts: Parts, resource: Resource) -> None:
    known = (
        *("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "SSESpecification"),
        *("GlobalSecondaryIndexes", "DeletionProtectionEnabled", "OnDemandThroughput"),
        # Nothing expires here: what is read looks at the time itself.
        *("TimeToLiveSpecification", "PointInTimeRecoverySpecification", "Tags"),
        "ContributorInsightsSpecification",
    )
    parts.tables.create(_only(resource.properties, *known))


def _queue(parts: Parts, resource: Resource) -> None:
    attributes = dict(
        _only(
            resource.properties,
            *(
                "QueueName",
                "DelaySeconds",
                "MessageRetentionPeriod",
                "ReceiveMessageWaitTimeSeconds",
            ),
            *("RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout"),
            *("MaximumMessageSize", "Tags"),
        )
    )
    attributes.pop("Tags", None)
    name = attributes.pop("QueueName")
    parts.queues.create(name, {key: _text(value) for key, value in attributes.items()})


def _text(value: Any) -> str:
    """Return an attribute's value as SQS takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _schedule_group(parts: Parts, resource: Resource) -> None:
    properties = _only(resource.properties, "Name", "Tags")
    parts.schedules.create_group(properties["Name"])


def _user_pool(parts: Parts, resource: Resource) -> None:
    # What a pool demands of passwords and mails has no effect here: a customer signs in by name.
    parts.identity.use_pool(resource.ref)


def _user_pool_client(parts: Parts, resource: Resource) -> None:
    parts.identity.use_client(resource.ref)


def _http_api(parts: Parts, resource: Resource) -> None:
    properties = _only(resource.properties, "Name", "ProtocolType", "CorsConfiguration")
    wanted = properties.get("CorsConfiguration")
    parts.gateway.http.create(wanted and _cors(wanted))


def _cors(wanted: Mapping[str, Any]) -> Cors:
    listed = ("AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders")
    _only(wanted, *listed, "MaxAge")
    exposed = ("access-control-expose-headers", ",".join(wanted["ExposeHeaders"]))
    return Cors(
        origins=tuple(wanted["AllowOrigins"]),
        on_preflight=(
            ("access-control-allow-headers", ",".join(wanted["AllowHeaders"])),
            ("access-control-allow-methods", ",".join(wanted["AllowMethods"])),
            ("access-control-max-age", str(wanted["MaxAge"])),
        ),
        on_answer=(exposed,),
    )


def _http_authorizer(parts: Parts, resource: Resource) -> None:
    properties = _only(
        resource.properties,
        *("ApiId", "Name", "AuthorizerType", "IdentitySource", "JwtConfiguration"),
    )
    if properties["AuthorizerType"] != "JWT":
        raise ValueError("the local cloud knows JWT authorizers only")
    jwt = _only(properties["JwtConfiguration"], "Issuer", "Audience")
    parts.gateway.http.authorize(jwt["Issuer"], tuple(jwt["Audience"]))


def _http_integration(parts: Parts, resource: Resource) -> None:
    known = ("ApiId", "IntegrationType", "IntegrationUri", "PayloadFormatVersion")
    properties = _only(resource.properties, *known)
    if (properties["IntegrationType"], properties["PayloadFormatVersion"]) != ("AWS_PROXY", "1.0"):
        raise ValueError("the local cloud knows proxy integrations of format 1.0 only")
    parts.gateway.http.integrate(arns.parse(properties["IntegrationUri"]).name)


def _http_route(parts: Parts, resource: Resource) -> None:
    known = ("ApiId", "RouteKey", "Target", "AuthorizationType", "AuthorizerId")
    properties = _only(resource.properties, *known)
    method, _, path = properties["RouteKey"].partition(" ")
    authorized = properties["AuthorizationType"] == "JWT"
    parts.gateway.http.add(Route(path, method, authorized=authorized))


def _event_invoke_config(parts: Parts, resource: Resource) -> None:
    properties = _only(
        resource.properties,
        *("FunctionName", "Qualifier", "MaximumRetryAttempts", "MaximumEventAgeInSeconds"),
        "DestinationConfig",
    )
    destinations = _only(properties.get("DestinationConfig", {}), "OnSuccess", "OnFailure")
    defaults = AsyncConfig()
    age = properties.get("MaximumEventAgeInSeconds")
    parts.functions.configure(
        _function_name(properties["FunctionName"]),
        AsyncConfig(
            retries=int(properties.get("MaximumRetryAttempts", defaults.retries)),
            max_age=defaults.max_age if age is None else timedelta(seconds=int(age)),
            on_success=destinations.get("OnSuccess", {}).get("Destination"),
            on_failure=destinations.get("OnFailure", {}).get("Destination"),
        ),
    )


def _function_name(name_or_arn: str) -> str:
    return arns.parse(name_or_arn).name if name_or_arn.startswith("arn:") else name_or_arn


def _event_source_mapping(parts: Parts, resource: Resource) -> None:
    properties = _only(
        resource.properties,
        *("BatchSize", "Enabled", "EventSourceArn", "FunctionName", "FunctionResponseTypes"),
        *("MaximumBatchingWindowInSeconds", "ScalingConfig", "Tags"),
    )
    source = arns.parse(properties["EventSourceArn"])
    if source.service != "sqs":
        raise ValueError(f"the local cloud polls queues only, not {source.service}")
    mapped = Mapped(
        queue=source.name,
        function=_function_name(properties["FunctionName"]),
        batch_size=int(properties.get("BatchSize", 10)),
        window=timedelta(seconds=int(properties.get("MaximumBatchingWindowInSeconds", 0))),
        reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", ()),
    )
    Poller(parts.engine, mapped, parts.functions, parts.queues)


def _log_group(parts: Parts, resource: Resource) -> None:
    properties = _only(resource.properties, "LogGroupName", "RetentionInDays", "Tags")
    parts.logs.create(properties["LogGroupName"])


def _connection(parts: Parts, resource: Resource) -> None:
    known = ("Name", "Description", "AuthorizationType", "AuthParameters")
    properties = _only(resource.properties, *known)
    key = _only(properties["AuthParameters"], "ApiKeyAuthParameters")["ApiKeyAuthParameters"]
    parts.buses.api_destinations.connect(resource.attributes["Arn"], key["ApiKeyName"])


def _api_destination(parts: Parts, resource: Resource) -> None:
    properties = _only(
        resource.properties,
        *("Name", "Description", "ConnectionArn", "HttpMethod", "InvocationEndpoint"),
        "InvocationRateLimitPerSecond",
    )
    parts.buses.api_destinations.create(
        ApiDestination(
            name=properties["Name"],
            method=properties["HttpMethod"],
            url=properties["InvocationEndpoint"],
            connection=properties["ConnectionArn"],
        )
    )


def _rule(parts: Parts, resource: Resource) -> None:
    known = ("Name", "Description", "EventBusName", "EventPattern", "State", "Targets", "Tags")
    properties = _only(resource.properties, *known)
    if properties.get("State", "ENABLED") == "DISABLED":
        return
    bus = properties.get("EventBusName", "default")
    bus = arns.parse(bus).name if bus.startswith("arn:") else bus
    eventbridge_patterns.check(properties["EventPattern"])
    name = properties.get("Name", resource.logical_id)
    parts.buses.add_rule(
        Rule(
            name=name,
            arn=parts.engine.account.arn("events", f"rule/{bus}/{name}"),
            bus=bus,
            pattern=properties["EventPattern"],
            targets=tuple(_rule_target(parts, target) for target in properties["Targets"]),
        )
    )


def _rule_target(parts: Parts, target: Mapping[str, Any]) -> RuleTarget:
    known = ("InputPath", "InputTransformer", "RetryPolicy", "DeadLetterConfig", "RoleArn")
    _only(target, "Arn", "Id", *known)
    arn = arns.parse(target["Arn"])
    if arn.resource.startswith(RESOURCE):
        parts.buses.api_destinations.get(arn.text)
    if arn.service == "lambda":
        parts.functions.get(arn.name)
    if arn.service == "sqs":
        parts.queues.get(arn.name)
    if arn.service == "logs":
        parts.logs.get(arn.name)
    return RuleTarget(
        arn=arn.text,
        input=input_of(target),
        policy=RetryPolicy.read(target.get("RetryPolicy")),
        dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn"),
    )


def _configuration_set(parts: Parts, resource: Resource) -> None:
    properties = _only(resource.properties, "Name", "DeliveryOptions", "Tags")
    parts.mail_feedback.create(properties["Name"])


def _mail_feedback(parts: Parts, resource: Resource) -> None:
    properties = _only(resource.properties, "ConfigurationSetName", "EventDestination")
    known = ("Name", "Enabled", "MatchingEventTypes", "EventBridgeDestination")
    destination = _only(properties["EventDestination"], *known)
    if destination["Enabled"]:
        kinds = destination["MatchingEventTypes"]
        parts.mail_feedback.publish(properties["ConfigurationSetName"], kinds)


REALISERS: Final[Mapping[str, Callable[[Parts, Resource], None]]] = {
    "AWS::SES::ConfigurationSet": _configuration_set,
    "AWS::SES::ConfigurationSetEventDestination": _mail_feedback,
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Cognito::UserPoolClient": _user_pool_client,
    "AWS::ApiGatewayV2::Api": _http_api,
    "AWS::ApiGatewayV2::Authorizer": _http_authorizer,
    "AWS::ApiGatewayV2::Integration": _http_integration,
    "AWS::ApiGatewayV2::Route": _http_route,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::EventBus": _event_bus,
    "AWS::Events::Archive": _archive,
    "AWS::SQS::Queue": _queue,
    "AWS::Scheduler::ScheduleGroup": _schedule_group,
    "AWS::Lambda::EventInvokeConfig": _event_invoke_config,
    "AWS::Lambda::EventSourceMapping": _event_source_mapping,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::Events::Connection": _connection,
    "AWS::Events::ApiDestination": _api_destination,
    "AWS::Events::Rule": _rule,
}
"""What makes each type real, in the order in which they need one another."""
