"""What goes wrong is said in one clear sentence, with exit code 1 and no traceback."""

import json

import boto3
import pytest
from moto.cloudformation.models import cloudformation_backends

from infra.operations.deploy import preflight
from tests.deploy.inventory import names
from tests.deploy.stage import SENDER, Stage

UNKNOWN = "http://127.0.0.1:9"


class TestCredentialsAndRegion:
    """Nobody listens at the other end: none of these gets as far as that, but the last."""

    @pytest.fixture
    def nowhere(self, stage: Stage) -> Stage:
        return Stage(stage.project, "https://emulator.example.com")

    def test_credentials_are_missing(self, nowhere: Stage, monkeypatch) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        (line,) = nowhere.fail("deploy")
        assert line.startswith("Error: There are no AWS credentials: ")

    def test_the_region_is_missing(self, nowhere: Stage, monkeypatch) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        (line,) = nowhere.fail("deploy")
        assert line == "Error: No AWS region is set: give --region, or set AWS_REGION."

    def test_there_is_no_such_region(self, nowhere: Stage) -> None:
        (line,) = nowhere.fail("deploy", "--region", "eu-centrl-1")
        assert line == "Error: EventBridge Scheduler is in no AWS region eu-centrl-1."

    def test_there_is_no_such_profile(self, nowhere: Stage) -> None:
        (line,) = nowhere.fail("status", "--profile", "nobody")
        assert line == "Error: There is no profile nobody."

    def test_nothing_answers_at_the_endpoint(self, stage: Stage) -> None:
        (line,) = Stage(stage.project, UNKNOWN).fail("status")
        assert line == f"Error: Nothing answers at {UNKNOWN}/."

    def test_a_machine_without_settings_can_use_an_emulator(
        self, stage: Stage, monkeypatch
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name)
        assert "region eu-central-1" in stage.succeed("status")


def set_sender(stage: Stage, sender: str) -> None:
    file = stage.target().configuration.file
    config = json.loads(file.read_text(encoding="utf-8"))
    config["stages"]["dev"]["environment_variables"]["MAIL_SENDER"] = sender
    file.write_text(json.dumps(config), encoding="utf-8")


