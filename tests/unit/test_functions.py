"""Each Lambda function starts by its handler's path, and loads only what it runs."""

import json
import subprocess
import sys
from typing import Final

import pytest

from app import app
from bench import samples
from chalicelib.settings import API_HANDLER, Names
from tests.support.infrastructure import ROOT

pytestmark = pytest.mark.own_shop

HANDLERS: Final = {
    API_HANDLER: "app.app",
    "persist_cart": "chalicelib.entrypoints.consumers.persist_cart",
    "schedule_reminder": "chalicelib.entrypoints.consumers.schedule_reminder",
    "send_reminder": "chalicelib.entrypoints.consumers.send_reminder",
    "record_failure": "chalicelib.entrypoints.consumers.record_failure",
    "suppress_address": "chalicelib.entrypoints.consumers.suppress_address",
}
"""A contract: `chalice deploy` never changes the handler of a function that exists."""

EXTENSIONS: Final = "chalicelib.extensions."

CONSUMERS: Final = [name for name in HANDLERS if name != API_HANDLER]

START: Final = """
import json, sys
module, _, name = sys.argv[1].rpartition(".")
handler = getattr(__import__(module, fromlist=["_"]), name)
assert callable(handler)
if len(sys.argv) > 2:
    handler(json.loads(sys.argv[2]), None)
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(name: str, event: object = None) -> set[str]:
    """Start a function as Lambda does, in a fresh interpreter; return the modules it loaded."""
    arguments = [HANDLERS[name]] if event is None else [HANDLERS[name], json.dumps(event)]
    output = subprocess.check_output(  # noqa: S603 - a program of ours
        [sys.executable, "-c", START, *arguments],
        cwd=ROOT,
        env={"AWS_LAMBDA_FUNCTION_NAME": Names("cart", "dev").function(name)},
        text=True,
    )
    return set(json.loads(output.splitlines()[-1]))


def test_every_function_has_the_handler_that_is_deployed() -> None:
    registered = {one.name: one.handler_string for one in app.pure_lambda_functions}
    added = {name for name, path in registered.items() if path.startswith(EXTENSIONS)}
    own = {name: path for name, path in registered.items() if name not in added}
    assert {**own, API_HANDLER: "app.app"} == HANDLERS


@pytest.mark.parametrize("name", HANDLERS)
def test_a_function_starts_without_the_sdk(name: str) -> None:
    assert not {module for module in loaded_by(name) if module.startswith("botocore")}


def test_the_api_starts_without_what_only_consumers_need() -> None:
    loaded = loaded_by(API_HANDLER)
    assert "chalicelib.entrypoints.customer_api" in loaded
    assert not loaded & {
        "chalicelib.entrypoints.consumers",
        "chalicelib.entrypoints.reporting",
        "chalicelib.usecases.reminder_mail",
        "chalicelib.web.openapi",
        "tomllib",
    }


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_consumer_starts_without_the_api(name: str) -> None:
    loaded = loaded_by(name)
    assert "chalicelib.entrypoints.consumers" in loaded
    assert "app" not in loaded
    assert "chalicelib.usecases.reminder_mail" not in loaded
    assert not {module for module in loaded if module.startswith("chalicelib.web")}


def test_a_function_that_calls_no_aws_service_runs_without_the_sdk() -> None:
    name, sample = samples.WITHOUT_A_CALL
    loaded = loaded_by(name, sample())
    assert not {module for module in loaded if module.startswith("botocore")}
