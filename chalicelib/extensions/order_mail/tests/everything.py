"""All that makes ``mail_order`` use its role, beside what orders do."""

from typing import Any

from chalicelib.domain import events, ids
from chalicelib.domain.events import Customer
from chalicelib.extensions.order_mail.reads import OrderPaid


def everything_happens(cloud: Any) -> None:
    """Have a mail fail and be sent later, and send something that is no news of an order."""
    cloud.faults.arm("ses", 1)
    customer = Customer("c-1", "orders@example.com")
    event_id = ids.event_id(cloud.clock.now(), 1)
    paid = events.first(event_id, OrderPaid("c-1", event_id, customer, (), 0, "EUR"))
    kind = {"Source": "cart.orders", "DetailType": "OrderPaid"}
    entry = {"EventBusName": "cart-local", **kind, "Detail": events.encode(paid)}
    cloud.client("events").put_events(Entries=[entry])
    queues = cloud.client("sqs")
    url = queues.get_queue_url(QueueName="cart-mail-order-local")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="nonsense")
    cloud.advance(3600)
