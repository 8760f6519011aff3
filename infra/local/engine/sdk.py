"""Observes, answers or changes the calls that are made to AWS.

It uses botocore's own events, on the session of the app and on one of its own.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from weakref import WeakKeyDictionary

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ParamValidationError
from botocore.loaders import Loader, create_loader
from botocore.validate import ParamValidator

Parameters = Mapping[str, Any]
Answer = tuple[AWSResponse, dict[str, Any]]
"""What takes the place of a call: the HTTP response and what botocore parsed from it."""

KEPT_CALLS: Final = 10_000
LEGACY_ATTEMPTS: Final = 5
"""How often botocore attempts a call by default."""
_PARAMETERS: Final = "local_cloud_parameters"
_CARRIED: Final = "local_cloud_carried"
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


def answer(parsed: dict[str, Any]) -> Answer:
    """Return a successful answer to a call."""
    return _response(200, parsed)


def failure(code: str, message: str, status: int) -> Answer:
    """Return an answer that makes botocore raise the error ``code``."""
    return _response(status, {"Error": {"Code": code, "Message": message}})


def _response(status: int, parsed: dict[str, Any]) -> Answer:
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("", status, {}, None), {**parsed, "ResponseMetadata": metadata}


class Sdk:
    """The calls to AWS: hooks before and after them, a list of the app's, and clients."""

    def __init__(self, region: str) -> None:
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._before: dict[tuple[str, str], Callable[[Parameters], Answer | None]] = {}
        self._after: dict[tuple[str, str], Callable[[Parameters, dict[str, Any]], None]] = {}
        self._carrier: Callable[[Call], Answer | None] = lambda _: None
        self._interceptor: Callable[[str, Parameters], Answer | None] = lambda *_: None
        self._running: ContextVar[str] = ContextVar("running_function", default="")
        self._region = region

    def client(self, service: str) -> Any:
        """Return the engine's own client of a service; it is kept for the whole process."""
        _watch_of(_own_session()).show(self, Sdk._before_own_call)
        return _own_client(service, self._region)

    def watch_app(self, session: botocore.session.Session) -> None:
        """Watch a session of the app: clients that it creates since it was first watched."""
        if session not in _WATCHES:
            check_parameters(session)
        _watch_of(session).show(self, Sdk._before_app_call)

    def before(
        self, service: str, operation: str, hook: Callable[[Parameters], Answer | None]
    ) -> None:
        """Call ``hook`` with the parameters of each call; unless None, its result is the answer."""
        self._before[service, operation] = hook

    def after(
        self, service: str, operation: str, hook: Callable[[Parameters, dict[str, Any]], None]
    ) -> None:
        """Call ``hook`` with the parameters and the parsed answer after each successful call."""
        self._after[service, operation] = hook

    def intercept_app(self, interceptor: Callable[[str, Parameters], Answer | None]) -> None:
        """Let ``interceptor``, called with service and parameters, answer any call of the app."""
        self._interceptor = interceptor

    def carry_app(self, carrier: Callable[[Call], Answer | None]) -> None:
        """Put ``carrier`` between the app and AWS: calls that it answers go no further.

        It may :meth:`perform` a call any number of times, and return any answer to the app.
        """
        self._carrier = carrier

    def perform(self, call: Call) -> Answer:
        """Make a call of the app by the engine's own client, and return how it was answered."""
        hook = self._before.get((call.service, call.operation))
        answered = hook(call.parameters) if hook else None
        if answered is not None:
            response, parsed = answered
            self._tell((call.service, call.operation), response, call.parameters, parsed)
            return answered
        method = getattr(self.client(call.service), xform_name(call.operation))
        try:
            parsed = method(**call.parameters)
        except ClientError as error:
            parsed = error.response
        status = parsed["ResponseMetadata"]["HTTPStatusCode"]
        return AWSResponse("", status, {}, None), parsed

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

    def _before_app_call(self, model: Any, context: dict[str, Any], **_: Any) -> Answer | None:
        service, parameters = model.service_model.service_name, context[_PARAMETERS]
        attempts = (context["client_config"].retries or {}).get(
            "total_max_attempts", LEGACY_ATTEMPTS
        )
        call = Call(self._running.get(), service, model.name, parameters, attempts)
        self.calls.append(call)
        carried = self._carrier(call)
        if carried is not None:
            context[_CARRIED] = True
            return carried
        return self._interceptor(service, parameters) or self._before_own_call(model, context)

    def _before_own_call(self, model: Any, context: dict[str, Any], **_: Any) -> Answer | None:
        hook = self._before.get((model.service_model.service_name, model.name))
        return hook(context[_PARAMETERS]) if hook else None

    def after_call(
        self, http_response: AWSResponse, parsed: dict[str, Any], model: Any, context: Any, **_: Any
    ) -> None:
        """Show a call that succeeded to its hook."""
        if _CARRIED not in context:
            name = model.service_model.service_name, model.name
            self._tell(name, http_response, context[_PARAMETERS], parsed)

    def _tell(
        self,
        name: tuple[str, str],
        response: AWSResponse,
        parameters: Parameters,
        parsed: dict[str, Any],
    ) -> None:
        hook = self._after.get(name)
        if hook and response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            hook(parameters, parsed)


class _Watch:
    """Shows the calls of a session's clients to one :class:`Sdk`, the latest that asked.

    A session takes longer to make than a whole local cloud, so that it outlives one.
    """

    def __init__(self, session: botocore.session.Session) -> None:
        self._sdk: Sdk
        self._before: Callable[..., Answer | None]
        session.register_component("data_loader", _models(session.get_config_variable("data_path")))
        session.register("before-parameter-build", _keep_parameters)
        session.register("before-call", self._before_call)
        session.register("after-call", self._after_call)

    def show(self, sdk: Sdk, before: Callable[..., Answer | None]) -> None:
        """Show the calls to ``sdk`` from now on, first by its method ``before``."""
        self._sdk, self._before = sdk, before

    def _before_call(self, **call: Any) -> Answer | None:
        return self._before(self._sdk, **call)

    def _after_call(self, **call: Any) -> None:
        self._sdk.after_call(**call)


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
        aws_secret_access_key="local",  # noqa: S106  moto wants some, any will do
    )


@cache
def _models(data_path: str | None) -> Loader:
    """Return the loader of AWS's service models, which take most of a client's time to read.

    It keeps them, and every session that reads them from the same place shares it.
    """
    return create_loader(data_path)


def _keep_parameters(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Keep the caller's parameters: later hooks get them in serialised form only."""
    context[_PARAMETERS] = dict(params)


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
