"""Parts of the operator's commands that need no emulator, or that no emulator has."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from importlib import resources

import boto3
import click
import pytest
from botocore.exceptions import ClientError
from freezegun import freeze_time

from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import STACKS, template_of
from infra.operations import queues, schedules
from infra.operations.configuration import Configuration
from infra.operations.deploy import leftovers, limits, stack_changes
from infra.operations.problems import Problem
from infra.operations.queues import redrive
from infra.operations.replaying import Moment
from infra.operations.target import ROOT, Target
from infra.operations.watching import line_of
from tests.support.chalice import CHALICE, PROJECT
from tests.support.infrastructure import RESOURCES, STAGES, resources_of
from tests.support.times import NOON


@dataclass
class FakeSqs:
    """Moves the messages of one dead-letter queue, in as many looks as it is told."""

    statuses: list[str]
    started: list[str] = field(default_factory=list)

    def get_queue_url(self, *, QueueName: str) -> dict[str, str]:  # noqa: N803
        return {"QueueUrl": f"https://sqs/{QueueName}"}

    def start_message_move_task(self, *, SourceArn: str) -> None:  # noqa: N803
        self.started.append(SourceArn)

    def list_message_move_tasks(self, *, SourceArn: str) -> dict[str, object]:  # noqa: N803
        assert SourceArn in self.started
        if self.statuses[0] == "not listed yet":
            self.statuses.pop(0)
            return {"Results": []}
        moved = {"ApproximateNumberOfMessagesMoved": 3, "FailureReason": "AccessDenied"}
        return {"Results": [{"Status": self.statuses.pop(0), **moved}, {"Status": "COMPLETED"}]}


def target(sqs: FakeSqs) -> Target:
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    configuration = Configuration(PROJECT, "dev")
    found = Target(configuration, session, "123456789012", "aws", "http://localhost:1")
    found.clients["sqs"] = sqs
    return found


DLQ = "cart-reminders-dlq"


class TestRedrive:
    def test_it_waits_until_the_messages_are_back(self, capsys) -> None:
        sqs = FakeSqs(["RUNNING", "RUNNING", "COMPLETED"])
        redrive(target(sqs), "cart-reminders-dlq")
        assert sqs.started == ["arn:aws:sqs:eu-central-1:123456789012:cart-reminders-dlq-dev"]
        assert capsys.readouterr().out == "3 messages moved from cart-reminders-dlq-dev.\n"

    def test_it_waits_until_sqs_lists_the_task(self, capsys) -> None:
        redrive(target(FakeSqs(["not listed yet", "not listed yet", "COMPLETED"])), DLQ)
        assert capsys.readouterr().out == f"3 messages moved from {DLQ}-dev.\n"

    def test_it_does_not_wait_for_ever(self, monkeypatch) -> None:
        monkeypatch.setattr(queues, "MAX_WAIT_SECONDS", 0.05)
        with pytest.raises(Problem, match="SQS does not tell how far it is"):
            redrive(target(FakeSqs(["not listed yet"] * 1000)), DLQ)

    def test_it_says_why_sqs_stopped(self) -> None:
        with pytest.raises(Problem, match="SQS stopped moving: AccessDenied"):
            redrive(target(FakeSqs(["FAILED"])), "cart-reminders-dlq-dev")


class TestMoment:
    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-03-02T10:00", NOON - timedelta(hours=2)),
            ("2026-03-02T10:00:00+02:00", NOON - timedelta(hours=4)),
            ("2026-03-02", NOON - timedelta(hours=12)),
            ("30m", NOON - timedelta(minutes=30)),
            ("3h", NOON - timedelta(hours=3)),
            ("2d", NOON - timedelta(days=2)),
        ],
    )
    def test_it_is_utc_or_ago(self, text: str, moment: datetime) -> None:
        with freeze_time(NOON):
            assert Moment().convert(text, None, None) == moment

    @pytest.mark.parametrize("text", ["yesterday", "3w", "-3h", ""])
    def test_anything_else_is_explained(self, text: str) -> None:
        with pytest.raises(click.BadParameter, match="neither like 2026-11-21T10:00 nor like 2h"):
            Moment().convert(text, None, None)


class TestLineOfAnEvent:
    DETAIL = {  # noqa: RUF012 - read only
        "metadata": {"event_id": "0190-1"},
        "data": {"cart_id": "c-1", "customer": {"email": "ada@example.com", "name": "Ada"}},
    }

    def result(self, kind: str, condition: str, payload: object) -> str:
        context = {
            "condition": condition,
            "functionArn": "arn:aws:lambda:eu-central-1:1:function:cart-dev-persist_cart:$LATEST",
            "approximateInvokeCount": 3,
        }
        request = {"source": "cart.api", "detail": self.DETAIL}
        return line_of(
            {
                "time": "2026-03-02T12:00:00Z",
                "source": "lambda",
                "detail-type": f"Lambda Function Invocation Result - {kind}",
                "detail": {
                    "requestContext": context,
                    "requestPayload": request,
                    "responsePayload": payload,
                },
            }
        )

    def test_it_names_what_was_done(self) -> None:
        line = self.result("Success", "Success", {"action": "persisted"})
        assert line == "2026-03-02T12:00:00Z    cart-dev-persist_cart: persisted event=0190-1"

    def test_a_failure_is_marked(self) -> None:
        payload = {"errorType": "TransientError", "errorMessage": "ada@example.com"}
        line = self.result("Failure", "RetriesExhausted", payload)
        assert line.endswith(
            "! cart-dev-persist_cart: RetriesExhausted TransientError attempts=3 event=0190-1"
        )

    def test_a_rejection_is_marked(self) -> None:
        payload = {"action": "rejected", "error": {"code": "unknown_sku", "message": "Ada"}}
        line = self.result("Success", "Success", payload)
        assert "! cart-dev-persist_cart: Success unknown_sku" in line
        assert "ada" not in line.lower()

    def test_what_somebody_else_put_on_the_bus_is_named_too(self) -> None:
        event = {"time": "t", "source": "elsewhere", "detail-type": "Other", "detail": {"a": 1}}
        assert line_of(event).split() == ["t", "Other", "from", "elsewhere"]


class TestTemplates:
    @pytest.mark.parametrize("template", STACKS)
    def test_a_template_is_small_enough_to_be_sent(self, template: str) -> None:
        assert len(stack_changes.body(target(FakeSqs([])), template)) <= 51_200

    def test_what_outlives_its_stack_has_a_static_name_to_be_taken_over_by(self) -> None:
        """CloudFormation: "Import AWS resources into a CloudFormation stack automatically"."""
        resources = json.loads(stack_changes.body(target(FakeSqs([])), "foundation"))["Resources"]
        kept = {
            name: resource
            for name, resource in resources.items()
            if resource.get("DeletionPolicy", "").startswith("Retain")
        }
        assert set(kept) == {"Table"}
        assert kept["Table"]["Properties"]["TableName"] == "cart-dev"

    @pytest.mark.parametrize("template", STACKS)
    def test_what_is_sent_comes_to_what_the_template_says(self, template: str) -> None:
        here = target(FakeSqs([]))
        body = json.loads(stack_changes.body(here, template))
        written = template_of(template)
        sent = replace(written, body=body)
        pseudo = Pseudo(here.account, here.region, here.partition, f"cart-dev-{template}")
        parameters = here.parameters(template)
        assert sent.resolve(parameters, pseudo) == written.resolve(parameters, pseudo)
        assert not re.search(
            r"\$\{(Stage|Prefix|AWS::(AccountId|Partition|Region))\}", str(body["Resources"])
        )

    def test_a_number_that_the_stage_decides_is_sent_as_one(self) -> None:
        sent = json.loads(stack_changes.body(target(FakeSqs([])), "subscriptions"))["Resources"]
        scaling = sent["SendReminderMapping"]["Properties"]["ScalingConfig"]
        assert isinstance(scaling["MaximumConcurrency"], int)

    def test_the_shop_is_at_the_stage_that_chalice_deploys_the_api_to(self) -> None:
        config = json.loads((CHALICE / "config.json").read_text(encoding="utf-8"))
        outputs = (ROOT / "infra/templates/foundation.yaml").read_text(encoding="utf-8")
        assert f"${{AWS::URLSuffix}}/{config['api_gateway_stage']}/" in outputs
        assert RESOURCES["RestApi"].properties["Name"] == config["app_name"]
        assert [stage for stage in STAGES if "RestApi" in resources_of(stage)] == ["dev", "prod"]


class FakeScheduler:
    """Has a schedule group that is deleted after some looks at it."""

    exceptions = None

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def get_schedule_group(self, *, Name: str) -> dict[str, str]:  # noqa: N803
        if self._looks == 0:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetScheduleGroup")
        self._looks -= 1
        return {"Name": Name, "State": "DELETING"}


class FakeCloudFormation:
    """Remembers stacks that were deleted."""

    def __init__(self, **deleted: datetime) -> None:
        self._stacks = [
            {"StackName": f"cart-dev-{name}", "DeletionTime": at} for name, at in deleted.items()
        ]

    def get_paginator(self, _: str) -> "FakeCloudFormation":
        return self

    def paginate(self, **_: object) -> list[dict[str, object]]:
        return [{"StackSummaries": self._stacks}, {"StackSummaries": []}]


class TestDeployingRightAfterDestroying:
    def waits(self, scheduler: FakeScheduler, stacks: FakeCloudFormation) -> list[float]:
        waited: list[float] = []
        found = replace(target(FakeSqs([])), endpoint_url=None)
        found.clients.update(scheduler=scheduler, cloudformation=stacks)
        with freeze_time(NOON):
            leftovers.wait(found, waited.append)
        return waited

    def test_it_waits_until_the_schedule_group_is_gone(self, capsys) -> None:
        assert self.waits(FakeScheduler(3), FakeCloudFormation()) == [2, 2, 2]
        said = capsys.readouterr().out
        assert said == "  Waiting until Scheduler has deleted the group cart-reminders-dev\n"

    @pytest.mark.parametrize(
        ("seconds_ago", "waits"), [(0, [60]), (20, [40]), (59, [1]), (60, []), (3600, [])]
    )
    def test_it_waits_until_the_queues_names_are_free(
        self, seconds_ago: int, waits: list[int], capsys
    ) -> None:
        deleted = FakeCloudFormation(foundation=NOON - timedelta(seconds=seconds_ago))
        assert self.waits(FakeScheduler(0), deleted) == waits
        assert ("until SQS frees the names" in capsys.readouterr().out) == bool(waits)

    def test_another_stacks_deletion_is_nothing_to_wait_for(self) -> None:
        assert self.waits(FakeScheduler(0), FakeCloudFormation(subscriptions=NOON)) == []
        assert self.waits(FakeScheduler(0), FakeCloudFormation()) == []


class FakeSchedules:
    """Has a group with this many schedules, and counts how many of them it was asked for."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.listed = 0

    def get_schedule_group(self, *, Name: str) -> dict[str, str]:  # noqa: N803
        return {"Name": Name}

    def get_paginator(self, _: str) -> "FakeSchedules":
        return self

    def paginate(self, *, GroupName: str, PaginationConfig: dict[str, int]) -> Iterator[object]:  # noqa: N803
        assert GroupName == "cart-reminders-dev"
        self.listed = min(self._count, PaginationConfig["MaxItems"])
        for start in range(0, self.listed, 100):
            numbers = range(start, min(start + 100, self.listed))
            yield {"Schedules": [{"Name": f"s{number}"} for number in numbers]}


