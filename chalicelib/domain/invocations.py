"""Lambda's record of an invocation, as a destination puts it on the bus.

Shape: "Capturing records of Lambda asynchronous invocations".
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from chalicelib.domain.errors import MalformedEvent, UnknownEvent
from chalicelib.domain.validation import UNREADABLE, problem

SOURCE: Final = "lambda"

_NAME: Final = r"[A-Za-z0-9_-]{1,64}"


class _Context(msgspec.Struct, frozen=True, rename="camel"):
    request_id: Annotated[str, Meta(pattern=rf"^{_NAME}\Z")]
    function_arn: Annotated[
        str, Meta(pattern=rf"^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]+:function:{_NAME}(:.*)?\Z")
    ]
    condition: Annotated[str, Meta(pattern=r"^[A-Za-z]{1,32}\Z")]
    approximate_invoke_count: Annotated[int, Meta(ge=0, le=1000)]


class _Record(msgspec.Struct, frozen=True, rename="camel"):
    request_context: _Context
    request_payload: Any = None
    response_payload: Any = None


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """An invocation that has ended, or never began because the event became too old.

    Attributes:
        function: its full name, such as ``cart-dev-persist_cart``.
        request_id: Lambda's id of the invocation.
        condition: ``Success``, ``RetriesExhausted`` or ``EventAgeExceeded``.
        attempts: how many times it was tried.
        payload: what it was given; for a consumer, an event.
        response: what it returned, or Lambda's description of the error that it raised.
    """

    function: str
    request_id: str
    condition: str
    attempts: int
    payload: object
    response: object

    @property
    def consumer(self) -> str:
        """The function's name without app and stage, such as ``persist_cart``."""
        return self.function.rpartition("-")[2]


def parse(event: Mapping[str, Any]) -> Invocation:
    """Read the record in ``event``, as EventBridge delivers it.

    Raises:
        UnknownEvent: it does not come from Lambda.
        MalformedEvent: it is not such a record.
    """
    if event.get("source") != SOURCE:
        raise UnknownEvent("This is not the record of an invocation.")
    try:
        record = msgspec.convert(event.get("detail"), _Record)
    except UNREADABLE as error:
        raise MalformedEvent(problem("The record of an invocation", error)) from None
    context = record.request_context
    return Invocation(
        function=context.function_arn.split(":")[6],
        request_id=context.request_id,
        condition=context.condition,
        attempts=context.approximate_invoke_count,
        payload=record.request_payload,
        response=record.response_payload,
    )
