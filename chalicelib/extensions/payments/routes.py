"""The hook that the payment provider calls."""

from typing import Annotated, Literal, cast

import msgspec
from chalice import Blueprint
from chalice.app import Request
from msgspec import UNSET, Meta, UnsetType

from chalicelib import clock, wiring
from chalicelib.domain import webhooks
from chalicelib.domain.errors import EventsNotAccepted, TransientError
from chalicelib.domain.webhooks import ForgedSignature
from chalicelib.entrypoints.customer_api import OPEN
from chalicelib.extensions.payments import hooks
from chalicelib.extensions.payments.hooks import PaymentReport
from chalicelib.web.bodies import Headers
from chalicelib.web.views import answers

routes = Blueprint(__name__)


class PaymentHeaders(Headers, frozen=True):
    """How the payment provider signs what it reports."""

    signature: (
        Annotated[str, Meta(description="`t=<unix seconds>,v1=<HMAC-SHA256 of t.body, in hex>`")]
        | UnsetType
    ) = msgspec.field(name="Payment-Signature", default=UNSET)


class Noted(msgspec.Struct, frozen=True):
    """The report was taken."""

    status: Literal["accepted"]


def check_signature(request: Request) -> None:
    """Let in only what the provider signed.

    Raises:
        ForgedSignature: nobody who has a key sent this body within the last minutes.
    """
    now, body = clock.now(), cast("bytes", request.raw_body)
    keys = wiring.adapters.keys(hooks.KEYS).current(now)
    webhooks.check(request.headers.get("payment-signature", ""), body, keys, now)


@routes.route("/payments", methods=["POST"], **OPEN)
@answers(
    routes,
    ForgedSignature,
    EventsNotAccepted,
    TransientError,
    status=202,
    admit=check_signature,
)
def post_payments(report: PaymentReport, headers: PaymentHeaders) -> Noted:  # noqa: ARG001 - admitted by it
    """Take what the payment provider reports; repeating it changes nothing."""
    hooks.take(report, clock.now())
    return Noted("accepted")
