import email
import traceback
from email.message import EmailMessage
from email.policy import compat32, default
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st
from moto.backends import get_backend

from chalicelib.adapters import sdk
from chalicelib.adapters.ses import Mailer
from chalicelib.domain.errors import (
    MailOutcomeUnknown,
    MailRateExceeded,
    MailRejected,
    TransientError,
)
from chalicelib.domain.mail import Mail
from tests.support import strategies
from tests.support.builders import ACCOUNT, REGION
from tests.support.mails import display_name

pytestmark = pytest.mark.usefixtures("aws")

SENDER = "Leaf & Bean <shop@example.com>"
CONFIGURATION_SET = "cart-test"
UNVERIFIED = (
    "Email address is not verified. The following identities failed the check in region "
    "EU-CENTRAL-1: ada@example.com"
)


def a_mail(**changes: Any) -> Mail:
    fields = {
        "to": "ada@example.com",
        "name": "Ada Lovelace",
        "subject": "You left 2 items in your cart",
        "text": "Hello Ada,\n\n  2 Stoneware mug: €29.00\n",
        "html": "<p>Hello Ada,</p><p>2 Stoneware mug: €29.00</p>",
    }
    return Mail(**fields | changes)


class FakeSes:
    """An SES client that keeps what it is given, or raises an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.calls: list[dict[str, Any]] = []

    def send_email(self, **parameters: Any) -> dict[str, str]:
        self.calls.append(parameters)
        if self._error:
            raise self._error
        return {"MessageId": "message-1"}


def sent(mail: Mail, sender: str = SENDER) -> tuple[list[str], EmailMessage, bytes]:
    """Send a mail; return its recipients, the message as a mail program reads it, and its bytes."""
    ses = FakeSes()
    assert Mailer(ses, sender, CONFIGURATION_SET).send(mail) == "message-1"
    (call,) = ses.calls
    raw = call["Content"]["Raw"]["Data"]
    message = email.message_from_bytes(raw, policy=default)
    return call["Destination"]["ToAddresses"], message, raw


def test_ses_takes_the_mail_and_gives_it_an_id(cloud: None) -> None:
    del cloud
    client = sdk.client("sesv2")
    client.create_email_identity(EmailIdentity="shop@example.com")
    message_id = Mailer(client, SENDER, CONFIGURATION_SET).send(a_mail())
    (kept,) = get_backend("ses")[ACCOUNT][REGION].sent_messages
    assert kept.id == message_id
    assert kept.destinations[0] == "ada@example.com"
    assert "Subject: You left 2 items in your cart" in kept.raw_data


def test_a_mail_has_a_text_part_and_an_html_part_that_say_the_same() -> None:
    recipients, message, _ = sent(a_mail())
    assert recipients == ["ada@example.com"]
    assert message["From"].addresses[0].display_name == "Leaf & Bean"
    assert message["From"].addresses[0].addr_spec == "shop@example.com"
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["Subject"] == "You left 2 items in your cart"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert text.get_content().splitlines() == a_mail().text.splitlines()
    assert html.get_content().splitlines() == a_mail().html.splitlines()


def test_the_html_part_comes_last_for_it_is_the_preferred_one() -> None:
    _, message, _ = sent(a_mail())
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_mail_is_ascii_in_lines_of_at_most_998_characters() -> None:
    mail = a_mail(name="Žofie 李", subject="Zwölf Tassen", text="é" * 5000, html="<p>" + "x" * 5000)
    _, _, raw = sent(mail)
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_ses_is_left_to_date_and_name_the_message() -> None:
    """It replaces both headers: "Amazon SES header fields"."""
    _, message, _ = sent(a_mail())
    assert message["Date"] is None
    assert message["Message-ID"] is None


def test_further_headers_are_sent_and_a_long_address_in_them_stays_whole() -> None:
    url = "<https://shop.example.com/unsubscribe?token=" + "a" * 300 + ">"
    _, message, raw = sent(a_mail(headers={"List-Unsubscribe": url}))
    assert message["List-Unsubscribe"] == url
    assert f"List-Unsubscribe: {url}\r\n".encode() in raw


@pytest.mark.parametrize("name", [None, "", " ", "\r\n"])
def test_a_customer_without_a_name_is_addressed_by_address(name: str | None) -> None:
    _, message, _ = sent(a_mail(name=name))
    assert message["To"] == "ada@example.com"


@given(
    name=strategies.names,
    subject=st.one_of(strategies.names, st.text(max_size=100)),
    header=st.one_of(strategies.names, st.text(max_size=50)),
)
def test_nothing_that_is_put_into_a_header_can_add_one(
    name: str, subject: str, header: str
) -> None:
    mail = a_mail(name=name, subject=subject, headers={"List-Unsubscribe": header})
    recipients, message, _ = sent(mail)
    assert recipients == ["ada@example.com"]
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "List-Unsubscribe", "MIME-Version", "Content-Type"]
    )
    (address,) = message["To"].addresses
    assert address.addr_spec == "ada@example.com"
    assert len(list(message.iter_parts())) == 2
    assert message["To"].defects == ()


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: eve@example.com",
        "Ada\nSubject: Win",
        'Ada" <eve@example.com>, "',
        "Ada <eve@example.com>",
        "=?utf-8?q?Ada?= <eve@example.com>,",
        "Ada\u2028Bcc: eve@example.com",
        "Ada\u0085Bcc: eve@example.com",
        "Ada\x0bBcc: eve@example.com",
    ],
)
def test_a_name_stays_a_name(name: str) -> None:
    recipients, message, _ = sent(a_mail(name=name))
    assert recipients == ["ada@example.com"]
    assert message["Bcc"] is None
    assert [one.addr_spec for one in message["To"].addresses] == ["ada@example.com"]


@pytest.mark.parametrize("name", ["Žofie Ångström", "李小龍", "Ada 😀", "O'Neill, Jr."])
def test_a_name_arrives_as_it_was_typed(name: str) -> None:
    _, message, _ = sent(a_mail(name=name))
    assert message["To"].addresses[0].display_name == name


@pytest.mark.parametrize("name", ["é" * 100, "Vasquez, " * 11 + "Ada", "👨\u200d👩\u200d👧 " * 16])
def test_a_long_name_arrives_as_it_was_typed(name: str) -> None:
    """White space between encoded words is not part of the text: RFC 2047, section 6.2."""
    _, _, raw = sent(a_mail(name=name))
    header = email.message_from_bytes(raw, policy=compat32)["To"]
    assert display_name(header) == name.strip()
    assert max(len(word) for word in header.split()) <= 75


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("shop@example.com", ""),
        ("<shop@example.com>", ""),
        ("Leaf & Bean <shop@example.com>", "Leaf & Bean"),
        ("Tea, Coffee & Co. <shop@example.com>", "Tea, Coffee & Co."),
        ('"Tea, Coffee & Co." <shop@example.com>', "Tea, Coffee & Co."),
        ("Bücher, Tee und mehr <shop@example.com>", "Bücher, Tee und mehr"),
        ("茶と本 <shop@example.com>", "茶と本"),
    ],
)
def test_a_sender_may_have_any_display_name(sender: str, name: str) -> None:
    ses = FakeSes()
    Mailer(ses, sender, CONFIGURATION_SET).send(a_mail())
    (call,) = ses.calls
    message = email.message_from_bytes(call["Content"]["Raw"]["Data"], policy=default)
    assert message["From"].addresses[0].display_name == name
    assert message["From"].addresses[0].addr_spec == "shop@example.com"
    assert call["FromEmailAddress"].isascii()
    assert "\n" not in call["FromEmailAddress"]
    assert "shop@example.com" in call["FromEmailAddress"]
    assert display_name(call["FromEmailAddress"]) == name or not name


def test_a_sender_outside_ascii_is_sent_as_idna() -> None:
    _, message, _ = sent(a_mail(), "Shop <shop@bücher.example>")
    assert message["From"].addresses[0].addr_spec == "shop@xn--bcher-kva.example"


def test_a_domain_outside_ascii_is_sent_as_idna() -> None:
    recipients, message, _ = sent(a_mail(to="ada@bücher.example"))
    assert recipients == ["ada@xn--bcher-kva.example"]
    assert message["To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "žofie@example.com",
        "ada,eve@example.com",
        "<ada@example.com>",
        '"ada"@example.com',
        "ada@example.com,",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@exa mple.com",
        "ada@[127.0.0.1]",
        "ada@.example.com",
        "ada..lovelace@example.com",
        "ada@straße.example",
        "ada@βόλος.example",
        "ada@\ud800.example",
        "ada@" + "é" * 200 + ".example",
        "a" * 65 + "@example.com",
    ],
)
def test_an_address_that_ses_cannot_send_to_is_rejected_without_asking(address: str) -> None:
    ses = FakeSes()
    with pytest.raises(MailRejected) as caught:
        Mailer(ses, SENDER, CONFIGURATION_SET).send(a_mail(to=address))
    assert ses.calls == []
    assert "example" not in caught.value.message


def failing_with(code: str, message: str) -> Mailer:
    client = sdk.client("sesv2")
    stub = Stubber(client)
    stub.add_client_error("send_email", code, message, http_status_code=400)
    stub.activate()
    return Mailer(client, SENDER, CONFIGURATION_SET)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("MessageRejected", "Local address contains control characters: ada@example.com"),
        ("BadRequestException", "Invalid address: ada@example.com"),
    ],
)
def test_what_ses_says_about_the_mail_is_final(code: str, message: str) -> None:
    with pytest.raises(MailRejected) as caught:
        failing_with(code, message).send(a_mail())
    assert caught.value.details == {"aws_code": code}
    assert "ada@" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("SendingPausedException", "Sending is paused."),
        ("AccountSuspendedException", "Sending is suspended."),
        ("MailFromDomainNotVerifiedException", "The MAIL FROM domain is not verified."),
        ("NotFoundException", "There is no such configuration set."),
        ("AccessDeniedException", "ada@example.com is not authorized."),
        ("InternalServiceErrorException", "Oops."),
        ("MessageRejected", UNVERIFIED),
    ],
)
def test_what_ses_says_about_the_account_may_pass(code: str, message: str) -> None:
    with pytest.raises(TransientError) as caught:
        failing_with(code, message).send(a_mail())
    assert type(caught.value) is TransientError
    assert "ada@" not in "".join(traceback.format_exception(caught.value))


class BusySes(FakeSes):
    """An SES client that takes no mail for the first ``refusals`` calls."""

    def __init__(self, refusals: int, code: str = "TooManyRequestsException") -> None:
        super().__init__()
        answer = {"Error": {"Code": code, "Message": "ada@example.com: too fast"}}
        self._refusals = [ClientError(answer, "SendEmail")] * refusals

    def send_email(self, **parameters: Any) -> dict[str, str]:
        self._error = self._refusals.pop() if self._refusals else None
        return super().send_email(**parameters)


@pytest.mark.parametrize(
    "code",
    ["TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException"],
)
def test_a_mail_that_is_refused_for_its_rate_is_tried_once_more_a_second_later(code: str) -> None:
    pauses: list[float] = []
    ses = BusySes(1, code)
    Mailer(ses, SENDER, CONFIGURATION_SET, pauses.append).send(a_mail())
    assert ses.calls[0] == ses.calls[1]
    assert pauses == [1]


def test_a_mail_that_is_refused_for_its_rate_again_was_certainly_not_sent() -> None:
    pauses: list[float] = []
    ses = BusySes(3)
    with pytest.raises(MailRateExceeded) as caught:
        Mailer(ses, SENDER, CONFIGURATION_SET, pauses.append).send(a_mail())
    assert (len(ses.calls), pauses) == (2, [1])
    assert caught.value.details == {"aws_code": "TooManyRequestsException"}
    assert "ada@" not in "".join(traceback.format_exception(caught.value))


class Clock:
    """A clock that only sleep moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class TestThePace:
    def sent_at(self, busy: list[float], refusals: int = 0, pace: float = 0.25) -> list[float]:
        """Send a mail after each of these busy times (seconds); return when SES was asked."""
        clock, times = Clock(), list[float]()
        ses = BusySes(refusals)
        ask = ses.send_email

        def send_email(**parameters: Any) -> dict[str, str]:
            times.append(clock.now - 100)
            return ask(**parameters)

        ses.send_email = send_email  # type: ignore[method-assign]
        mailer = Mailer(
            ses, SENDER, CONFIGURATION_SET, clock.sleep, pace=pace, monotonic=lambda: clock.now
        )
        for seconds in busy:
            clock.sleep(seconds)
            mailer.send(a_mail())
        return times

    def test_of_mails_that_follow_one_another_is_kept(self) -> None:
        assert self.sent_at([0, 0, 0]) == pytest.approx([0, 0.25, 0.5])

    def test_makes_up_for_what_else_a_sender_did_meanwhile(self) -> None:
        assert self.sent_at([0, 0.2, 0.2]) == pytest.approx([0, 0.25, 0.5])

    def test_lets_nobody_catch_up_after_a_pause(self) -> None:
        assert self.sent_at([0, 60, 0, 0]) == pytest.approx([0, 60, 60.25, 60.5])

    def test_holds_up_nobody_who_is_slower(self) -> None:
        assert self.sent_at([1, 1, 1]) == pytest.approx([1, 2, 3])

    @pytest.mark.parametrize(
        ("pace", "slept"), [({}, []), ({"pace": 0}, []), ({"pace": 1}, [1, 2])]
    )
    def test_lets_nobody_sleep_whose_turn_it_is(self, pace: dict[str, Any], slept: Any) -> None:
        pauses: list[float] = []
        mailer = Mailer(
            FakeSes(), SENDER, CONFIGURATION_SET, pauses.append, monotonic=lambda: 100, **pace
        )
        for _ in range(3):
            mailer.send(a_mail())
        assert pauses == slept

    def test_goes_on_after_a_refusal(self) -> None:
        assert self.sent_at([0, 0], refusals=1) == pytest.approx([0, 1, 1])

    @given(st.lists(st.floats(0, 2), min_size=2, max_size=30), st.floats(0.01, 2))
    def test_is_never_exceeded(self, busy: list[float], pace: float) -> None:
        times = self.sent_at(busy, pace=pace)
        assert all(later - earlier >= pace - 1e-6 for earlier, later in pairwise(times))


def test_no_other_refusal_is_tried_again_at_once() -> None:
    pauses: list[float] = []
    ses = BusySes(1, "SendingPausedException")
    with pytest.raises(TransientError):
        Mailer(ses, SENDER, CONFIGURATION_SET, pauses.append).send(a_mail())
    assert (len(ses.calls), pauses) == (1, [])


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://email"),
        ConnectionClosedError(endpoint_url="https://email"),
        HTTPClientError(error="ada@example.com"),
    ],
)
def test_without_an_answer_the_mail_may_have_gone_out(error: Exception) -> None:
    with pytest.raises(MailOutcomeUnknown) as caught:
        Mailer(FakeSes(error), SENDER, CONFIGURATION_SET).send(a_mail())
    assert "ada@" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(endpoint_url="https://email"),
        EndpointConnectionError(endpoint_url="https://email"),
        NoCredentialsError(),
    ],
)
def test_without_a_connection_it_certainly_has_not(error: Exception) -> None:
    with pytest.raises(TransientError) as caught:
        Mailer(FakeSes(error), SENDER, CONFIGURATION_SET).send(a_mail())
    assert type(caught.value) is TransientError
