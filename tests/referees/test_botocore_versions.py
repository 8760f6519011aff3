"""The packaged models and the SDK's calls under versions of botocore that Lambda's runtimes had.

`make referees` installs them into build/botocore/; without them there is nothing to ask.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.chalice.package import MODELS, sdk_files
from tests.support.infrastructure import ROOT

VERSIONS = sorted((ROOT / "build" / "botocore").glob("*"))

pytestmark = pytest.mark.skipif(not VERSIONS, reason="make referees installs other versions")

CALL_ALL = """
import io, json
import botocore
from botocore.awsrequest import AWSResponse
from chalicelib.adapters import sdk

class Body(io.BytesIO):
    def stream(self, *_, **__):
        yield self.read()

ANSWER = b'{"MessageId": "1", "FailedEntryCount": 0, "Entries": [], "QueueUrl": "https://q"}'
CALLS = {
    "dynamodb": ("update_item", {"TableName": "cart", "Key": {"pk": {"S": "CART#1"}}}),
    "events": ("put_events", {"Entries": [{"Source": "cart.api", "EventBusName": "cart"}]}),
    "scheduler": ("create_schedule", {"Name": "n", "GroupName": "cart"}),
    "sesv2": ("send_email", {"Content": {"Raw": {"Data": b"x"}}}),
    "sqs": ("get_queue_url", {"QueueName": "cart-reminders"}),
    "ssm": ("get_parameter", {"Name": "/cart/signing-keys", "WithDecryption": True}),
}
sent = {}
for service, (operation, parameters) in CALLS.items():
    client = sdk.client(service)
    def answer(request, service=service, **_):
        target = request.headers.get("X-Amz-Target")
        target = target.decode() if isinstance(target, bytes) else target
        sent[service] = [request.method, request.url, target]
        return AWSResponse(request.url, 200, {}, Body(ANSWER))
    client.meta.events.register("before-send", answer)
    getattr(client, operation)(**parameters)
print(json.dumps({
    "version": botocore.__version__,
    "models": sdk.session().get_config_variable("data_path"),
    "sent": sent,
    "exceptions": [
        sdk.client("dynamodb").exceptions.ConditionalCheckFailedException.__name__,
        sdk.client("scheduler").exceptions.ConflictException.__name__,
    ],
}))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out what the SDK finds of the package in Lambda."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "chalicelib").symlink_to(ROOT / "chalicelib")
    for name, content in sdk_files(ROOT / ".chalice").items():
        if name.startswith(f"{MODELS}/"):
            file = folder / name.removeprefix("chalicelib/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return folder


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "us-gov-west-1"])
@pytest.mark.parametrize("botocore", VERSIONS, ids=lambda folder: folder.name)
def test_every_service_is_called_at_its_endpoint(
    package: Path, botocore: Path, region: str
) -> None:
    told = calls(package, botocore, region)
    assert told["version"].startswith(f"{botocore.name}.")
    assert told["sent"] == {
        "dynamodb": ["POST", url("dynamodb", region), "DynamoDB_20120810.UpdateItem"],
        "events": ["POST", url("events", region), "AWSEvents.PutEvents"],
        "scheduler": ["POST", url("scheduler", region, "schedules/n"), None],
        "sesv2": ["POST", url("email", region, "v2/email/outbound-emails"), None],
        "sqs": ["POST", url("sqs", region), "AmazonSQS.GetQueueUrl"],
        "ssm": ["POST", url("ssm", region), "AmazonSSM.GetParameter"],
    }
    assert told["exceptions"] == ["ConditionalCheckFailedException", "ConflictException"]


def url(service: str, region: str, path: str = "") -> str:
    return f"https://{service}.{region}.amazonaws.com/{path}"


def calls(package: Path, botocore: Path, region: str) -> dict[str, Any]:
    """Return what a process sends that has this version of the SDK and the package."""
    setup = (
        "from pathlib import Path; from chalicelib.adapters import sdk;"
        f"sdk._MODELS = Path({str(package / 'aws_models')!r})\n"
    )
    run = subprocess.run(  # noqa: S603 - written above
        [sys.executable, "-c", setup + CALL_ALL],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(botocore), str(package)]),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": "nowhere",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found: dict[str, Any] = json.loads(run.stdout)
    return found
