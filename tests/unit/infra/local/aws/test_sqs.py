"""The queues of the local cloud, with moto as the referee of what SQS answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest import mock

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.core import utils as moto_utils

from infra.local.aws.sqs import Queues
from infra.local.engine.clock import Clock
from infra.local.engine.engine import Engine
from infra.local.engine.sdk import Call
from tests.support.times import NOON

URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/"
DEAD = "arn:aws:sqs:eu-central-1:123456789012:dead"
QUEUES = {
    "dead": {},
    "parcels": {
        "VisibilityTimeout": "20",
        "RedrivePolicy": f'{{"deadLetterTargetArn": "{DEAD}", "maxReceiveCount": 2}}',
    },
}
COUNTS = ("", "NotVisible", "Delayed")


class Both:
    """The same calls to the local cloud's queues and to moto's, at the same time."""

    def __init__(self) -> None:
        self.clock = Clock(NOON)
        self._engine = Engine(self.clock)
        self._queues = Queues(self._engine)
        self._moto = botocore.session.Session().create_client(
            "sqs",
            region_name="eu-central-1",
            aws_access_key_id="moto",
            aws_secret_access_key="moto",
        )
        for name, attributes in QUEUES.items():
            self._queues.create(name, attributes)
            self._moto.create_queue(QueueName=name, Attributes=attributes)

    def reset(self) -> None:
        """Begin anew with empty queues."""
        for name in QUEUES:
            self._moto.delete_queue(QueueUrl=URL + name)
        moto, clock = self._moto, self.clock
        self._engine = Engine(clock)
        self._queues = Queues(self._engine)
        for name, attributes in QUEUES.items():
            self._queues.create(name, attributes)
            moto.create_queue(QueueName=name, Attributes=attributes)

    def call(
        self, operation: str, ours: dict[str, Any], theirs: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return how the local cloud answers, and how moto does."""
        _, answered = self._engine.sdk.perform(Call("", "sqs", operation, ours))
        try:
            expected = getattr(self._moto, xform_name(operation))(**theirs)
        except ClientError as error:
            expected = error.response
        return answered, expected


@contextmanager
def moto_reads(clock: Clock) -> Iterator[None]:
    """Have moto read a clock: whatever it knows of the time comes from one module's datetime."""
    moved = SimpleNamespace(
        now=lambda _: clock.now(), fromtimestamp=datetime.fromtimestamp, strptime=datetime.strptime
    )
    with mock.patch.object(moto_utils, "datetime", SimpleNamespace(datetime=moved)):
        yield


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with mock_aws():
        queues = Both()
        with moto_reads(queues.clock):
            yield queues


SECONDS = st.integers(1, 30)
STEPS = st.one_of(
    st.tuples(st.just("send"), st.sampled_from([None, 5])),
    st.tuples(st.just("receive"), st.sampled_from([None, 3])),
    st.tuples(st.just("delete"), st.integers(0, 5)),
    st.tuples(st.just("change"), st.integers(0, 5), st.integers(0, 30)),
    st.tuples(st.just("wait"), SECONDS),
)


def told(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (message["Body"], message["Attributes"]["ApproximateReceiveCount"])
        for message in answer.get("Messages", ())
    ]


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=20))
def test_random_calls_are_answered_as_moto_answers_them(both, steps) -> None:
    both.reset()
    handles: list[tuple[str, str]] = []
    url = {"QueueUrl": f"{URL}parcels"}
    for number, step in enumerate(steps):
        match step:
            case ("send", delay):
                sent = {"MessageBody": str(number), **({"DelaySeconds": delay} if delay else {})}
                both.call("SendMessage", {**url, **sent}, {**url, **sent})
            case ("receive", seconds):
                hidden = {"VisibilityTimeout": seconds} if seconds else {}
                asked = {**url, "MaxNumberOfMessages": 2, "AttributeNames": ["All"], **hidden}
                ours, theirs = both.call("ReceiveMessage", asked, asked)
                assert told(ours) == told(theirs)
                pairs = zip(ours.get("Messages", ()), theirs.get("Messages", ()), strict=True)
                handles += [
                    (mine["ReceiptHandle"], other["ReceiptHandle"]) for mine, other in pairs
                ]
            case ("delete" | "change" as what, index, *seconds) if index < len(handles):
                operation = "DeleteMessage" if what == "delete" else "ChangeMessageVisibility"
                more = {"VisibilityTimeout": seconds[0]} if seconds else {}
                ours, theirs = (
                    {**url, "ReceiptHandle": handle, **more} for handle in handles[index]
                )
                answered, expected = both.call(operation, ours, theirs)
                if what == "change":
                    assert ("Error" in answered) == ("Error" in expected)
            case ("wait", seconds):
                # moto shows a message after the moment at which it is visible, SQS at it.
                later = timedelta(seconds=seconds, milliseconds=7 * number + 1)
                both.clock.advance_to(both.clock.now() + later)
        for queue in QUEUES:
            asked = {"QueueUrl": URL + queue, "AttributeNames": ["All"]}
            ours, theirs = both.call("GetQueueAttributes", asked, asked)
            for count in COUNTS:
                name = f"ApproximateNumberOfMessages{count}"
                assert ours["Attributes"][name] == theirs["Attributes"][name], (step, name)


def test_a_queue_that_there_is_not_is_told_so(both) -> None:
    asked = {"QueueUrl": f"{URL}none", "MessageBody": "lost"}
    ours, theirs = both.call("SendMessage", asked, asked)
    assert ours["Error"]["Code"] == theirs["Error"]["Code"]


def test_a_batch_tells_of_each_entry(both) -> None:
    both.reset()
    entries = [{"Id": "1", "MessageBody": "a"}, {"Id": "2", "MessageBody": "b", "DelaySeconds": 9}]
    asked = {"QueueUrl": f"{URL}parcels", "Entries": entries}
    ours, theirs = both.call("SendMessageBatch", asked, asked)
    assert [each["Id"] for each in ours["Successful"]] == ["1", "2"]
    assert [each["MD5OfMessageBody"] for each in ours["Successful"]] == [
        each["MD5OfMessageBody"] for each in theirs["Successful"]
    ]
    assert not ours.get("Failed")
    assert not theirs.get("Failed")
