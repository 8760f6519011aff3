"""The language that a request is answered in."""

from chalice.app import Request

from chalicelib import wiring
from chalicelib.domain.languages import accepted, preferred


def language_of(request: Request) -> str:
    """Return one of the shop's languages: by the customer's claim, else by ``Accept-Language``."""
    claims = request.context.get("authorizer", {}).get("claims", {})
    wanted = [claims.get("locale", ""), *accepted(request.headers.get("accept-language", ""))]
    return preferred(filter(None, wanted), wiring.adapters.settings.languages)
