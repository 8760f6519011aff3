"""moto's server as a stand-in for AWS, taught what the deployment needs and moto 5.2.5 lacks.

Each lesson is small and says what AWS does. What moto cannot be asked at all is listed in
docs/operations.md.
"""

import copyreg
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from threading import Condition
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from moto import awslambda, backends
from moto.apigateway.models import APIGatewayBackend, RestAPI, apigateway_backends
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.cloudformation.models import ChangeSet
from moto.cloudformation.parsing import (
    OutputMap,
    get_model_list,
    get_model_map,
    get_name_type_map,
)
from moto.cognitoidp.models import cognitoidp_backends
from moto.core import utils
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import MockRawResponse
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.events.models import EventsBackend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.scheduler.models import scheduler_backends
from moto.server import ThreadedMotoServer
from moto.ssm.models import ParameterDict
from werkzeug.test import Client

Properties = dict[str, Any]


@contextmanager
def running(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the server on a free port; give its URL."""
    patch.setattr(APIGatewayBackend, "put_rest_api", _taking_swagger())
    patch.setattr(APIGatewayBackend, "create_rest_api", _taking_endpoint_types())
    # A mock integration, which answers a preflight, has no URI, no method and no selection.
    _assume(patch, "put_integration", uri="", integration_method="")
    _assume(patch, "put_integration_response", selection_pattern="", response_templates={})
    patch.setattr(RestAPI, "create_deployment", _keeping_settings())
    patch.setattr(EventsBackend, "create_archive", _taking_patterns())
    patch.setattr(ChangeSet, "apply", _apply)
    patch.setattr(Table, "create_from_cloudformation_json", _taking_over())
    patch.setattr(RestAPI, "delete", _delete_api, raising=False)
    _keep_logging(patch)
    _read_fast(patch)
    modules = list(backends.list_of_moto_modules())  # of a folder, for each request
    patch.setattr(backends, "list_of_moto_modules", lambda: modules)
    names = cache(utils.method_names_from_class)
    patch.setattr("moto.core.responses.method_names_from_class", names)
    patch.setattr(LambdaBackend, "put_function_event_invoke_config", _replacing())
    patch.setattr(LambdaFunction, "update_function_code", _taking_architectures())
    # What it refers to is copied with it.
    patch.setattr(awslambda.models, "weakref", SimpleNamespace(WeakValueDictionary=dict))
    for copied, how in _COPIED.items():
        patch.setitem(copyreg.dispatch_table, copied, how)
    for kept in (get_model_list, get_model_map, get_name_type_map):
        kept.cache_clear()  # so that the types below are found, too
    BackendDict.reset()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        patch.setattr(URLLib3Session, "send", _answering_here(url))
        yield url
    finally:
        server.stop()


_COPIED: dict[type, Callable[[Any], tuple]] = {
    Condition: lambda _: (Condition, ()),
    ParameterDict: lambda each: (
        *(ParameterDict, (each.account_id, each.region_name)),
        *(vars(each), None, iter(each.items())),
    ),
}
"""What moto has in its state that cannot be copied as it is."""


def snapshot() -> Callable[[], None]:
    """Copy all that there is; return what puts that back, in place of all that there is then."""
    known = dynamodb_backends._instances  # noqa: SLF001 - all services that were asked anything
    services = list(known)
    kept = deepcopy([dict(service) for service in services])  # at once: they refer to each other

    def restore() -> None:
        BackendDict.reset()
        known.extend(services)
        for service, accounts in zip(services, deepcopy(kept), strict=True):
            service.update(accounts)

    return restore


def _answering_here(url: str) -> Callable[..., AWSResponse]:
    """Answer this process, which asks most, without a socket and a thread for each request."""
    client = Client(DomainDispatcherApplication(create_backend_app), use_cookies=False)
    over_the_network = URLLib3Session.send

    def send(self: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        if not request.url.startswith(url):
            return over_the_network(self, request)
        answer = client.open(
            request.url.removeprefix(url),
            base_url=url,
            method=request.method,
            headers=[(name, _as_text(value)) for name, value in request.headers.items()],
            data=request.body,
        )
        raw = MockRawResponse(answer.get_data())
        return AWSResponse(request.url, answer.status_code, answer.headers, raw)

    return send


def _as_text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _read_fast(patch: pytest.MonkeyPatch) -> None:
    """Read templates, each of which moto reads several times, as the JSON that they are."""
    reading = SimpleNamespace(load=lambda text, **_: json.loads(text), Loader=None)
    reading.add_multi_constructor = lambda *_: None
    for module in ("models", "responses"):
        patch.setattr(f"moto.cloudformation.{module}.yaml", reading)


def _assume(patch: pytest.MonkeyPatch, name: str, **defaults: Any) -> None:
    original = getattr(APIGatewayBackend, name)

    def call(self: APIGatewayBackend, **given: Any) -> Any:
        return original(self, **{**defaults, **given})

    patch.setattr(APIGatewayBackend, name, call)


def _taking_swagger() -> Callable[..., Any]:
    """API Gateway takes Swagger 2.0, which Chalice writes; what of it is used is alike in 3.0.

    When it overwrites a definition, it resets the gateway responses that the new one has not.
    """
    original = APIGatewayBackend.put_rest_api

    def put_rest_api(
        self: APIGatewayBackend, function_id: str, api_doc: Properties, *options: Any, **more: Any
    ) -> Any:
        document = {name: value for name, value in api_doc.items() if name != "swagger"}
        self.get_rest_api(function_id).gateway_responses.clear()
        return original(self, function_id, {"openapi": "3.0.0", **document}, *options, **more)

    return put_rest_api


def _keeping_settings() -> Callable[..., Any]:
    """Another deployment to a stage leaves the settings of its methods as they are."""
    original = RestAPI.create_deployment

    def create_deployment(self: RestAPI, name: str, *options: Any) -> Any:
        before = self.stages.get(name)
        deployment = original(self, name, *options)
        if before is not None:
            self.stages[name].method_settings = before.method_settings
        return deployment

    return create_deployment


def _taking_endpoint_types() -> Callable[..., Any]:
    """CloudFormation writes ``Types`` of endpoints, the API ``types``."""
    original: Callable[..., Any] = APIGatewayBackend.create_rest_api

    def create_rest_api(
        self: APIGatewayBackend, *named: Any, endpoint_configuration: Any = None, **more: Any
    ) -> Any:
        types = (endpoint_configuration or {}).get("Types")
        wanted = {"types": types} if types else endpoint_configuration
        return original(self, *named, endpoint_configuration=wanted, **more)

    return create_rest_api


def _taking_patterns() -> Callable[..., Any]:
    """CloudFormation has an archive's pattern as an object, the API as text."""
    original = EventsBackend.create_archive

    def create_archive(  # noqa: PLR0917 - moto's signature
        self: EventsBackend, name: str, source: str, about: str, pattern: Any, retention: Any
    ) -> Any:
        text = pattern if isinstance(pattern, str) else json.dumps(pattern)
        return original(self, name, source, about, text, retention)

    return create_archive


def _keep_logging(patch: pytest.MonkeyPatch) -> None:
    """Lambda keeps how a function logs until it is told otherwise."""
    update, get = LambdaFunction.update_configuration, LambdaFunction.get_configuration

    def update_configuration(self: LambdaFunction, updates: Properties) -> Properties:
        self.logging = updates.get("LoggingConfig", getattr(self, "logging", None))  # type: ignore[attr-defined]
        return update(self, updates)

    def get_configuration(self: LambdaFunction, *options: Any, **more: Any) -> Properties:
        logging = getattr(self, "logging", None) or {"LogFormat": "Text"}
        return {**get(self, *options, **more), "LoggingConfig": logging}

    patch.setattr(LambdaFunction, "update_configuration", update_configuration)
    patch.setattr(LambdaFunction, "get_configuration", get_configuration)


def _taking_architectures() -> Callable[..., Any]:
    """Code says which processors it is for."""
    original = LambdaFunction.update_function_code

    def update_function_code(self: LambdaFunction, spec: Properties) -> Properties:
        self.architectures = spec.get("Architectures", self.architectures)
        return original(self, spec)

    return update_function_code


def _replacing() -> Callable[..., Any]:
    """A function has one configuration of its asynchronous invocations: the last one."""
    original = LambdaBackend.put_function_event_invoke_config

    def put(self: LambdaBackend, function_name: str, config: Properties) -> Properties:
        self.get_function(function_name).event_invoke_config.clear()
        return original(self, function_name, config)

    return put


_STATIC_NAMES: set[str] = set()
"""Of the tables in the template that is deployed, the names that no function makes."""


def _taking_over() -> Any:
    """CloudFormation takes over a table that exists, if the template has its name as text."""
    original = Table.create_from_cloudformation_json.__func__  # type: ignore[attr-defined]

    def create(
        cls: type[Any], /, resource_name: str, properties: Properties, *place: str, **more: Any
    ) -> Any:
        backend = dynamodb_backends[place[0]][place[1]]
        if resource_name in _STATIC_NAMES and resource_name in backend.tables:
            return backend.tables[resource_name]
        return original(cls, resource_name, properties, *place, **more)

    return classmethod(create)


def _apply(change_set: ChangeSet) -> None:
    """A stack that comes from a change set has outputs, and keeps what it is told to retain.

    While it is made, its status says so.
    """
    template, stack = change_set.template_dict, change_set.stack
    _STATIC_NAMES.clear()
    _STATIC_NAMES.update(
        resource["Properties"]["TableName"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::DynamoDB::Table"
        and isinstance(resource["Properties"]["TableName"], str)
    )
    stack.status = f"{change_set.change_set_type}_IN_PROGRESS"
    for resource in template["Resources"].values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    stack.resource_map.update(template, change_set.parameters)
    stack.template_dict = template
    stack.output_map = OutputMap(stack.resource_map, template, stack.stack_id)


def _delete_api(api: RestAPI, account_id: str, region_name: str) -> None:
    """An API goes with its stack."""
    apigateway_backends[account_id][region_name].delete_rest_api(api.id)


class _Taught:
    """A type of resource that moto's CloudFormation does not know, though moto has the service."""

    attributes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, physical_id: str, values: dict[str, str]) -> None:
        self.physical_resource_id = physical_id
        self._values = values

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.attributes

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return self._values[attribute_name]

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Properties, *place: str, **_: Any
    ) -> "_Taught":
        return cls.create(cloudformation_json["Properties"], *place)

    @classmethod
    def create(cls, properties: Properties, account_id: str, region_name: str) -> "_Taught":
        raise NotImplementedError

    def delete(self, account_id: str, region_name: str) -> None:
        raise NotImplementedError

    def is_created(self) -> bool:
        return True


