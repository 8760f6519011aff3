"""The project, deployed to LocalEmu, visited and removed there, in the order of the tests."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.operations.verify.checks import CHECKS, name_of
from tests.deploy.localemu import emulator
from tests.deploy.localemu.emulator import LocalEmu
from tests.deploy.ministack.customer import eventually
from tests.deploy.packaging import (
    copy_project,
    fail_within_a_minute,
    make_wheels,
    pip_finds,
    remind_within_seconds,
    shorten_waiting,
)
from tests.deploy.stage import NAME, ROOT, SENDER
from tests.support.builders import on_bus, reminder_due

# LocalEmu's archive fails to replay, and log lines are no metrics.
LEFT_OUT = ("replay", "metrics")
ALL_BUT_RESOURCES = {name_of(check) for check in CHECKS} - {"resources"}
CONSUMER = f"cart-{NAME}-persist_cart"
QUEUE_CONSUMER = f"cart-{NAME}-send_reminder"


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("localemu")


@pytest.fixture(scope="session")
def localemu(folder):
    """Run LocalEmu, and deploy to it."""
    with emulator.running(Path(os.environ["LOCALEMU"]), folder) as running:
        project = copy_project(folder / "project")
        remind_within_seconds(project)
        fail_within_a_minute(project)
        shorten_waiting(folder / "models")
        (folder / "wheels").mkdir()
        make_wheels(folder / "wheels")
        # The domain as well, because LocalEmu finds no identity whose name has to be URL-encoded.
        for identity in (SENDER, SENDER.partition("@")[2]):
            running.client("sesv2").create_email_identity(EmailIdentity=identity)
        infra(running, folder, "deploy")
        yield running


def infra(localemu: LocalEmu, folder: Path, *arguments: str, code: int = 0) -> str:
    """Run a command of ``python -m infra`` on the stage; return what it printed."""
    done = subprocess.run(  # noqa: S603 - this project's own command
        [
            *(sys.executable, "-m", "infra", *arguments, "--stage", NAME),
            *("--endpoint-url", localemu.endpoint_url, "--project-dir", str(folder / "project")),
        ],
        cwd=ROOT,
        env={
            **localemu.environment(),
            **pip_finds(folder / "wheels"),
            "AWS_DATA_PATH": str(folder / "models"),
            "SHOP_FOLDER": str(folder / "project" / "chalicelib" / "shop"),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def test_what_was_changed_by_hand_is_told_and_restored(localemu: LocalEmu, folder: Path) -> None:
    functions, events = localemu.client("lambda"), localemu.client("events")
    functions.delete_function_event_invoke_config(FunctionName=CONSUMER)
    [mapping] = mappings_of(localemu)
    functions.delete_event_source_mapping(UUID=mapping)
    rule = {"Rule": "schedule-reminder", "EventBusName": f"cart-{NAME}"}
    targets = [each["Id"] for each in events.list_targets_by_rule(**rule)["Targets"]]
    events.remove_targets(**rule, Ids=targets)

    options = [option for each in ALL_BUT_RESOURCES for option in ("--leave-out", each)]
    told = infra(localemu, folder, "verify", *options, code=1)
    restored = infra(localemu, folder, "deploy")
    for what, how in {
        f"retries and destinations of {CONSUMER}": "missing",
        f"queue of {QUEUE_CONSUMER}": "missing",
        "target of rule schedule-reminder": "missing or changed",
    }.items():
        assert f"{what} is {how}" in told
        assert f"Restoring {what}, which was {how}" in restored


def test_what_localemu_can_show_holds(localemu: LocalEmu, folder: Path) -> None:
    page = folder / "page.md"
    options = [option for each in LEFT_OUT for option in ("--leave-out", each)]
    infra(
        localemu, folder, "verify", "--page", str(page), "--shop-url", localemu.api_url(), *options
    )
    others = [line for line in page.read_text().splitlines() if "| not looked at |" in line]
    assert len(others) == len(LEFT_OUT), others


def test_to_deploy_again_changes_nothing(localemu: LocalEmu, folder: Path) -> None:
    assert infra(localemu, folder, "deploy").count("  Nothing to change.") == 3


def test_a_reminder_that_is_driven_back_is_handled(localemu: LocalEmu, folder: Path) -> None:
    sqs, functions = localemu.client("sqs"), localemu.client("lambda")
    names = [f"cart-reminders-{NAME}", f"cart-reminders-dlq-{NAME}"]
    queue, dead_letters = [sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in names]
    [mapping] = mappings_of(localemu)
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    eventually(lambda: functions.get_event_source_mapping(UUID=mapping)["State"] == "Disabled")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(on_bus(reminder_due())))
    while not messages_in(sqs, dead_letters):
        assert messages_in(sqs, queue) == 1
        sqs.receive_message(QueueUrl=queue, VisibilityTimeout=0)
    functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    told = infra(localemu, folder, "redrive", "cart-reminders-dlq")
    assert told == f"1 messages moved from {names[1]}.\n"
    eventually(lambda: messages_in(sqs, queue) + messages_in(sqs, dead_letters) == 0)


def mappings_of(localemu: LocalEmu) -> list[str]:
    """Return the ids of what hands the queue's messages to its consumer."""
    listed = localemu.client("lambda").list_event_source_mappings(FunctionName=QUEUE_CONSUMER)
    return [mapping["UUID"] for mapping in listed["EventSourceMappings"]]


def messages_in(sqs: Any, url: str) -> int:
    """Count the messages that wait in a queue or are being tried."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(counts[name]) for name in names)


def test_to_destroy_leaves_nothing_but_the_table(localemu: LocalEmu, folder: Path) -> None:
    infra(localemu, folder, "destroy", "--yes")
    names = [bus["Name"] for bus in localemu.client("events").list_event_buses()["EventBuses"]]
    assert names == ["default"]
    assert localemu.client("events").list_rules()["Rules"] == []
    assert localemu.client("lambda").list_functions()["Functions"] == []
    assert localemu.client("sqs").list_queues().get("QueueUrls", []) == []
    assert localemu.client("apigateway").get_rest_apis()["items"] == []
    table = localemu.client("dynamodb").describe_table(TableName=f"cart-{NAME}")["Table"]
    assert table["DeletionProtectionEnabled"]
