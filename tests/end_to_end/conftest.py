"""The gateways that may stand in front of the shop, each with the tokens that it takes."""

from pathlib import Path

import pytest

from tests.support.shops import changed_shop

ISSUER = "https://login.example.com/"
_IDENTITY = f"""\
[identity]
issuer = "{ISSUER}"
audience = "storefront"

"""
_GATEWAYS = {
    "REST API": [],
    "HTTP API": [("[[reminders]]", 'api = "http"\n\n[[reminders]]')],
    "HTTP API and an issuer": [("[[reminders]]", f'api = "http"\n\n{_IDENTITY}[[reminders]]')],
}


@pytest.fixture(params=_GATEWAYS)
def gateway(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have each of the gateways in front of the shop; a test asks for it before the cloud."""
    name: str = request.param
    if _GATEWAYS[name]:
        monkeypatch.setenv("SHOP_FOLDER", str(changed_shop(tmp_path, *_GATEWAYS[name])))
    return name