class TestSchedules:
    @pytest.mark.parametrize(
        ("count", "text", "are_all"),
        [
            (0, "0", True),
            (7, "7", True),
            (1000, "1000", True),
            (1001, "more than 1000", False),
            (9_999_999, "more than 1000", False),
        ],
    )
    def test_no_more_than_a_thousand_are_listed(
        self, count: int, text: str, *, are_all: bool
    ) -> None:
        scheduler = FakeSchedules(count)
        asking = target(FakeSqs([]))
        asking.clients["scheduler"] = scheduler
        found = schedules.found(asking)
        assert (str(found), found.are_all) == (text, are_all)
        assert scheduler.listed <= schedules.MAX_LISTED + 1


@dataclass(frozen=True)
class FakeAccount:
    """Answers as Lambda and SES what an account may do."""

    concurrency: int = 1000
    has_left_the_sandbox: bool = True
    may_be_asked: bool = True
    quotas: dict[str, int] = field(default_factory=lambda: {"PutEvents": 10_000})

    def get_paginator(self, operation: str) -> "FakeAccount":
        assert operation == "list_service_quotas"
        return self

    def paginate(self, *, ServiceCode: str) -> list[dict[str, list[dict[str, object]]]]:  # noqa: N803
        self._check()
        service = {"PutEvents": "events", "CreateSchedule": "scheduler"}
        named = [
            {"QuotaName": f"{name} throttle limit in transactions per second", "Value": value}
            for name, value in self.quotas.items()
            if service[name] == ServiceCode
        ]
        return [{"Quotas": [{"QuotaName": "Event buses", "Value": 100}]}, {"Quotas": named}]

    def get_account_settings(self) -> dict[str, dict[str, int]]:
        self._check()
        return {"AccountLimit": {"ConcurrentExecutions": self.concurrency}}

    def get_account(self) -> dict[str, bool]:
        self._check()
        return {"ProductionAccessEnabled": self.has_left_the_sandbox}

    def _check(self) -> None:
        if not self.may_be_asked:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetAccount")


