"""A small project of its own for the local cloud: it depends on nothing of the cart."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from chalicelib.settings import Names
from infra.cloudformation.template import Template, load
from infra.local.aws.api_gateway_routes import Api, Route
from infra.local.aws.lambda_invocation import Function
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.engine import Engine
from infra.local.project import Deployment
from tests.support.times import NOON

TEMPLATE = """
Resources:
  Bus:
    Type: AWS::Events::EventBus
    Properties: {Name: orders}
  Archive:
    Type: AWS::Events::Archive
    Properties:
      ArchiveName: orders
      SourceArn: !GetAtt Bus.Arn
      RetentionDays: 3
      EventPattern: {source: [shop]}
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: parcels
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadParcels.Arn, maxReceiveCount: 3}
  DeadParcels:
    Type: AWS::SQS::Queue
    Properties: {QueueName: dead-parcels}
  Undeliverable:
    Type: AWS::SQS::Queue
    Properties: {QueueName: undeliverable}
  Failed:
    Type: AWS::SQS::Queue
    Properties: {QueueName: failed}
  Group:
    Type: AWS::Scheduler::ScheduleGroup
    Properties: {Name: wake-ups}
  Pool:
    Type: AWS::Cognito::UserPool
    Properties: {UserPoolName: customers, UsernameAttributes: [email]}
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties: {UserPoolId: !Ref Pool, ClientName: web}
  ToBill:
    Type: AWS::Events::Rule
    Properties:
      Name: to-bill
      EventBusName: !GetAtt Bus.Name
      EventPattern: {source: [shop], detail-type: [Ordered]}
      Targets:
        - Id: bill
          Arn: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:bill
          RetryPolicy: {MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600}
          DeadLetterConfig: {Arn: !GetAtt Undeliverable.Arn}
  ToParcels:
    Type: AWS::Events::Rule
    Properties:
      Name: to-parcels
      EventBusName: !GetAtt Bus.Name
      EventPattern: {source: [shop], detail-type: [Packed]}
      Targets: [{Id: parcels, Arn: !GetAtt Queue.Arn}]
  ToAudit:
    Type: AWS::Events::Rule
    Properties:
      Name: to-audit
      EventBusName: !GetAtt Bus.Name
      EventPattern: {source: [lambda]}
      Targets:
        - Id: audit
          Arn: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:audit
  BillInvocations:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: bill
      Qualifier: $LATEST
      DestinationConfig:
        OnSuccess: {Destination: !GetAtt Bus.Arn}
        OnFailure: {Destination: !GetAtt Bus.Arn}
  AuditInvocations:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: audit
      Qualifier: $LATEST
      MaximumRetryAttempts: 0
      DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}
  Parcels:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: ship
      BatchSize: 10
      FunctionResponseTypes: [ReportBatchItemFailures]
Outputs:
  EventBusArn: {Value: !GetAtt Bus.Arn}
"""


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def _client(service: str) -> Any:
    return _session().create_client(service)


class Recorder:
    """A Lambda handler that keeps what it was given and does as it was told."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.contexts: list[Any] = []
        self.answers: list[Any] = []
        """What it returns, or raises, one after the other; then None."""

    def __call__(self, event: Any, context: Any) -> Any:
        self.events.append(event)
        self.contexts.append(context)
        answer = self.answers.pop(0) if self.answers else None
        if callable(answer):
            answer = answer(event, context)
        if isinstance(answer, Exception):
            raise answer
        return answer


@dataclass
class ShopProject:
    """Four functions, an API, a bus, a queue and a group of schedules."""

    templates: tuple[Template, ...]
    functions: Mapping[str, Recorder] = field(
        default_factory=lambda: {name: Recorder() for name in ("api", "bill", "ship", "audit")}
    )
    names: Names = field(default_factory=lambda: Names("corner", "local"))
    facts: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: {"SHOP": "corner"})
    senders: tuple[str, ...] = ("shop@example.com",)
    keyrings: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    session: botocore.session.Session | None = None

    def deploy(self, engine: Engine) -> Deployment:
        del engine
        self.session = _session()
        functions = (Function(name, fn, 10, 256) for name, fn in self.functions.items())
        routes = (
            Route("/orders", "POST", authorized=True),
            Route("/orders/{order}", "GET"),
            Route("/orders/latest", "GET"),
            Route("/open", "GET"),
        )
        api = Api("api", routes, allowed_origins=self.allowed_origins)
        return Deployment(tuple(functions), api, self.session)

    def fill(self, dynamodb: Any) -> None:
        """There is nothing to fill."""

    def reset(self) -> None:
        self.session = None

    def client(self, service: str) -> Any:
        """Return a client as the app would have it."""
        assert self.session
        return _client(service)


@dataclass
class Shop:
    """A running local cloud with the shop in it."""

    cloud: LocalCloud
    project: ShopProject

    def __getattr__(self, name: str) -> Recorder:
        return self.project.functions[name]

    def client(self, service: str) -> Any:
        return self.project.client(service)

    def put(self, detail_type: str, **detail: Any) -> None:
        """Put an event on the bus, as the app would."""
        self.client("events").put_events(
            Entries=[
                {
                    "Source": "shop",
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail),
                    "EventBusName": "orders",
                }
            ]
        )

    def messages(self, queue: str) -> list[dict[str, Any]]:
        """Take every message that is visible in a queue."""
        client = self.cloud.client("sqs")
        answer = client.receive_message(
            QueueUrl=client.get_queue_url(QueueName=queue)["QueueUrl"],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", ()))

    def schedule(self, name: str, expression: str, **more: Any) -> None:
        """Create a schedule that puts an event ``Ordered`` on the bus."""
        target = {
            "Arn": "arn:aws:events:eu-central-1:123456789012:event-bus/orders",
            "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
            "EventBridgeParameters": {"DetailType": "Ordered", "Source": "shop"},
            "Input": json.dumps({"from": name}),
        }
        given = {
            "GroupName": "wake-ups",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": target,
        }
        self.client("scheduler").create_schedule(
            Name=name, ScheduleExpression=expression, **{**given, **more}
        )


StartShop = Callable[..., AbstractContextManager[LocalCloud]]


@pytest.fixture
def load_template(tmp_path: Path) -> Callable[[str], Template]:
    """Return what reads a template from its text."""

    def load_text(text: str) -> Template:
        file = tmp_path / "template.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file)

    return load_text


@pytest.fixture
def project(load_template: Callable[[str], Template]) -> ShopProject:
    return ShopProject((load_template(TEMPLATE),))


@pytest.fixture
def shop(project: ShopProject) -> Iterator[Shop]:
    with LocalCloud.start(project, clock=Clock(NOON), seed=1) as cloud:
        yield Shop(cloud, project)


class Copies:
    """A network that makes copies of what travels over one hop."""

    def __init__(self, hop: str, *delays: float) -> None:
        self._hop = hop
        self._delays = delays

    def delays(self, hop: str, payload: Mapping[str, Any]) -> Sequence[float]:
        del payload
        return self._delays if hop == self._hop else (0.0,)
