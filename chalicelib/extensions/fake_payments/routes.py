"""A payment provider that moves no money: its page, which reports as a provider's would.

It is there on the stages local and dev. Whoever has an order's id can pay for it, as with most
providers.
"""

from string import Template
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain import ids, webhooks
from chalicelib.domain.errors import EventsNotAccepted, TransientError, UnknownRequest
from chalicelib.entrypoints.notice_page import HTML, notice_page
from chalicelib.extensions.orders import book
from chalicelib.extensions.orders.order import Order
from chalicelib.extensions.payments import hooks
from chalicelib.extensions.payments.hooks import PaymentReport
from chalicelib.web.bodies import Query, RequestId
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

if TYPE_CHECKING:
    from chalicelib.extensions.fake_payments.texts import PaymentTexts

routes = Blueprint(__name__)

_FAKED_ON: Final = frozenset({"local", "dev"})

# What is decided is posted to the page's own address; to decide nothing is to go back to the shop.
_CHOICES: Final = Template(
    '<div class="choices">'
    '<form method="post" action="?outcome=paid"><button>$pay</button></form>'
    '<form method="post" action="?outcome=refused"><button class="quiet">$refuse</button></form>'
    '<form action="../"><button class="quiet">$nothing</button></form></div>'
)
_BACK: Final = Template('<form action="../"><button>$to_shop</button></form>')
_ROOT: Final = "../"


class Outcome(Query, frozen=True):
    """What the one who pays has decided."""

    outcome: Literal["paid", "refused"]


@routes.route("/pay/{order_id}", methods=["GET"], content_types=[])
@answers(routes, UnknownRequest, TransientError, media_types=(HTML,))
def get_pay(order_id: RequestId, language: Language) -> Response:
    """Show the page of the fake payment provider, on stages that have one."""
    from chalicelib.domain.texts import Notice, fill  # noqa: PLC0415 - no other view needs it

    order, texts = _payable(order_id), _texts(language)
    due, shop = wiring.adapters.locales[language].money(order.total), wiring.adapters.shop.name
    question = Notice(texts.question.title, fill(texts.question.text, total=due, shop=shop))
    return notice_page(
        *(question, language, _CHOICES),
        root=_ROOT,
        pay=texts.pay,
        refuse=texts.refuse,
        nothing=texts.nothing,
    )


@routes.route("/pay/{order_id}", methods=["POST"], content_types=[])
@answers(routes, UnknownRequest, EventsNotAccepted, TransientError, media_types=(HTML,))
def post_pay(order_id: RequestId, choice: Outcome, language: Language) -> Response:
    """Have the fake payment provider report what was decided on its page."""
    order, now = _payable(order_id), clock.now()
    payment_id = f"{choice.outcome}-{ids.tail_of(order.order_id)}"
    report = PaymentReport(payment_id, choice.outcome, order.order_id, order.total, order.currency)
    body, keys = msgspec.json.encode(report), wiring.adapters.keys(hooks.KEYS).current(now)
    webhooks.check(webhooks.sign(body, keys[0], now), body, keys, now)
    hooks.take(report, now)
    texts = _texts(language)
    decided = texts.paid if choice.outcome == "paid" else texts.refused
    return notice_page(decided, language, _BACK, root=_ROOT, to_shop=texts.to_shop)


def _payable(order_id: str) -> Order:
    faked = wiring.adapters.settings.stage in _FAKED_ON and ids.is_event_id(order_id)
    order = book.find(order_id) if faked else None
    if order is None:
        raise UnknownRequest("No order has this id.")
    return order


def _texts(language: str) -> "PaymentTexts":
    from chalicelib.extensions.fake_payments.texts import SHOP_TEXTS  # noqa: PLC0415 - see above

    return wiring.adapters.texts.of(language, *SHOP_TEXTS)
