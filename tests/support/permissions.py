"""What each function used its role for in a run of the local cloud.

Its own code uses the role, and so does Lambda on its behalf: to report its results, to poll its
queue and to write its logs. The code's calls and the results are taken from the run; the rest
leaves no trace there, and Lambda's documentation tells of it.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from infra.local.cloud import LocalCloud
from infra.local.engine import arns
from infra.local.project import STAGE
from tests.support import iam
from tests.support.chalice import CHALICE
from tests.support.iam import Policy, Request
from tests.support.iam_requests import arn, needed_for, put_event
from tests.support.infrastructure import ROOT, config_of, consumer_names, resources_of

Uses = Iterator[tuple[str, Request]]
"""A function, by the name that it has in ``.chalice/config.json``, and what it did."""

FUNCTIONS: Final = ("api_handler", *consumer_names())


def used_in(cloud: LocalCloud) -> Mapping[str, list[Request]]:
    """Give the requests to IAM of each function; dead letters of functions are taken along."""
    used: dict[str, dict[str, Request]] = defaultdict(dict)
    for uses in (_called(cloud), _reported(cloud), _dead_lettered(cloud), _polled(), _watched()):
        for function, request in uses:
            used[function][str(request)] = request
    return {function: list(requests.values()) for function, requests in used.items()}


@cache
def policy_of(function: str, stage: str, as_stage: str = STAGE) -> Policy:
    """Return a function's policy, its names changed to those of a stage, the local one."""
    file = CHALICE / config_of(function, stage).iam_policy_file
    return iam.load(file, stage, as_stage)


def declared(function: str) -> set[str]:
    """Return what an extension says that its function has to do with what is the cart's."""
    files = (ROOT / "chalicelib" / "extensions").glob("*/tests/touches.json")
    touched = [json.loads(file.read_text("utf-8")).get(function, []) for file in files]
    return {each for found in touched for each in found}


def refused_in(cloud: LocalCloud, stage: str = "prod") -> set[str]:
    """Give the calls of the functions' code in a run that their policies would refuse."""
    return {
        f"{function}: {request}"
        for function, request in _called(cloud)
        if not policy_of(function, stage).allows(request)
    }


def _called(cloud: LocalCloud) -> Uses:
    """What the functions' code calls."""
    for call in cloud.calls:
        for request in needed_for(call):
            yield _function_of(call.function), request


def _reported(cloud: LocalCloud) -> Uses:
    """What Lambda puts on the bus for functions whose destination it is."""
    for event in cloud.state()["events"]:
        if event["source"] == "lambda":
            bus, function = event["resources"]
            yield _function_of(function), put_event(bus, event["source"], event["detail-type"])


def _dead_lettered(cloud: LocalCloud) -> Uses:
    """What Lambda sends to the queue that is other functions' destination."""
    queue, sqs = f"cart-functions-dlq-{STAGE}", cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            function = json.loads(message["Body"])["requestContext"]["functionArn"]
            yield _function_of(function), Request("sqs:SendMessage", arn("sqs", queue))


def _polled() -> Uses:
    """What Lambda does to feed functions from queues: "Using Lambda with Amazon SQS"."""
    for resource in resources_of(STAGE).values():
        if resource.type == "AWS::Lambda::EventSourceMapping":
            function = _function_of(resource.properties["FunctionName"])
            for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
                yield function, Request(f"sqs:{action}", resource.properties["EventSourceArn"])


def _watched() -> Uses:
    """What Lambda writes: AWSLambdaBasicExecutionRole and AWSXRayDaemonWriteAccess, narrowed.

    Log groups are not among it, for Chalice and foundation.yaml create them.
    """
    for function in FUNCTIONS:
        name = f"cart-{STAGE}" if function == "api_handler" else f"cart-{STAGE}-{function}"
        stream = f"log-group:/aws/lambda/{name}:log-stream:2026/03/02/[$LATEST]0123456789abcdef"
        for action in ("CreateLogStream", "PutLogEvents"):
            yield function, Request(f"logs:{action}", arn("logs", stream))
        if config_of(function, STAGE).xray_enabled:
            for action in ("PutTraceSegments", "PutTelemetryRecords"):
                yield function, Request(f"xray:{action}", "*")


def _function_of(name: str) -> str:
    """Return which function has this name or ARN."""
    name = arns.parse(name).name if name.startswith("arn:") else name
    assert name.startswith(f"cart-{STAGE}"), f"{name!r} is no function: who made this call?"
    return name.removeprefix(f"cart-{STAGE}").removeprefix("-") or "api_handler"
