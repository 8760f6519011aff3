from datetime import timedelta

import pytest

from chalicelib.domain.errors import MalformedEvent, UnknownEvent
from chalicelib.domain.mail_feedback import Reason, time_of, undeliverable
from tests.support.builders import NOW


def a_mail(*destination: str) -> dict:
    """Return what SES tells of the mail that its report is about."""
    return {
        "timestamp": "2026-03-02T09:30:00.000Z",
        "source": "shop@example.com",
        "messageId": "010f-000000",
        "destination": list(destination),
        "headersTruncated": False,
        "headers": [{"name": "To", "value": ", ".join(destination)}],
        "commonHeaders": {"to": list(destination), "subject": "You left 1 item in your cart"},
        "tags": {"ses:configuration-set": ["cart-test"]},
    }


def on_default_bus(detail_type: str, detail: dict) -> dict:
    return {
        "version": "0",
        "id": "3f6c2a3e-5d0a-4b7e-9d57-2a1c7f1a9b10",
        "detail-type": detail_type,
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-03-02T09:30:00Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:ses:eu-central-1:123456789012:configuration-set/cart-test"],
        "detail": detail,
    }


def bounced(
    bounce_type: str,
    *addresses: str,
    mailed: tuple[str, ...] | None = None,
    sub_type: str = "General",
) -> dict:
    """Return SES's report of a bounce; ``mailed`` is whom the mail was sent to."""
    bounce = {
        "feedbackId": "010f-000001",
        "bounceType": bounce_type,
        "bounceSubType": sub_type,
        "bouncedRecipients": [
            {
                "emailAddress": address,
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }
            for address in addresses
        ],
        "timestamp": "2026-03-02T09:31:00.000Z",
        "reportingMTA": "dsn; a8-53.smtp-out.amazonses.com",
    }
    mail = a_mail(*(addresses if mailed is None else mailed))
    return on_default_bus("Email Bounced", {"eventType": "Bounce", "bounce": bounce, "mail": mail})


def complained(
    *addresses: str, mailed: tuple[str, ...] | None = None, **fields: str | None
) -> dict:
    """Return SES's report of a complaint; ``fields`` are further ones of it."""
    complaint = {
        "complainedRecipients": [{"emailAddress": address} for address in addresses],
        "timestamp": "2026-03-02T09:31:00.000Z",
        "feedbackId": "010f-000002",
        "complaintSubType": None,
        **fields,
    }
    mail = a_mail(*(addresses if mailed is None else mailed))
    return on_default_bus(
        "Email Complaint Received", {"eventType": "Complaint", "complaint": complaint, "mail": mail}
    )


def test_a_permanent_bounce_names_every_address_that_bounced():
    found = undeliverable(bounced("Permanent", "a@example.com", "b@example.com"))
    assert found == {"a@example.com": Reason.BOUNCED, "b@example.com": Reason.BOUNCED}


@pytest.mark.parametrize(
    "sub_type", ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList"]
)
def test_a_permanent_bounce_of_any_kind_counts(sub_type):
    event = bounced("Permanent", "a@example.com", sub_type=sub_type)
    assert undeliverable(event) == {"a@example.com": Reason.BOUNCED}


@pytest.mark.parametrize("bounce_type", ["Transient", "Undetermined", "SomethingNew", "New"])
def test_a_mailbox_that_is_full_today_may_take_mail_tomorrow(bounce_type):
    assert undeliverable(bounced(bounce_type, "a@example.com")) == {}


def test_a_complaint_names_who_complained():
    assert undeliverable(complained("a@example.com")) == {"a@example.com": Reason.COMPLAINED}


@pytest.mark.parametrize("kind", ["abuse", "auth-failure", "fraud", "virus", "other", "new", None])
def test_a_complaint_of_any_kind_counts(kind):
    event = complained("a@example.com", complaintFeedbackType=kind)
    assert undeliverable(event) == {"a@example.com": Reason.COMPLAINED}


def test_a_complaint_of_the_accounts_own_suppression_list_is_a_complaint():
    event = complained("a@example.com", complaintSubType="OnAccountSuppressionList")
    assert undeliverable(event) == {"a@example.com": Reason.COMPLAINED}