class TestBeforeAnythingIsChanged:
    def test_the_sender_is_not_verified(self, stage: Stage) -> None:
        stage.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
        (line,) = stage.fail("deploy")
        assert line.startswith(f"Error: SES in eu-central-1 may not send from {SENDER}: ")
        assert "stack" not in names(stage)

    @pytest.mark.parametrize("domain", ["shop.example.com", "example.com"])
    def test_a_verified_domain_is_enough_for_its_subdomains_too(
        self, stage: Stage, domain: str
    ) -> None:
        stage.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
        stage.client("sesv2").create_email_identity(EmailIdentity=domain)
        assert list(preflight.problems(stage.target())) == []

    @pytest.mark.parametrize("domain", ["other.example.com", "op.example.com", "com"])
    def test_another_verified_domain_is_not_enough(self, stage: Stage, domain: str) -> None:
        stage.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
        stage.client("sesv2").create_email_identity(EmailIdentity=domain)
        (problem,) = preflight.problems(stage.target())
        assert "may not send from" in problem

    @pytest.mark.parametrize(
        "sender", [f"Shop <{SENDER}>", f'"Bean, Leaf" <{SENDER}>', f"Blätter <{SENDER}>"]
    )
    def test_the_sender_may_have_a_name(self, stage: Stage, sender: str) -> None:
        set_sender(stage, sender)
        assert list(preflight.problems(stage.target())) == []

    @pytest.mark.parametrize("sender", ["Shop", f"{SENDER}, a@example.com", "Shop <shop>"])
    def test_the_sender_is_not_one_address(self, stage: Stage, sender: str) -> None:
        set_sender(stage, sender)
        (problem,) = preflight.problems(stage.target())
        assert problem.startswith("MAIL_SENDER of stage dev in .chalice/config.json is not one ")

    @pytest.mark.parametrize("sender", ["other@shop.example.com", f"Shop <x{SENDER}>"])
    def test_the_policy_allows_mail_from_another_address(self, stage: Stage, sender: str) -> None:
        stage.client("sesv2").create_email_identity(EmailIdentity="shop.example.com")
        set_sender(stage, sender)
        problems = list(preflight.problems(stage.target()))
        policy = f"policy-dev-send_reminder.json allows mail from {SENDER} only"
        assert sum(problem.startswith(policy) for problem in problems) == 1
        assert all(problem.endswith(": run `python -m infra configure`.") for problem in problems)

    def test_all_names_that_are_taken_are_named_at_once(self, stage: Stage) -> None:
        stage.client("events").create_event_bus(Name="cart-dev")
        stage.client("sqs").create_queue(QueueName="cart-rules-dlq-dev")
        stage.client("scheduler").create_schedule_group(Name="cart-reminders-dev")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        stage.client("iam").create_role(
            RoleName="cart-dev-scheduler", AssumeRolePolicyDocument=trust
        )
        lines = stage.fail("deploy")
        assert {line.partition(":")[2].partition(":")[0] for line in lines} == {
            " The name cart-dev is taken by another EventBus",
            " The name cart-rules-dlq-dev is taken by another Queue",
            " The name cart-dev-scheduler is taken by another Role",
            " The name cart-reminders-dev is taken by another ScheduleGroup",
        }
        assert "stack" not in names(stage)

    @pytest.mark.parametrize(
        ("status", "advice"),
        [
            ("ROLLBACK_COMPLETE", "can only be deleted: run `python -m infra destroy --stage dev`"),
            ("DELETE_FAILED", "can only be deleted: run `python -m infra destroy --stage dev`"),
            ("UPDATE_ROLLBACK_FAILED", "continue its roll-back in the CloudFormation console"),
        ],
    )
    def test_a_stack_is_in_a_state_that_nothing_can_be_deployed_to(
        self, foundation: Stage, status: str, advice: str
    ) -> None:
        (stack,) = cloudformation_backends["123456789012"]["eu-central-1"].stacks.values()
        stack.status = status
        (line,) = foundation.fail("deploy")
        assert line.startswith(f"Error: The stack cart-dev-foundation is in {status}")
        assert advice in line

    def test_the_bus_was_deleted_by_hand(self, foundation: Stage) -> None:
        foundation.client("events").delete_archive(ArchiveName="cart-dev")
        foundation.client("events").delete_event_bus(Name="cart-dev")
        (line,) = foundation.fail("deploy")
        assert line.startswith("Error: The event bus cart-dev is missing")

    def test_the_stage_is_deployed_in_another_region(self, foundation: Stage) -> None:
        (line,) = foundation.fail("deploy", "--region", "us-east-1")
        assert line.startswith("Error: Stage dev is deployed in region eu-central-1 of account ")
        assert "not in us-east-1" in line
        elsewhere = boto3.client(
            "cloudformation", region_name="us-east-1", endpoint_url=foundation.endpoint_url
        )
        assert elsewhere.describe_stacks()["Stacks"] == []

    def test_without_a_region_the_one_that_the_stage_is_in_is_used(
        self, foundation: Stage, monkeypatch
    ) -> None:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
        assert "region eu-central-1" in foundation.succeed("status")


class TestWhileDeploying:
    def test_chalice_cannot_load_the_app(self, stage: Stage) -> None:
        (stage.project / "app.py").write_text("import nothing_like_it\n", encoding="utf-8")
        (line,) = stage.fail("deploy")
        assert line == "Error: chalice deploy failed: No module named 'nothing_like_it'"

    def test_the_configuration_is_not_json(self, stage: Stage) -> None:
        config = stage.project / ".chalice" / "config.json"
        config.write_text("{", encoding="utf-8")
        (line,) = stage.fail("status")
        assert line.startswith(f"Error: {config} is not JSON: ")


class TestWhatDoesNotExist:
    def test_outputs_of_a_stage_that_is_not_deployed(self, stage: Stage) -> None:
        (line,) = stage.fail("outputs")
        assert line == "Error: Stage dev is not deployed in eu-central-1."

    def test_redriving_a_queue_that_does_not_exist(self, stage: Stage) -> None:
        (line,) = stage.fail("redrive", "cart-remainders")
        assert line.startswith("Error: There is no dead-letter queue cart-remainders: there are ")
        (line,) = stage.fail("redrive", "cart-reminders-dlq")
        assert line.startswith("Error: The queue cart-reminders-dlq-dev does not exist")

    def test_redriving_what_never_was_in_a_queue(self, stage: Stage) -> None:
        stage.client("sqs").create_queue(QueueName="cart-rules-dlq-dev")
        (line,) = stage.fail("redrive", "cart-rules-dlq")
        assert "python -m infra replay" in line

    def test_replaying_through_a_rule_that_does_not_exist(self, stage: Stage) -> None:
        (line,) = stage.fail("replay", "--from", "2h", "--rule", "persist")
        assert line.startswith("Error: There is no rule persist: there are ")
        assert " persist-cart, " in line

    def test_replaying_nothing(self, stage: Stage) -> None:
        (line,) = stage.fail("replay", "--from", "1h", "--to", "2h")
        assert line == "Error: --from must be earlier than --to."