class TestNotes:
    @pytest.mark.parametrize(
        ("account", "words"),
        [
            (FakeAccount(), []),
            (FakeAccount(concurrency=10), ["runs 10 functions at once at most"]),
            (FakeAccount(concurrency=99), ["runs 99 functions at once at most"]),
            (FakeAccount(concurrency=100), []),
            (FakeAccount(has_left_the_sandbox=False), ["SES in eu-central-1 is in its sandbox"]),
            (FakeAccount(10, has_left_the_sandbox=False), ["runs 10 functions", "its sandbox"]),
            (FakeAccount(10, may_be_asked=False), ["was refused: AccessDeniedException"] * 3),
            (FakeAccount(quotas={"PutEvents": 400}), ["400 of PutEvents in eu-central-1"]),
            (FakeAccount(quotas={"PutEvents": 500, "CreateSchedule": 500}), []),
            (FakeAccount(quotas={"CreateSchedule": 250}), ["250 of CreateSchedule"]),
        ],
    )
    def test_the_limits_of_a_new_account_are_told(
        self, account: FakeAccount, words: list[str]
    ) -> None:
        asked = replace(target(FakeSqs([])), endpoint_url=None)
        asked.clients.update({"lambda": account, "sesv2": account, "service-quotas": account})
        notes = list(limits.notes(asked, NOON))
        assert len(notes) == len(words)
        for note, expected in zip(notes, words, strict=True):
            assert expected in note

    def test_an_emulator_has_none(self) -> None:
        asked = target(FakeSqs([]))
        asked.clients.update({"lambda": FakeAccount(1), "sesv2": FakeAccount(1)})
        assert list(limits.notes(asked, NOON)) == []

    @pytest.mark.parametrize(("days", "told"), [(181, 0), (179, 1), (-1, 1)])
    def test_the_end_of_the_runtime_is_told_half_a_year_before(self, days: int, told: int) -> None:
        asked = replace(target(FakeSqs([])), endpoint_url=None)
        account = FakeAccount()
        asked.clients.update({"lambda": account, "sesv2": account, "service-quotas": account})
        ends = datetime.combine(limits.RUNTIMES[sys.version_info[:2]], time(), UTC)
        assert len(list(limits.notes(asked, ends - timedelta(days=days)))) == told

    def test_runtimes_end_when_cfn_lint_says(self) -> None:
        data = resources.files("cfnlint.data.AdditionalSpecs") / "LmbdRuntimeLifecycle.json"
        known = json.loads(data.read_text(encoding="utf-8"))
        assert {
            version: known[f"python{version[0]}.{version[1]}"]["deprecated"]
            for version in limits.RUNTIMES
        } == {version: ends.isoformat() for version, ends in limits.RUNTIMES.items()}

    @pytest.mark.parametrize("version", limits.RUNTIMES)
    def test_a_version_that_lambda_has_is_no_problem(self, version: tuple[int, int]) -> None:
        assert limits.runtime_problem(version) is None

    @pytest.mark.parametrize("version", [(3, 10), (3, 15)])
    def test_a_version_that_lambda_has_not_is_refused(self, version: tuple[int, int]) -> None:
        problem = limits.runtime_problem(version)
        assert problem is not None
        assert f"is known for 3.{version[1]}" in problem


