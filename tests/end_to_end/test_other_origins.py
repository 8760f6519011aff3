"""A page of another origin calls the API: the browser asks first, then reads the answer."""

import pytest

PARTNER = "http://localhost:5173"
STRANGER = "https://stranger.example.com"


def preflight(cloud, path, origin, method):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = cloud.request("OPTIONS", path, asked)
    assert answer.status == 200
    assert answer.body == b""
    return dict(answer.headers)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/cart", "POST"),
        ("/cart", "GET"),
        ("/cart/checkout", "POST"),
        ("/cart/MUG-STONE-350", "DELETE"),
        ("/cart/requests/019ca945-0a00-7000-8000-000000000001", "GET"),
        ("/products", "GET"),
        ("/openapi.json", "GET"),
    ],
)
@pytest.mark.parametrize("asking", [PARTNER, STRANGER])
def test_only_the_configured_origin_is_let_in(cloud, path, method, asking):
    """The answer is the same for everybody: a stranger's browser finds that it is not meant."""
    headers = preflight(cloud, path, asking, method)
    assert headers["Access-Control-Allow-Origin"] == PARTNER
    assert method in headers["Access-Control-Allow-Methods"].split(",")


def test_a_preflight_runs_no_function(cloud):
    preflight(cloud, "/cart", PARTNER, "POST")
    assert cloud.state()["invocations"] == []


def test_accepted_and_refused_requests_name_it_too(ada):
    for answer in (ada.add("MUG-STONE-350"), ada.add("NO-SUCH-THING")):
        assert answer.headers["Access-Control-Allow-Origin"] == PARTNER


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/cart", 401), ("GET", "/nowhere", 404), ("PATCH", "/cart", 405)],
)
def test_what_the_gateway_answers_itself_can_be_read_too(cloud, method, path, status):
    answer = cloud.request(method, path)
    assert answer.status == status
    assert dict(answer.headers)["Access-Control-Allow-Origin"] == PARTNER
