"""A payment provider that moves no money: its page, which reports as a provider's would.

It is there on the stages local and dev. Whoever has an order's id can pay for it, as with most
providers.
"""

from typing import Final, Literal

import msgspec
from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain import ids, webhooks
from chalicelib.domain.errors import EventsNotAccepted, TransientError, UnknownRequest
from chalicelib.extensions.orders import book
from chalicelib.extensions.orders.order import Order
from chalicelib.extensions.payments import hooks
from chalicelib.extensions.payments.hooks import PaymentReport
from chalicelib.web.bodies import Query, RequestId
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

routes = Blueprint(__name__)

_FAKED_ON: Final = frozenset({"local", "dev"})
_HTML: Final = "text/html; charset=utf-8"
_PAGE_HEADERS: Final = {
    "Content-Type": _HTML,
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LAYOUT: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payment</title>
<link rel="icon" href="../storefront/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="../storefront/shop.css">
<main>
<section class="note">
<h1>Payment</h1>
%s
</section>
</main>
</html>"""


class Outcome(Query, frozen=True):
    """What the one who pays has decided."""

    outcome: Literal["paid", "refused"]


@routes.route("/pay/{order_id}", methods=["GET"], content_types=[])
@answers(routes, UnknownRequest, TransientError, media_types=(_HTML,))
def get_pay(order_id: RequestId, language: Language) -> Response:
    """Show the page of the fake payment provider, on stages that have one."""
    order = _payable(order_id)
    due = wiring.adapters.locales[language].money(order.total)
    return _page(
        f'<p class="lead">{due}. This is a demonstration: no money moves.</p>'
        '<form method="post" action="?outcome=paid"><button>Pay</button></form>'
        '<form method="post" action="?outcome=refused"><button class="quiet">Refuse</button></form>'
        '<form action="../"><button class="quiet">Nothing</button></form>'
    )


@routes.route("/pay/{order_id}", methods=["POST"], content_types=[])
@answers(routes, UnknownRequest, EventsNotAccepted, TransientError, media_types=(_HTML,))
def post_pay(order_id: RequestId, choice: Outcome) -> Response:
    """Have the fake payment provider report what was decided on its page."""
    order, now = _payable(order_id), clock.now()
    payment_id = f"{choice.outcome}-{ids.tail_of(order.order_id)}"
    report = PaymentReport(payment_id, choice.outcome, order.order_id, order.total, order.currency)
    body, keys = msgspec.json.encode(report), wiring.adapters.keys(hooks.KEYS).current(now)
    webhooks.check(webhooks.sign(body, keys[0], now), body, keys, now)
    hooks.take(report, now)
    return _page(
        f'<p class="lead">The payment is {choice.outcome}.</p>'
        '<form action="../"><button>Back to the shop</button></form>'
    )


def _payable(order_id: str) -> Order:
    faked = wiring.adapters.settings.stage in _FAKED_ON and ids.is_event_id(order_id)
    order = book.find(order_id) if faked else None
    if order is None:
        raise UnknownRequest("No order has this id.")
    return order


def _page(content: str) -> Response:
    return Response(_LAYOUT % content, headers=dict(_PAGE_HEADERS))
