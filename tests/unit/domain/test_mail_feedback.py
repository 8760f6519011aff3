import pytest

from chalicelib.domain.errors import MalformedEvent, UnknownEvent
from chalicelib.domain.mail_feedback import Reason, undeliverable


def bounced(bounce_type: str, *addresses: str) -> dict:
    recipients = [{"emailAddress": address, "status": "5.1.1"} for address in addresses]
    bounce = {"bounceType": bounce_type, "bouncedRecipients": recipients}
    detail = {"eventType": "Bounce", "bounce": bounce, "mail": {"messageId": "m"}}
    return {"source": "aws.ses", "detail-type": "Email Bounced", "detail": detail}


def complained(*addresses: str) -> dict:
    recipients = [{"emailAddress": address} for address in addresses]
    detail = {"eventType": "Complaint", "complaint": {"complainedRecipients": recipients}}
    return {"source": "aws.ses", "detail-type": "Email Complaint Received", "detail": detail}


def test_a_permanent_bounce_names_every_address_that_bounced():
    found = undeliverable(bounced("Permanent", "a@example.com", "b@example.com"))
    assert found == {"a@example.com": Reason.BOUNCED, "b@example.com": Reason.BOUNCED}


@pytest.mark.parametrize("bounce_type", ["Transient", "Undetermined"])
def test_a_mailbox_that_is_full_today_may_take_mail_tomorrow(bounce_type):
    assert undeliverable(bounced(bounce_type, "a@example.com")) == {}


def test_a_complaint_names_who_complained():
    assert undeliverable(complained("a@example.com")) == {"a@example.com": Reason.COMPLAINED}


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


def test_what_ses_did_not_say_is_unknown():
    with pytest.raises(UnknownEvent):
        undeliverable({**bounced("Permanent", "a@example.com"), "source": "cart.api"})


def test_more_recipients_than_a_mail_can_have_are_malformed():
    addresses = [f"{number}@example.com" for number in range(51)]
    with pytest.raises(MalformedEvent):
        undeliverable(bounced("Permanent", *addresses))
