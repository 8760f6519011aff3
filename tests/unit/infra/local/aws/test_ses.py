from email.message import EmailMessage

import pytest
from botocore.exceptions import ClientError

from chalicelib.adapters.ses import Mailer
from chalicelib.domain.mail import Mail as MailToSend
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Shop


def raw_mail() -> bytes:
    message = EmailMessage()
    message["From"] = "Shop <shop@example.com>"
    message["To"] = "ada@example.com"
    message["Subject"] = "Zwei Bücher für dich"
    message["List-Unsubscribe"] = "<https://shop.example.com/stop>"
    message.set_content("Grüße")
    message.add_alternative("<p>Grüße</p>", subtype="html")
    return message.as_bytes()


def test_a_mime_message_is_read_as_its_reader_would(shop: Shop) -> None:
    shop.client("sesv2").send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Raw": {"Data": raw_mail()}},
    )
    (mail,) = shop.cloud.inbox
    assert mail.to == ("ada@example.com",)
    assert mail.subject == "Zwei Bücher für dich"
    assert mail.text == "Grüße\n"
    assert mail.html == "<p>Grüße</p>\n"
    assert mail.sent_at == NOON
    assert mail.headers["List-Unsubscribe"] == "<https://shop.example.com/stop>"


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("é" * 100, "é" * 100 + " <ada@example.com>"),
        ("Müller, Ada, " * 7 + "Eve", '"' + "Müller, Ada, " * 7 + 'Eve" <ada@example.com>'),
        ("ශ්\u200dරීමතී " * 9 + "Ada", "ශ්\u200dරීමතී " * 9 + "Ada <ada@example.com>"),
    ],
)
def test_a_name_of_several_encoded_words_is_read_as_one(shop: Shop, name: str, field: str) -> None:
    sender = "shop@example.com"
    Mailer(shop.client("sesv2"), sender, "none").send(
        MailToSend(to="ada@example.com", name=name, subject=name, text="t", html="<p>h</p>")
    )
    (mail,) = shop.cloud.inbox
    assert mail.headers["To"] == field
    assert mail.subject == name


def test_a_mail_from_an_unverified_sender_is_refused(shop: Shop) -> None:
    with pytest.raises(ClientError, match="MessageRejected"):
        shop.client("sesv2").send_email(
            FromEmailAddress="somebody@else.example.com",
            Destination={"ToAddresses": ["ada@example.com"]},
            Content={"Raw": {"Data": raw_mail()}},
        )
    assert shop.cloud.inbox == []


def test_no_log_line_holds_an_address(shop: Shop) -> None:
    shop.client("sesv2").send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Raw": {"Data": raw_mail()}},
    )
    assert any(hop.kind == "mail" for hop in shop.cloud.hops())
    assert not any("@" in f"{hop.what} {hop.outcome} {hop.note}" for hop in shop.cloud.hops())


@pytest.mark.parametrize(
    ("kind", "detail_type", "part", "facts"),
    [
        ("bounce", "Email Bounced", "bounce", {"bounceType": "Permanent"}),
        (
            "complaint",
            "Email Complaint Received",
            "complaint",
            {"complaintFeedbackType": "abuse"},
        ),
        (
            "not-spam",
            "Email Complaint Received",
            "complaint",
            {"complaintFeedbackType": "not-spam"},
        ),
    ],
)
def test_a_report_goes_over_the_default_bus(
    shop: Shop, kind: str, detail_type: str, part: str, facts: dict[str, str]
) -> None:
    feedback = shop.cloud.parts.mail_feedback
    feedback.create("mails")
    feedback.publish("mails", ["BOUNCE", "COMPLAINT"])
    feedback.report("ada@example.com", kind)
    (event,) = shop.cloud.parts.buses.events
    assert (event["source"], event["detail-type"]) == ("aws.ses", detail_type)
    assert event["detail"]["mail"]["destination"] == ["ada@example.com"]
    assert event["detail"][part].items() >= facts.items()
    recipients = [*event["detail"][part].items()][-1][1]
    assert recipients == [{"emailAddress": "ada@example.com"}]


def test_a_report_that_no_configuration_set_publishes_is_refused(shop: Shop) -> None:
    feedback = shop.cloud.parts.mail_feedback
    feedback.create("mails")
    feedback.publish("mails", ["COMPLAINT"])
    with pytest.raises(ValueError, match=r"^No configuration set publishes"):
        feedback.report("ada@example.com", "bounce")
    with pytest.raises(ValueError, match=r"^kind has to be"):
        feedback.report("ada@example.com", "spam")