class FakeStack:
    """A stack that is created while it is looked at: one resource more, each time."""

    def __init__(self, *resources: str) -> None:
        self._resources = resources
        self._looks = 0
        self._change_set = {"ChangeSetName": "c", "StackId": "s", "Status": "CREATE_COMPLETE"}

    def describe_stacks(self, *, StackName: str) -> dict[str, object]:  # noqa: N803
        if StackName != "s":
            raise ClientError({"Error": {"Code": "ValidationError"}}, "DescribeStacks")
        self._looks += 1
        done = self._looks > len(self._resources)
        return {"Stacks": [{"StackStatus": f"CREATE_{'COMPLETE' if done else 'IN_PROGRESS'}"}]}

    def create_change_set(self, **_: object) -> dict[str, str]:
        return {"Id": "c"}

    def describe_change_set(
        self,
        *,
        StackName: str,  # noqa: N803
        ChangeSetName: str,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> dict[str, object]:
        assert (StackName, ChangeSetName[:7]) == ("cart-dev-foundation", "deploy-")
        position = int(NextToken)
        change = {"ResourceChange": {"LogicalResourceId": self._resources[position]}}
        more = {"NextToken": str(position + 1)} if position + 1 < len(self._resources) else {}
        return {**self._change_set, "Changes": [change], **more}

    def execute_change_set(self, **_: object) -> None:
        """Begin: nothing has happened yet."""

    def get_paginator(self, _: str) -> "FakeStack":
        return self

    def paginate(self, **_: object) -> list[dict[str, object]]:
        names = self._resources[: self._looks]
        whole = ["cart-dev-foundation"] if self._looks > len(self._resources) else []
        events = [
            {
                "EventId": name,
                "StackName": "cart-dev-foundation",
                "LogicalResourceId": name,
                "ResourceStatus": "CREATE_COMPLETE",
            }
            for name in (*names, *whole)
        ]
        return [{"StackEvents": events[::-1]}]


def test_each_resource_of_a_stack_is_told_and_counted(capsys) -> None:
    deploying = target(FakeSqs([]))
    deploying.clients["cloudformation"] = FakeStack("EventBus", "Table", "UserPool")
    assert stack_changes.deploy(deploying, "foundation")
    assert capsys.readouterr().out.splitlines() == [
        "    1 of 3  CREATE_COMPLETE  EventBus",
        "    2 of 3  CREATE_COMPLETE  Table",
        "    3 of 3  CREATE_COMPLETE  UserPool",
        "    3 of 3  CREATE_COMPLETE  cart-dev-foundation",
    ]
