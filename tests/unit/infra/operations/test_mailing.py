"""``python -m infra mail``: a sample of the reminder, sent as the functions send it."""

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.operations.configuration import Configuration
from infra.operations.mailing import mail
from infra.operations.problems import Problem
from infra.operations.target import Target
from tests.support.chalice import PROJECT

ADDRESS = "me@example.com"


@dataclass
class FakeSes:
    """Keeps what it is asked to send, or refuses it."""

    refusal: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)

    def send_email(self, **call: Any) -> dict[str, str]:
        if self.refusal:
            error = {"Code": "MessageRejected", "Message": self.refusal}
            raise ClientError({"Error": error}, "SendEmail")
        self.calls.append(call)
        return {"MessageId": "1"}

    def mails(self) -> list[Any]:
        return [
            message_from_bytes(call["Content"]["Raw"]["Data"], policy=policy.default)
            for call in self.calls
        ]


def target_of(ses: FakeSes) -> Target:
    session = boto3.Session("key", "secret", region_name="eu-central-1")
    return Target(
        Configuration(PROJECT, "dev"), session, "123456789012", "aws", None, {"sesv2": ses}
    )


def test_a_sample_is_sent_in_each_language(capsys: pytest.CaptureFixture[str]) -> None:
    ses = FakeSes()
    mail(target_of(ses), ADDRESS, None)
    subjects = ["You left 3 items in your cart", "Noch 3 Artikel in Ihrem Warenkorb"]
    assert [each["Subject"] for each in ses.mails()] == subjects
    assert {each["From"] for each in ses.mails()} == {"reminders@shop.example.com"}
    assert {each["Reply-To"] for each in ses.mails()} == {"help@shop.example.com"}
    assert {call["ConfigurationSetName"] for call in ses.calls} == {"cart-dev"}
    assert capsys.readouterr().out.splitlines() == [f"Sent to {ADDRESS}: {s}" for s in subjects]


def test_a_sample_can_be_in_one_language() -> None:
    ses = FakeSes()
    mail(target_of(ses), ADDRESS, "de")
    [sent] = ses.mails()
    assert "Steingutbecher" in sent.get_body(("plain",)).get_content()


@pytest.mark.parametrize("address", ["", "me", "me@", "jörg@example.com", "a@b", "a b@example.com"])
def test_an_address_that_cannot_be_mailed_is_refused(address: str) -> None:
    ses = FakeSes()
    with pytest.raises(Problem, match="SES cannot mail"):
        mail(target_of(ses), address, None)
    assert ses.calls == []


@pytest.mark.parametrize("language", ["fr", "DE", "", "../en"])
def test_a_language_that_the_shop_does_not_speak_is_refused(language: str) -> None:
    with pytest.raises(Problem, match="The shop speaks en, de, and not"):
        mail(target_of(FakeSes()), ADDRESS, language)


@pytest.mark.parametrize("refusal", ["Email address is not verified.", "Message contains a virus."])
def test_a_refusal_of_ses_is_told_in_a_sentence(refusal: str) -> None:
    with pytest.raises(Problem, match="SES does not send it"):
        mail(target_of(FakeSes(refusal)), ADDRESS, "en")