class UserPool(_Taught, CloudFormationModel):
    attributes = ("Arn",)

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPool"

    @classmethod
    def create(cls, properties: Properties, account_id: str, region_name: str) -> _Taught:
        backend = cognitoidp_backends[account_id][region_name]
        pool = backend.create_user_pool(properties["UserPoolName"], properties)
        return cls(pool.id, {"Arn": pool.arn})

    def delete(self, account_id: str, region_name: str) -> None:
        cognitoidp_backends[account_id][region_name].delete_user_pool(self.physical_resource_id)


class UserPoolClient(_Taught, CloudFormationModel):
    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Cognito::UserPoolClient"

    @classmethod
    def create(cls, properties: Properties, account_id: str, region_name: str) -> _Taught:
        backend = cognitoidp_backends[account_id][region_name]
        pool = properties["UserPoolId"]
        made = backend.create_user_pool_client(
            pool, generate_secret=False, extended_config=properties
        )
        return cls(made.id, {})

    def delete(self, account_id: str, region_name: str) -> None:
        """It goes with its pool."""


class ScheduleGroup(_Taught, CloudFormationModel):
    attributes = ("Arn",)

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Scheduler::ScheduleGroup"

    @classmethod
    def create(cls, properties: Properties, account_id: str, region_name: str) -> _Taught:
        backend = scheduler_backends[account_id][region_name]
        group = backend.create_schedule_group(properties["Name"], [])
        return cls(group.name, {"Arn": group.arn})

    def delete(self, account_id: str, region_name: str) -> None:
        backend = scheduler_backends[account_id][region_name]
        backend.delete_schedule_group(self.physical_resource_id)
