"""The page behind a mail's opt-out link, and the one-click opt-out of mail programs.

The link is its own permission, signed for one cart, so nobody has to sign in. Looking at it
changes nothing, because programs that scan mails open every link; posting to it does (RFC 8058).
"""

from string import Template
from typing import Final

from chalice import Blueprint, Response

from chalicelib import clock, wiring
from chalicelib.domain.errors import EventsNotAccepted, TransientError
from chalicelib.entrypoints.notice_page import LINK_PAGE, link_page
from chalicelib.usecases import wishes
from chalicelib.usecases.tokens import cart_to_unsubscribe
from chalicelib.web.bodies import UnsubscribeLink
from chalicelib.web.operation import Language
from chalicelib.web.views import answers

# To the page's own address, so the token is nowhere in the page.
_FORM: Final = Template(
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    '<button>$button</button></form><p><a href="$back">$to_shop</a></p>'
)

unsubscribing = Blueprint(__name__)


@unsubscribing.route("/unsubscribe", methods=["GET"], content_types=[])
@answers(unsubscribing, TransientError, **LINK_PAGE)
def get_unsubscribe(link: UnsubscribeLink, language: Language) -> Response:
    """Show a page that asks whether to stop the reminders."""
    return _answer(link, language, stops=False)


@unsubscribing.route("/unsubscribe", methods=["POST"], content_types=[])
@answers(unsubscribing, EventsNotAccepted, TransientError, **LINK_PAGE)
def post_unsubscribe(link: UnsubscribeLink, language: Language) -> Response:
    """Stop the reminders, immediately and permanently; repeating it changes nothing."""
    return _answer(link, language, stops=True)


def _answer(link: UnsubscribeLink, language: str, *, stops: bool) -> Response:
    def follow() -> bool:
        now = clock.now()
        cart_id = cart_to_unsubscribe(link.token, now)
        if stops:
            wishes.stop(cart_id, now, "link")
        return stops

    return link_page(wiring.adapters.texts.unsubscribe(language), language, _FORM, follow)
