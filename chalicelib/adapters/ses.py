"""E-mail through Amazon SES, as MIME built here: it keeps every header and both parts."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from chalicelib.adapters import mime
from chalicelib.adapters.sdk import code_of, error_of
from chalicelib.domain import addresses
from chalicelib.domain.errors import CartError, MailOutcomeUnknown, MailRateExceeded, MailRejected
from chalicelib.domain.mail import Mail

# What SES says about the mail or its recipient. Its other refusals (sending paused, MAIL FROM
# domain not verified, quota used up) are about the account: the operator can put them right.
_ABOUT_THE_MAIL: Final = frozenset({"MessageRejected", "BadRequestException"})


_ABOUT_THE_RATE: Final = frozenset(
    {"TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException"}
)
PAUSE: Final = 1.0
"""Seconds: SES counts mails by the second."""


class Mailer:
    """SES, sending as ``sender``: an address, with or without a display name.

    ``pace`` is how many seconds lie between two mails at least, whatever batches they are of;
    ``sleep`` takes seconds, and ``monotonic`` returns them.
    """

    def __init__(
        self,
        client: Any,
        sender: str,
        configuration_set: str,
        sleep: Callable[[float], None] = time.sleep,
        *,
        pace: float = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        name, address = addresses.split_display_name(sender)
        self._sender = mime.mailbox(name, addresses.mailable(address) or address)
        self._configuration_set = configuration_set
        self._sleep = sleep
        self._pace = pace
        self._monotonic = monotonic
        self._free_at = monotonic()

    def send(self, mail: Mail) -> str:
        """Send a mail when it is its turn, and return the message id that SES gave it.

        A mail that is refused because of the sending rate is tried once more, a second later:
        that costs less than another receive of the message that asks for it.

        Raises:
            MailRejected: SES refuses this mail, or this recipient, permanently.
            MailOutcomeUnknown: SES did not answer, so the mail may have been sent.
            MailRateExceeded: SES takes no more mails for now.
            TransientError: it was certainly not sent, but may be later.
        """
        recipient = addresses.mailable(mail.to)
        if recipient is None:
            raise MailRejected("Mail cannot be sent to this kind of address.")
        headers = {
            "From": self._sender,
            "To": mime.mailbox(mail.name or "", recipient),
            "Subject": mime.unstructured(mail.subject),
            **{name: mime.unstructured(value) for name, value in mail.headers.items()},
        }
        call = {
            "FromEmailAddress": self._sender.replace(mime.CRLF, ""),
            "Destination": {"ToAddresses": [recipient]},
            "ConfigurationSetName": self._configuration_set,
            "Content": {"Raw": {"Data": mime.message(headers, mail.text, mail.html)}},
        }
        self._wait_for_turn()
        try:
            return self._try(call)
        except MailRateExceeded:
            self._sleep(PAUSE)
        return self._try(call)

    def _wait_for_turn(self) -> None:
        now = self._monotonic()
        if self._free_at > now:
            self._sleep(self._free_at - now)
        self._free_at = max(self._free_at, now) + self._pace

    def _try(self, call: Mapping[str, Any]) -> str:
        try:
            return str(self._client.send_email(**call)["MessageId"])
        except (ClientError, BotoCoreError) as error:
            raise _meaning_of(error) from None


def _meaning_of(error: ClientError | BotoCoreError) -> CartError:
    if isinstance(error, ClientError):
        if code_of(error) in _ABOUT_THE_MAIL and not _is_unverified(error):
            return MailRejected("The mail service rejected the mail.", aws_code=code_of(error))
        if code_of(error) in _ABOUT_THE_RATE:
            return MailRateExceeded(
                "The mail service accepts no more mail at the moment.", aws_code=code_of(error)
            )
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
