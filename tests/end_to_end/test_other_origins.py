"""Pages of other origins call the API: the browser asks first, then reads the answer."""

from pathlib import Path

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.http import Response
from tests.support.products import MUG
from tests.support.shopper import Shopper
from tests.support.shops import changed_shop

PARTNER = "http://localhost:5173"
OTHER = "https://other.example.com"
STRANGER = "https://stranger.example.com"


@pytest.fixture(autouse=True)
def two_origins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow a second origin."""
    folder = changed_shop(tmp_path, (f'["{PARTNER}"]', f'["{PARTNER}", "{OTHER}"]'))
    monkeypatch.setenv("SHOP_FOLDER", str(folder))


def shared_with(answer: Response) -> str | None:
    return dict(answer.headers).get("Access-Control-Allow-Origin")


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/cart", "POST"),
        ("/cart", "GET"),
        ("/cart/checkout", "POST"),
        (f"/cart/{MUG}", "DELETE"),
        ("/cart/requests/019ca945-0a00-7000-8000-000000000001", "GET"),
        ("/products", "GET"),
        ("/openapi.json", "GET"),
    ],
)
@pytest.mark.parametrize("asking", [PARTNER, OTHER, STRANGER])
def test_only_the_configured_origins_are_let_in(
    cloud: LocalCloud, path: str, method: str, asking: str
) -> None:
    asked = {
        "Origin": asking,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = cloud.request("OPTIONS", path, asked)
    assert (answer.status, answer.body) == (204, b"")
    assert shared_with(answer) == (None if asking == STRANGER else asking)
    assert method in dict(answer.headers)["Access-Control-Allow-Methods"].split(",")


@pytest.mark.parametrize("origin", [PARTNER, OTHER, STRANGER])
def test_accepted_and_refused_requests_name_it_too(ada: Shopper, origin: str) -> None:
    for sku, status in ((MUG, 202), ("NO-SUCH-THING", 422)):
        answer = ada.send("POST", "/cart", {"sku": sku, "quantity": 1}, Origin=origin)
        assert answer.status == status
        named = answer.headers.get("Access-Control-Allow-Origin")
        assert named == (None if origin == STRANGER else origin)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/cart", 401), ("GET", "/nowhere", 404), ("PATCH", "/cart", 405)],
)
def test_what_the_gateway_answers_itself_can_be_read_too(
    cloud: LocalCloud, method: str, path: str, status: int
) -> None:
    answer = cloud.request(method, path)
    assert answer.status == status
    assert shared_with(answer) == "*"
