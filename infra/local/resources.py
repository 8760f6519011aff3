"""What makes a resource of each type real in the local cloud."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from infra.cloudformation.template import Resource
from infra.local.assembly import Parts
from infra.local.aws import eventbridge_patterns
from infra.local.aws.api_gateway_routes import Route
from infra.local.aws.eventbridge_api_destinations import RESOURCE
from infra.local.aws.eventbridge_events import Archive
from infra.local.aws.eventbridge_rules import Rule, RuleTarget, input_of
from infra.local.aws.lambda_functions import AsyncConfig
from infra.local.aws.lambda_sqs_mapping import Mapped, Poller
from infra.local.engine import arns
from infra.local.engine.delivery import RetryPolicy


def only(properties: Mapping[str, Any], known: str) -> Mapping[str, Any]:
    """Return ``properties`` if all of them are known, whose names are separated by spaces.

    Raises:
        ValueError: one is not.
    """
    if unknown := sorted(set(properties) - set(known.split())):
        raise ValueError(f"the local cloud does not know {', '.join(unknown)}")
    return properties


def _event_bus(parts: Parts, resource: Resource) -> None:
    parts.buses.create(resource.properties["Name"])


def _archive(parts: Parts, resource: Resource) -> None:
    properties = resource.properties
    bus, pattern = arns.parse(properties["SourceArn"]).name, properties["EventPattern"]
    eventbridge_patterns.check(pattern)
    retention = timedelta(days=int(properties["RetentionDays"]))
    parts.buses.add_archive(Archive(bus, pattern, retention))


def _table(parts: Parts, resource: Resource) -> None:
    # Nothing expires here: whoever reads looks at the time itself.
    parts.tables.create(resource.properties)


def _queue(parts: Parts, resource: Resource) -> None:
    attributes = {name: _text(value) for name, value in resource.properties.items()}
    attributes.pop("Tags", None)
    parts.queues.create(attributes.pop("QueueName"), attributes)


def _text(value: Any) -> str:
    """Return an attribute's value as SQS takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _schedule_group(parts: Parts, resource: Resource) -> None:
    parts.schedules.create_group(resource.properties["Name"])


def _user_pool(parts: Parts, resource: Resource) -> None:
    # What a pool demands of passwords and mails has no effect here: a customer signs in by name.
    parts.identity.use_pool(resource.ref)


def _user_pool_client(parts: Parts, resource: Resource) -> None:
    parts.identity.use_client(resource.ref)


def _http_api(parts: Parts, resource: Resource) -> None:
    cors = resource.properties.get("CorsConfiguration")
    only(cors or {}, "AllowOrigins AllowMethods AllowHeaders ExposeHeaders MaxAge")
    parts.gateway.http.create(cors)


def _http_authorizer(parts: Parts, resource: Resource) -> None:
    if resource.properties["AuthorizerType"] != "JWT":
        raise ValueError("the local cloud knows JWT authorizers only")
    jwt = only(resource.properties["JwtConfiguration"], "Issuer Audience")
    parts.gateway.http.authorize(jwt["Issuer"], tuple(jwt["Audience"]))


def _http_integration(parts: Parts, resource: Resource) -> None:
    properties = resource.properties
    if (properties["IntegrationType"], properties["PayloadFormatVersion"]) != ("AWS_PROXY", "1.0"):
        raise ValueError("the local cloud knows proxy integrations of format 1.0 only")
    parts.gateway.http.integrate(arns.parse(properties["IntegrationUri"]).name)


def _http_route(parts: Parts, resource: Resource) -> None:
    method, _, path = resource.properties["RouteKey"].partition(" ")
    authorized = resource.properties["AuthorizationType"] == "JWT"
    parts.gateway.http.add(Route(path, method, authorized=authorized))


def _event_invoke_config(parts: Parts, resource: Resource) -> None:
    properties = resource.properties
    destinations = only(properties.get("DestinationConfig", {}), "OnSuccess OnFailure")
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
    properties = resource.properties
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
    parts.logs.create(resource.properties["LogGroupName"])


