"""E-mail through Amazon SES, as MIME built here: it keeps every header and both parts."""

import re
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from chalicelib.adapters.sdk import code_of, error_of
from chalicelib.domain.errors import CartError, MailOutcomeUnknown, MailRejected
from chalicelib.domain.mail import Mail, one_line

# What SES says about the mail or its recipient. Its other refusals (sending paused, MAIL FROM
# domain not verified, quota used up) are about the account: the operator can put them right.
_ABOUT_THE_MAIL: Final = frozenset({"MessageRejected", "BadRequestException"})

# RFC 5322's dot-atom: SES takes no other local part, and none outside ASCII.
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]{1,253}")


class _Verbatim(UnstructuredHeader, BaseHeader):
    """A header that is not folded: the standard library would encode a long URL to do it."""

    def fold(self, *, policy: Policy) -> str:
        """Return the header as one line, which may have up to 998 characters (RFC 5322)."""
        return (
            f"{self.name}: {self}{policy.linesep}"
            if self.isascii()
            else super().fold(policy=policy)
        )


_HEADERS: Final = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Verbatim)
# 76 is the longest line of encoded words and of quoted-printable text (RFC 2047, RFC 2045).
_POLICY: Final = SMTP.clone(header_factory=_HEADERS, max_line_length=76)


class Mailer:
    """SES, sending as ``sender``: an address, with or without a display name."""

    def __init__(self, client: Any, sender: str, configuration_set: str) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(self, mail: Mail) -> str:
        """Send a mail and return the message id that SES gave it.

        Raises:
            MailRejected: SES will never accept this mail, or never for this recipient.
            MailOutcomeUnknown: SES did not answer, so the mail may have been sent.
            TransientError: it was certainly not sent, but may be later.
        """
        recipient = _recipient(mail)
        message = _message(mail, self._sender, recipient)
        try:
            answer = self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [recipient.addr_spec]},
                ConfigurationSetName=self._configuration_set,
                Content={"Raw": {"Data": message.as_bytes()}},
            )
        except (ClientError, BotoCoreError) as error:
            raise _meaning_of(error) from None
        return str(answer["MessageId"])


def _recipient(mail: Mail) -> Address:
    """Return the address in the form that SES takes: ASCII, the domain as IDNA."""
    local_part, _, domain = mail.to.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not (_LOCAL_PART.fullmatch(local_part) and _DOMAIN.fullmatch(domain)):
        raise MailRejected("Mail cannot be sent to this kind of address.")
    return Address(one_line(mail.name or ""), local_part, domain)


def _message(mail: Mail, sender: str, recipient: Address) -> EmailMessage:
    """Build the MIME message; SES adds Date and Message-ID itself."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = one_line(mail.subject)
    for name, value in mail.headers.items():
        message[name] = one_line(value)
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def _meaning_of(error: ClientError | BotoCoreError) -> CartError:
    if isinstance(error, ClientError):
        if code_of(error) in _ABOUT_THE_MAIL and not _is_unverified(error):
            return MailRejected("The mail service rejected the mail.", aws_code=code_of(error))
        return error_of(error)
    # The connection was made and then lost. Where none was made, it is a ConnectionError.
    if isinstance(error, HTTPClientError):
        return MailOutcomeUnknown(f"The mail service did not answer: {type(error).__name__}.")
    return error_of(error)


def _is_unverified(error: ClientError) -> bool:
    """Tell whether an address of ours, or any address while in the sandbox, is not verified.

    SES has no code of its own for it ("Email address is not verified. The following ..."), and
    the operator can put it right.
    """
    return "not verified" in str(error)
