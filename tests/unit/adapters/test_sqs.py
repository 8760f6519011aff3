from typing import Any

import pytest
from botocore.stub import Stubber
from freezegun import freeze_time

from chalicelib.adapters import sdk
from chalicelib.adapters.sqs import Queue
from chalicelib.domain.errors import TransientError
from tests.support.builders import NOW

pytestmark = pytest.mark.usefixtures("aws")

NAME = "cart-reminders-dev"


@pytest.fixture
def sqs(cloud: None) -> Any:
    del cloud
    client = sdk.client("sqs")
    url = client.create_queue(QueueName=NAME, Attributes={"VisibilityTimeout": "180"})["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="{}")
    return client


def receive(sqs: Any) -> list[dict[str, Any]]:
    url = sqs.get_queue_url(QueueName=NAME)["QueueUrl"]
    return sqs.receive_message(QueueUrl=url).get("Messages", [])


@pytest.mark.parametrize("seconds", [30, 3600])
def test_a_message_is_back_when_it_was_asked_to_be(sqs: Any, seconds: int) -> None:
    with freeze_time(NOW) as clock:
        (message,) = receive(sqs)
        Queue(sqs, NAME).retry_after(message["ReceiptHandle"], seconds)
        clock.tick(seconds - 1)
        assert receive(sqs) == []
        clock.tick(2)
        (again,) = receive(sqs)
    assert again["MessageId"] == message["MessageId"]


def test_a_queue_that_is_missing_is_the_operators_to_put_right(cloud: None) -> None:
    del cloud
    with pytest.raises(TransientError, match="GetQueueUrl failed"):
        Queue(sdk.client("sqs"), "no-such-queue").retry_after("receipt", 30)


def test_a_receipt_that_has_run_out_is_translated_too() -> None:
    client = sdk.client("sqs")
    with Stubber(client) as stub:
        stub.add_response("get_queue_url", {"QueueUrl": "https://sqs/queue"})
        stub.add_client_error("change_message_visibility", "ReceiptHandleIsInvalid")
        with pytest.raises(TransientError, match="ChangeMessageVisibility failed"):
            Queue(client, NAME).retry_after("receipt", 30)