def _connection(parts: Parts, resource: Resource) -> None:
    parameters = only(resource.properties["AuthParameters"], "ApiKeyAuthParameters")
    key = parameters["ApiKeyAuthParameters"]
    parts.buses.api_destinations.connect(resource.attributes["Arn"], key["ApiKeyName"])


def _api_destination(parts: Parts, resource: Resource) -> None:
    parts.buses.api_destinations.create(resource.properties)


def _rule(parts: Parts, resource: Resource) -> None:
    properties = resource.properties
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
    only(target, "Arn Id InputPath InputTransformer RetryPolicy DeadLetterConfig RoleArn")
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
    parts.mail_feedback.create(resource.properties["Name"])


def _mail_feedback(parts: Parts, resource: Resource) -> None:
    name, destination = (
        resource.properties[key] for key in ("ConfigurationSetName", "EventDestination")
    )
    only(destination, "Name Enabled MatchingEventTypes EventBridgeDestination")
    if destination["Enabled"]:
        parts.mail_feedback.publish(name, destination["MatchingEventTypes"])


REALISERS: Final[Mapping[str, tuple[Callable[[Parts, Resource], None], str | None]]] = {
    "AWS::SES::ConfigurationSet": (_configuration_set, "Name DeliveryOptions Tags"),
    "AWS::SES::ConfigurationSetEventDestination": (
        _mail_feedback,
        "ConfigurationSetName EventDestination",
    ),
    "AWS::Cognito::UserPool": (_user_pool, None),
    "AWS::Cognito::UserPoolClient": (_user_pool_client, None),
    "AWS::ApiGatewayV2::Api": (_http_api, "Name ProtocolType CorsConfiguration"),
    "AWS::ApiGatewayV2::Authorizer": (
        _http_authorizer,
        "ApiId Name AuthorizerType IdentitySource JwtConfiguration",
    ),
    "AWS::ApiGatewayV2::Integration": (
        _http_integration,
        "ApiId IntegrationType IntegrationUri PayloadFormatVersion",
    ),
    "AWS::ApiGatewayV2::Route": (
        _http_route,
        "ApiId RouteKey Target AuthorizationType AuthorizerId",
    ),
    "AWS::DynamoDB::Table": (
        _table,
        (
            "TableName AttributeDefinitions KeySchema GlobalSecondaryIndexes BillingMode Tags "
            "TimeToLiveSpecification PointInTimeRecoverySpecification SSESpecification "
            "DeletionProtectionEnabled OnDemandThroughput ContributorInsightsSpecification"
        ),
    ),
    "AWS::Events::EventBus": (_event_bus, "Name Description Tags KmsKeyIdentifier"),
    "AWS::Events::Archive": (
        _archive,
        "ArchiveName Description EventPattern RetentionDays SourceArn",
    ),
    "AWS::SQS::Queue": (
        _queue,
        (
            "QueueName DelaySeconds MessageRetentionPeriod ReceiveMessageWaitTimeSeconds Tags "
            "RedriveAllowPolicy RedrivePolicy SqsManagedSseEnabled VisibilityTimeout "
            "MaximumMessageSize"
        ),
    ),
    "AWS::Scheduler::ScheduleGroup": (_schedule_group, "Name Tags"),
    "AWS::Lambda::EventInvokeConfig": (
        _event_invoke_config,
        "FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig",
    ),
    "AWS::Lambda::EventSourceMapping": (
        _event_source_mapping,
        (
            "BatchSize Enabled EventSourceArn FunctionName FunctionResponseTypes Tags "
            "MaximumBatchingWindowInSeconds ScalingConfig"
        ),
    ),
    "AWS::Logs::LogGroup": (_log_group, "LogGroupName RetentionInDays Tags"),
    "AWS::Events::Connection": (_connection, "Name Description AuthorizationType AuthParameters"),
    "AWS::Events::ApiDestination": (
        _api_destination,
        "Name Description ConnectionArn HttpMethod InvocationEndpoint InvocationRateLimitPerSecond",
    ),
    "AWS::Events::Rule": (_rule, "Name Description EventBusName EventPattern State Targets Tags"),
}
"""What makes each type real, in the order in which they need one another, and the properties that
a resource may have: None for any."""
