"""Lambda's record of an invocation, as a destination puts it on the bus.

Shape: "Capturing records of Lambda asynchronous invocations".
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, field

from chalicelib.domain.errors import MalformedEvent, UnknownEvent
from chalicelib.domain.validation import UNREADABLE, problem

SOURCE: Final = "lambda"

_NAME: Final = r"[A-Za-z0-9_-]{1,64}"


class Context(msgspec.Struct, frozen=True):
    """Which invocation it is, and how it ended."""

    request_id: Annotated[str, Meta(pattern=rf"^{_NAME}\Z")] = field(name="requestId")
    function_arn: Annotated[
        str, Meta(pattern=rf"^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]+:function:{_NAME}(:.*)?\Z")
    ] = field(name="functionArn")
    condition: Annotated[str, Meta(pattern=r"^[A-Za-z]{1,32}\Z")]
    attempts: Annotated[int, Meta(ge=0, le=1000)] = field(name="approximateInvokeCount")


class Invocation(msgspec.Struct, frozen=True):
    """An invocation that has ended, or never began because the event became too old.

    Attributes:
        payload: what it was given; for a consumer, an event.
        response: what it returned, or Lambda's description of the error that it raised.
    """

    context: Context = field(name="requestContext")
    payload: Any = field(name="requestPayload", default=None)
    response: Any = field(name="responsePayload", default=None)

    @property
    def consumer(self) -> str:
        """The function's name without app and stage, such as ``persist_cart``."""
        return self.context.function_arn.split(":")[6].rpartition("-")[2]


def parse(event: Mapping[str, Any]) -> Invocation:
    """Read the record in ``event``, as EventBridge delivers it.

    Raises:
        UnknownEvent: it does not come from Lambda.
        MalformedEvent: it is not such a record.
    """
    if event.get("source") != SOURCE:
        raise UnknownEvent("This is not the record of an invocation.")
    try:
        return msgspec.convert(event.get("detail"), Invocation)
    except UNREADABLE as error:
        raise MalformedEvent(problem("The record of an invocation", error)) from None
