"""The packaged bytecode under AWS's own runtime client, on each version of Python that there is.

`make referees` installs the client into build/awslambdaric/; without it there is nothing to ask.
"""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from chalicelib.domain import invocations
from chalicelib.domain.events import Customer
from infra.chalice.package import SWITCH, compile_sources
from infra.local.aws.lambda_invocation import error_payload
from tests.deploy.packaging import FOUND_OUT, configured, make_wheels, package, pip_finds
from tests.referees import runtimes
from tests.support.builders import (
    invocation_record,
    invocation_result,
    item_added,
    on_bus,
    reminder_due,
    sqs_event,
    sqs_record,
)
from tests.support.infrastructure import CONFIG
from tests.support.products import FAILING, MUG
from tests.support.runtime_api import TIMED_OUT, Function, running

CONSUMERS = "chalicelib.entrypoints.consumers"
INSTALLED = [v for v in runtimes.VERSIONS if (runtimes.CLIENTS / v / "ready").exists()]

pytestmark = pytest.mark.skipif(not INSTALLED, reason="make referees installs the client")

Start = Callable[..., AbstractContextManager[Function]]

HANGING = """
import time
from chalicelib.telemetry.logs import Hop

def handler(event, context):
    Hop("hanging").ended("failed", left=context.get_remaining_time_in_millis() > 0)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """Package the project as it is deployed, but for the bytecode."""
    folder = tmp_path_factory.mktemp("packaged")
    wheels = folder / "wheels"
    wheels.mkdir()
    make_wheels(wheels)
    project = configured(folder / "project")
    with pytest.MonkeyPatch.context() as patch:
        plain = {SWITCH: "no", "AWS_DEFAULT_REGION": "eu-central-1"}
        for name, value in {**plain, **pip_finds(wheels)}.items():
            patch.setenv(name, value)
        file = package(project, folder / "out")
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder / "package")
    return folder / "package"


@pytest.fixture(scope="module", params=INSTALLED)
def start(request, sources, tmp_path_factory) -> Start:
    """Compile the package for a version of Python; give what starts a function of it."""
    client, python = runtimes.CLIENTS / request.param, runtimes.found()[request.param]
    task = tmp_path_factory.mktemp("task") / "package"
    shutil.copytree(sources, task)
    shutil.rmtree(task / "msgspec")
    shutil.copytree(client / "msgspec", task / "msgspec")  # as pip packs it for this version
    compile_sources(task, python)
    for source in task.rglob("*.py"):
        if source != task / "app.py":
            source.unlink()
    (task / "hanging.py").write_text(HANGING, encoding="utf-8")
    return partial(running, python, client, task, environment=environment())


def environment() -> Mapping[str, str]:
    """Return the functions' environment; AWS refuses every connection."""
    return {
        **CONFIG["stages"]["dev"]["environment_variables"],
        **FOUND_OUT,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }


def test_the_api_answers(start: Start) -> None:
    context = {"resourcePath": "/products", "httpMethod": "GET", "path": "/api/products"}
    event: dict[str, object] = {
        "requestContext": context,
        "headers": {},
        "multiValueQueryStringParameters": None,
    }
    event |= {"pathParameters": {}, "body": None, "stageVariables": None, "isBase64Encoded": False}
    with start("app.app") as function:
        payload, is_error = function.invoke(event)
    assert (payload["statusCode"], is_error) == (200, False)
    assert MUG in payload["body"]


def test_a_line_that_is_its_metrics_is_logged_as_it_is_printed(start: Start) -> None:
    """CloudWatch reads metrics only from a line whose outermost object holds them."""
    unverified = item_added(at=datetime.now(UTC), customer=Customer("c-1"))
    with start(f"{CONSUMERS}.schedule_reminder") as function:
        payload, _ = function.invoke(on_bus(unverified))
    assert payload == {
        "source": "cart.consumers",
        "action": "skipped",
        "reason": "no_verified_address",
    }
    [line] = function.logged()
    assert (line["hop"], line["outcome"]) == ("schedule_reminder", "skipped")
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "cart-dev"
    assert line[directive["Metrics"][0]["Name"]] == 1


def test_an_error_is_reported_as_the_local_cloud_reports_it(start: Start) -> None:
    event = on_bus(item_added(FAILING, at=datetime.now(UTC)))
    with start(f"{CONSUMERS}.persist_cart") as function:
        payload, is_error = function.invoke(event)
    assert is_error
    assert payload["errorType"] == "TransientError"
    assert payload["errorMessage"] == "This product cannot be added yet."
    assert payload.keys() == error_payload(ValueError(), "").keys()
    assert [line["outcome"] for line in function.logged() if "hop" in line] == ["raised"]
    record = invocation_record(event, payload, condition="RetriesExhausted", attempts=3)
    assert invocations.parse(invocation_result(record)).response == payload


def test_a_function_knows_how_much_time_is_left(start: Start) -> None:
    messages = [{**sqs_record(on_bus(reminder_due())), "messageId": f"m-{n}"} for n in range(2)]
    with start(f"{CONSUMERS}.send_reminder") as function:
        in_haste, _ = function.invoke(sqs_event(*messages), seconds=15)
    assert len(function.logged()) == 1
    assert [each["itemIdentifier"] for each in in_haste["batchItemFailures"]] == ["m-0", "m-1"]


def test_what_was_logged_before_a_time_out_is_kept(start: Start) -> None:
    with start("hanging.handler") as function:
        payload, _ = function.invoke({}, seconds=5)  # so long that it has begun
    assert payload == {"errorType": TIMED_OUT}
    [line] = function.logged()
    assert (line["hop"], line["outcome"], line["left"]) == ("hanging", "failed", True)


def test_what_cannot_be_loaded_is_an_error_of_the_start(start: Start) -> None:
    with start(f"{CONSUMERS}.nobody") as function:
        payload, is_error = function.invoke({})
    assert (payload["errorType"], is_error) == ("Runtime.HandlerNotFound", True)
