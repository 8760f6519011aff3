"""A mail is sent once: claimed before, marked afterwards, and free again if it was not sent."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.domain.errors import ClaimHeld, MailOutcomeUnknown, MailRejected, TransientError
from chalicelib.domain.mail import Mail
from chalicelib.usecases import mail_once
from tests.support.builders import NOW
from tests.support.fakes import Outbox

MAIL = Mail(to="ada@example.com", name=None, subject="Hello", text="Hello", html="<p>Hello</p>")
CLAIM = {"pk": "MAIL#1", "sk": "a", "expires_at": 5}
SECOND = timedelta(seconds=1)


class Shop:
    """A mailer, and a table that knows the condition of a claim."""

    def __init__(self) -> None:
        self.mailer = Outbox()
        self.table = self
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}

    def put(self, item: dict[str, Any], when: str = "", **values: int) -> bool:
        known = self.get(item["pk"], item["sk"])
        if known and when:
            assert when == "attribute_not_exists(pk) OR (sent = :no AND held_until <= :now)"
            if known["sent"] != values["no"] or known["held_until"] > values["now"]:
                return False
        self.kept[item["pk"], item["sk"]] = item
        return True

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        return self.kept.get((pk, sk))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop()
    monkeypatch.setattr(wiring, "adapters", shop)
    return shop


def test_a_mail_is_sent_once_and_kept_with_its_claim(shop: Shop) -> None:
    assert mail_once.send(MAIL, CLAIM, NOW) == "message-1"
    assert mail_once.send(MAIL, CLAIM, NOW) is None
    assert mail_once.send(MAIL, {**CLAIM, "sk": "b"}, NOW) == "message-2"
    assert shop.mailer.sent == [MAIL, MAIL]
    [kept, _] = shop.kept.values()
    until = int((NOW + timedelta(minutes=2)).timestamp())
    assert kept == {**CLAIM, "sent": 1, "held_until": until}


def test_what_may_have_been_sent_is_claimed_for_two_minutes(shop: Shop) -> None:
    shop.mailer.fail_next(MailOutcomeUnknown("No answer."))
    with pytest.raises(MailOutcomeUnknown):
        mail_once.send(MAIL, CLAIM, NOW)
    with pytest.raises(ClaimHeld):
        mail_once.send(MAIL, CLAIM, NOW + mail_once.LEASE - SECOND)
    assert mail_once.send(MAIL, CLAIM, NOW + mail_once.LEASE) == "message-1"


@pytest.mark.parametrize("error", [MailRejected("No."), TransientError("Not now.")])
def test_what_was_not_sent_may_be_sent_at_once(shop: Shop, error: Any) -> None:
    shop.mailer.fail_next(error)
    with pytest.raises(type(error)):
        mail_once.send(MAIL, CLAIM, NOW)
    assert mail_once.send(MAIL, CLAIM, NOW) == "message-1"


def test_a_claim_that_is_gone_when_it_is_looked_at_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_once.send(MAIL, CLAIM, NOW)
    monkeypatch.setattr(shop, "put", lambda *_, **__: False)
    monkeypatch.setattr(shop, "get", lambda *_: None)
    with pytest.raises(ClaimHeld):
        mail_once.send(MAIL, CLAIM, NOW)
