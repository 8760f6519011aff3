"""All that makes ``mail_order`` use its role, beside what orders do."""

from typing import Any


def everything_happens(cloud: Any) -> None:
    """Send something that is no news of an order."""
    queues = cloud.client("sqs")
    url = queues.get_queue_url(QueueName="cart-mail-order-local")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="nonsense")
    cloud.advance(60)
