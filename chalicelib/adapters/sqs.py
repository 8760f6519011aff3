"""A queue of SQS that Lambda polls: how long a message waits for its next try."""

from functools import cached_property
from typing import Any

from chalicelib.adapters.sdk import translated_errors


class Queue:
    """A queue that Lambda polls for a consumer."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    @cached_property
    def _url(self) -> str:
        url: str = self._client.get_queue_url(QueueName=self._name)["QueueUrl"]
        return url

    @translated_errors
    def retry_after(self, receipt_handle: str, seconds: int) -> None:
        """Make a message that is being handled visible again in ``seconds``."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )
