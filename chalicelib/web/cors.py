"""CORS: which other origin's pages may call the API.

The shop's own page has the API's origin and needs none of this. It is one origin, not several,
because API Gateway answers a preflight by itself, always the same, without a function.
"""

from typing import Final

from chalice import CORSConfig

from chalicelib import wiring

_HEADERS: Final = {
    "Access-Control-Allow-Headers": "After,Authorization,Content-Type,Guest-Token,Idempotency-Key",
    "Access-Control-Expose-Headers": "Location,Retry-After",
    "Access-Control-Max-Age": "7200",  # seconds; browsers keep it no longer
}


class AllowedOrigin(CORSConfig):
    """Chalice's CORS settings, read when there is a request or a package to make."""

    def get_access_control_headers(self) -> dict[str, str]:
        """Return the headers of each answer; a preflight has them too."""
        origin = wiring.adapters.allowed_origin
        return {} if origin is None else {"Access-Control-Allow-Origin": origin, **_HEADERS}

    # Chalice compares the settings of a path's methods at import, when there are none to read.
    __eq__ = object.__eq__
    __hash__ = object.__hash__