@pytest.mark.parametrize("kind", ["not-spam", "Not-Spam", "NOT-SPAM"])
def test_a_reader_who_says_that_it_is_not_spam_goes_on_getting_mail(kind):
    assert undeliverable(complained("a@example.com", complaintFeedbackType=kind)) == {}


@pytest.mark.parametrize(
    "report",
    [
        bounced("Permanent", "b@other.example", mailed=("a@example.com",)),
        complained("b@other.example", mailed=("a@example.com",)),
    ],
)
def test_where_mail_is_forwarded_the_address_counts_that_was_mailed(report):
    assert list(undeliverable(report)) == ["a@example.com"]


@pytest.mark.parametrize("recipients", [(), ("redacted",), ("a@example.com", "c@example.com")])
def test_the_address_that_was_mailed_counts_whatever_recipients_are_told(recipients):
    assert list(undeliverable(complained(*recipients, mailed=("a@example.com",)))) == [
        "a@example.com"
    ]


@pytest.mark.parametrize("mailed", [(), ("a@example.com", "b@example.com")])
def test_of_a_mail_to_several_or_to_nobody_known_those_count_that_bounced(mailed):
    event = bounced("Permanent", "b@example.com", mailed=mailed)
    assert undeliverable(event) == {"b@example.com": Reason.BOUNCED}


def test_a_report_without_the_mail_names_who_bounced():
    event = bounced("Permanent", "b@example.com")
    del event["detail"]["mail"]
    assert undeliverable(event) == {"b@example.com": Reason.BOUNCED}


def test_one_mailbox_in_several_spellings_is_named_once():
    event = bounced("Permanent", "ada@bücher.example", "Ada <ada@xn--bcher-kva.example>", mailed=())
    assert undeliverable(event) == {"ada@xn--bcher-kva.example": Reason.BOUNCED}


def test_a_recipient_with_a_long_display_name_is_understood():
    name = "=?utf-8?q?" + "=C3=A9" * 100 + "?="
    event = bounced("Permanent", f"{name} <a@example.com>", mailed=())
    assert undeliverable(event) == {"a@example.com": Reason.BOUNCED}


def test_feedback_of_another_kind_names_nobody():
    assert (
        undeliverable(
            {"source": "aws.ses", "detail-type": "Email Delivered", "detail": {"delivery": {}}}
        )
        == {}
    )


@pytest.mark.parametrize(
    "detail",
    [None, [], "text", {"bounce": {}}, {"bounce": {"bounceType": "Permanent"}}, {"complaint": 7}],
)
def test_what_is_no_feedback_is_malformed(detail):
    with pytest.raises(MalformedEvent):
        undeliverable({"source": "aws.ses", "detail-type": "Email Bounced", "detail": detail})


@pytest.mark.parametrize("source", ["cart.api", "aws.s3", "aws.ses.x", None])
def test_what_ses_did_not_say_is_unknown(source):
    with pytest.raises(UnknownEvent):
        undeliverable({**bounced("Permanent", "a@example.com"), "source": source})


def test_more_recipients_than_a_mail_can_have_are_malformed():
    addresses = [f"{number}@example.com" for number in range(51)]
    assert len(undeliverable(bounced("Permanent", *addresses[:50]))) == 50
    with pytest.raises(MalformedEvent):
        undeliverable(bounced("Permanent", *addresses))


def test_a_mailbox_has_2000_characters_at_most():
    longest = "n" * (2_000 - len(" <a@example.com>")) + " <a@example.com>"
    assert undeliverable(complained(longest, mailed=())) == {"a@example.com": Reason.COMPLAINED}
    with pytest.raises(MalformedEvent):
        undeliverable(complained(f"n{longest}", mailed=()))


def test_a_report_has_the_time_that_ses_gives_it():
    assert time_of({"time": "2026-03-02T09:29:00Z"}, NOW) == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    "time", [None, 7, "yesterday", "2026-03-02T09:29:00", "2999-01-01T00:00:00Z"]
)
def test_a_time_that_is_wrong_or_to_come_is_now(time):
    assert time_of({"time": time}, NOW) == NOW
