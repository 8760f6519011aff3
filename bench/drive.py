"""Invokes one function a number of times, as Lambda would, in a process that loads nothing else.

    python -S bench/drive.py SUBJECT COUNT WIRE EVENT_FILE

SUBJECT is ``module:name``, where the name may have dots or be a key in brackets. WIRE is what the
AWS calls reach: ``stub`` answers below the SDK, once a call is signed and serialised; ``none``
answers in place of the events client; ``network`` is left alone. The rest of this program costs
the same whatever it invokes, and is little beside it.
"""

import json
import sys
from types import SimpleNamespace

KEYS = [{"secret": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldCE=", "created_at": 1780000000}]
ANSWERS = {
    "PutEvents": '{"FailedEntryCount": 0, "Entries": [{"EventId": "11710aed"}]}',
    "UpdateItem": json.dumps(
        {
            "Attributes": {
                "pk": {"S": "CART#1"},
                "sk": {"S": "LINE#1"},
                "sent_at": {"S": "2026-03-02T09:30:00.000+00:00"},
            }
        }
    ),
    "PutItem": "{}",
    "GetItem": "{}",
    "GetParameter": json.dumps({"Parameter": {"Value": json.dumps(KEYS)}}),
}
NO_ITEMS = '{"Items": []}'
OTHERS = '{"ScheduleArn": "arn:aws:scheduler:::schedule/a/b", "MessageId": "1"}'
CONTEXT = SimpleNamespace(
    function_name="cart-dev",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:cart-dev",
    aws_request_id="52fdfc07-2182-454f-963f-5f0f9a621d72",
    get_remaining_time_in_millis=lambda: 10_000,
)


def resolve(subject):
    module, _, path = subject.partition(":")
    found = __import__(module, fromlist=["_"])
    for name in path.split("."):
        found = getattr(found, name)
    return found


def stub_the_wire(lines):
    from io import BytesIO

    from botocore.awsrequest import AWSResponse
    from botocore.httpsession import URLLib3Session

    class Raw(BytesIO):
        def stream(self, **_):
            yield self.read()

    def send(_, request):
        target = request.headers.get("X-Amz-Target", b"")
        target = target.decode() if isinstance(target, bytes) else target
        operation = target.rpartition(".")[2]
        answer = ANSWERS.get(operation, OTHERS)
        if operation == "Query":
            answer = NO_ITEMS if b'"REMINDER#"' in request.body else lines
        headers = {"Content-Type": "application/x-amz-json-1.1"}
        return AWSResponse(request.url, 200, headers, Raw(answer.encode()))

    URLLib3Session.send = send


def replace_the_client():
    from chalicelib import wiring

    answer = json.loads(ANSWERS["PutEvents"])
    wiring.adapters.event_bus._client = SimpleNamespace(put_events=lambda **_: answer)


def main():
    subject, count, wire, event_file = sys.argv[1:]
    with open(event_file, encoding="utf-8") as file:
        event, lines = json.load(file)
    handler = resolve(subject)
    if wire == "stub":
        stub_the_wire(json.dumps(lines))
    if wire == "none":
        replace_the_client()
    for _ in range(int(count)):
        answer = handler(event, CONTEXT)
    if isinstance(answer, dict) and answer.get("statusCode", 202) != 202:
        sys.exit(f"{subject} answered {answer}")
    if isinstance(answer, dict) and answer.get("batchItemFailures"):
        sys.exit(f"{subject} failed: {answer}")


main()
