"""Types of resources that LocalEmu's CloudFormation skips, though LocalEmu has the service.

This file runs in LocalEmu's virtual environment; `emulator.py` makes it known there. AWS creates
each of them from the properties that the service's own operation takes.
"""

import json
from typing import Any

from localemu.services.cloudformation.resource_provider import (
    CloudFormationResourceProviderPlugin,
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from tests.deploy.localemu import lessons

Model = dict[str, Any]
Clients = Any


class Taught(ResourceProvider[Model]):
    """A type whose resources are created by one call and deleted by another."""

    def make(self, clients: Clients, model: Model) -> Model:
        """Create it; return what only the service knows of it."""
        raise NotImplementedError

    def unmake(self, clients: Clients, model: Model) -> None:
        """Delete it, unless what it belongs to is deleted."""

    def create(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        model = {name: each for name, each in request.desired_state.items() if each is not None}
        made = self.make(request.aws_client_factory, model)
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={**model, **made})

    def update(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        raise NotImplementedError

    def delete(self, request: ResourceRequest[Model]) -> ProgressEvent[Model]:
        self.unmake(request.aws_client_factory, request.desired_state)
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={})


class Plugin(CloudFormationResourceProviderPlugin):
    """A type by its name; ``factory`` is what LocalEmu reads."""

    factory: type[Taught]

    def load(self) -> None:
        pass


def _schema(kind: str, identifier: str) -> dict[str, Any]:
    """Return the part of a type's schema that says what ``Ref`` gives."""
    return {"typeName": kind, "primaryIdentifier": [f"/properties/{identifier}"]}


def _given(model: Model, *names: str) -> Model:
    return {name: model[name] for name in names if name in model}


class TaughtArchive(Taught):
    TYPE = "AWS::Events::Archive"
    SCHEMA = _schema(TYPE, "ArchiveName")

    def make(self, clients: Clients, model: Model) -> Model:
        made = clients.events.create_archive(
            EventSourceArn=model["SourceArn"],
            EventPattern=json.dumps(model["EventPattern"]),
            **_given(model, "ArchiveName", "Description", "RetentionDays"),
        )
        return {"Arn": made["ArchiveArn"]}

    def unmake(self, clients: Clients, model: Model) -> None:
        clients.events.delete_archive(ArchiveName=model["ArchiveName"])


class TaughtConfigurationSet(Taught):
    TYPE = "AWS::SES::ConfigurationSet"
    SCHEMA = _schema(TYPE, "Name")

    def make(self, clients: Clients, model: Model) -> Model:
        clients.sesv2.create_configuration_set(ConfigurationSetName=model["Name"])
        return {}

    def unmake(self, clients: Clients, model: Model) -> None:
        clients.sesv2.delete_configuration_set(ConfigurationSetName=model["Name"])


class TaughtEventDestination(Taught):
    """LocalEmu's SES reports no bounces by itself; see ``lessons.py``."""

    TYPE = "AWS::SES::ConfigurationSetEventDestination"
    SCHEMA = _schema(TYPE, "Id")

    def make(self, clients: Clients, model: Model) -> Model:
        destination = model["EventDestination"]
        if destination["Enabled"] and "BOUNCE" in destination["MatchingEventTypes"]:
            lessons.reporting.add(model["ConfigurationSetName"])
        return {"Id": destination["Name"]}


class TaughtUserPool(Taught):
    TYPE = "AWS::Cognito::UserPool"
    SCHEMA = _schema(TYPE, "UserPoolId")

    def make(self, clients: Clients, model: Model) -> Model:
        names = ("AutoVerifiedAttributes", "Policies", "UsernameAttributes")
        made = clients.cognito_idp.create_user_pool(
            PoolName=model["UserPoolName"], **_given(model, *names)
        )["UserPool"]
        return {"UserPoolId": made["Id"], "Arn": made["Arn"]}

    def unmake(self, clients: Clients, model: Model) -> None:
        clients.cognito_idp.delete_user_pool(UserPoolId=model["UserPoolId"])


class TaughtUserPoolClient(Taught):
    TYPE = "AWS::Cognito::UserPoolClient"
    SCHEMA = _schema(TYPE, "ClientId")

    def make(self, clients: Clients, model: Model) -> Model:
        made = clients.cognito_idp.create_user_pool_client(**model)["UserPoolClient"]
        return {"ClientId": made["ClientId"]}


class Archive(Plugin):
    name, factory = TaughtArchive.TYPE, TaughtArchive


class ConfigurationSet(Plugin):
    name, factory = TaughtConfigurationSet.TYPE, TaughtConfigurationSet


class EventDestination(Plugin):
    name, factory = TaughtEventDestination.TYPE, TaughtEventDestination


class UserPool(Plugin):
    name, factory = TaughtUserPool.TYPE, TaughtUserPool


class UserPoolClient(Plugin):
    name, factory = TaughtUserPoolClient.TYPE, TaughtUserPoolClient
