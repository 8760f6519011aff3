"""Observes and answers the calls that are made to AWS.

It takes the place of what botocore's clients do for a call once they have its name and parameters,
on the session of the app and on one of its own. To serialise a request that nobody sends would take
longer than to answer it; what the SDK makes of the calls is for the tests of the adapters.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from weakref import WeakKeyDictionary

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ParamValidationError
from botocore.loaders import create_loader
from botocore.validate import ParamValidator

Parameters = Mapping[str, Any]
Answer = tuple[AWSResponse, dict[str, Any]]
"""What takes the place of a call: the HTTP response and what botocore parsed from it."""

KEPT_CALLS: Final = 10_000
LEGACY_ATTEMPTS: Final = 5
"""How often botocore attempts a call by default."""
_VALIDATOR: Final = ParamValidator()


@dataclass(frozen=True)
class Call:
    """One call that the app made to AWS.

    ``function`` is the name of the function that made it, ``service`` and ``operation`` are
    botocore's names (``dynamodb``, ``UpdateItem``); the SDK tries it up to ``attempts`` times.
    """

    function: str
    service: str
    operation: str
    parameters: Parameters
    attempts: int = 1


Operation = Callable[[Parameters], Answer]
Interceptor = Callable[[Call], Answer | None]


def answer(parsed: dict[str, Any]) -> Answer:
    """Return a successful answer to a call."""
    return _response(HTTPStatus.OK, parsed)


def failure(code: str, message: str) -> Answer:
    """Return an answer that makes botocore raise the error ``code``."""
    return _response(HTTPStatus.BAD_REQUEST, {"Error": {"Code": code, "Message": message}})


def _response(status: int, parsed: dict[str, Any]) -> Answer:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("", status, {}, None), {**parsed, "ResponseMetadata": metadata}


class Sdk:
    """The calls to AWS: what answers them, a list of the app's, and clients."""

    def __init__(self, region: str) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._operations: dict[tuple[str, str], Operation] = {}
        self._interceptors: list[Interceptor] = []
        self._running: ContextVar[str] = ContextVar("running_function", default="")
        self._region = region

    def client(self, service: str) -> Any:
        """Return the engine's own client of a service; it is kept for the whole process."""
        _watch_of(_own_session()).answer = self.perform
        return _own_client(service, self._region)

    def watch_app(self, session: botocore.session.Session) -> None:
        """Watch a session of the app: clients that it creates since it was first watched."""
        _watch_of(session).answer = self._answer_app

    def provide(self, service: str, operations: Mapping[str, Operation]) -> None:
        """Have operations of a service answered, by botocore's names."""
        for name, operation in operations.items():
            self._operations[service, name] = operation

    def intercept_app(self, interceptor: Interceptor) -> None:
        """Put ``interceptor`` between the app and AWS: calls that it answers go no further.

        It is asked before those that are there already. It may :meth:`perform` a call any number of
        times, and return any answer to the app.
        """
        self._interceptors.insert(0, interceptor)

    def perform(self, call: Call) -> Answer:
        """Answer a call, whoever made it.

        Raises:
            NotImplementedError: there is no such operation in the local cloud.
        """
        if (call.service, call.operation) not in self._operations:
            raise NotImplementedError(f"The local cloud has no {call.operation} of {call.service}.")
        return self._operations[call.service, call.operation](call.parameters)

    def running_function(self) -> str:
        """Return the name of the function that is running, "" if no function is."""
        return self._running.get()

    @contextmanager
    def function_running(self, name: str) -> Iterator[None]:
        """Attribute the calls made in the meantime to the function ``name``."""
        token = self._running.set(name)
        try:
            yield
        finally:
            self._running.reset(token)

    def _answer_app(self, call: Call) -> Answer:
        call = replace(call, function=self._running.get())
        self.calls.append(call)
        for interceptor in self._interceptors:
            if (answered := interceptor(call)) is not None:
                return answered
        return self.perform(call)


class _Watch:
    """Has the calls of a session's clients answered by one :class:`Sdk`, the latest that asked.

    A session takes longer to make than a whole local cloud, so that it outlives one.
    """

    answer: Callable[[Call], Answer]

    def __init__(self, session: botocore.session.Session) -> None:
        session.register_component("data_loader", _models(session.get_config_variable("data_path")))
        session.register("creating-client-class", self._take_calls)

    def _take_calls(self, class_attributes: dict[str, Any], **_: Any) -> None:
        def call(client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
            return self.call(client, operation, parameters)

        class_attributes["_make_api_call"] = call

    def call(self, client: Any, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer a call of a client, as the client's own method would.

        Raises:
            ParamValidationError: a parameter does not fit the service's model.
        """
        service = client.meta.service_model
        _check(parameters, service.operation_model(operation))
        retries = client.meta.config.retries or {}
        attempts = retries.get("total_max_attempts", LEGACY_ATTEMPTS)
        response, parsed = self.answer(
            Call("", service.service_name, operation, parameters, attempts)
        )
        if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return parsed
        raise client.exceptions.from_code(parsed["Error"]["Code"])(parsed, operation)


_WATCHES: Final = WeakKeyDictionary[botocore.session.Session, _Watch]()


def _watch_of(session: botocore.session.Session) -> _Watch:
    if session not in _WATCHES:
        _WATCHES[session] = _Watch(session)
    return _WATCHES[session]


@cache
def _own_session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def _own_client(service: str, region: str) -> Any:
    return _own_session().create_client(
        service,
        region_name=region,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  a client wants some, any will do
    )


_models: Final = cache(create_loader)
"""Keeps AWS's service models, which take most of a client's time to read, for all sessions."""


def check_parameters(session: botocore.session.Session) -> None:
    """Check the calls of all clients that this session creates from now on.

    The app's own clients do not: checking is a good part of what a call costs. So every call of
    every test is checked here instead.
    """
    # Last, because some parameters are completed by the SDK itself.
    session.get_component("event_emitter").register_last("before-parameter-build", _check)


def _check(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Refuse parameters that do not fit the service's model.

    Raises:
        ParamValidationError: what a client that validates would raise.
    """
    report = _VALIDATOR.validate(params, model.input_shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
