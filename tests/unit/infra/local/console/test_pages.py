import re
from email.message import EmailMessage

import pytest

from infra.local.console import Console
from infra.local.console.files import FOLDER
from infra.local.engine.http import Request, Response
from tests.unit.infra.local.conftest import Shop

MAIL = '<!DOCTYPE html><html><head><title>T</title></head><body style="margin:0">Hi</body></html>'


@pytest.fixture
def console(shop: Shop) -> Console:
    return Console(shop.cloud)


def get(console: Console, path: str, method: str = "GET") -> Response:
    answer = console.answer(Request(method, path))
    assert isinstance(answer, Response)
    return answer


def policy_of(response: Response) -> dict[str, str]:
    header = dict(response.headers)["Content-Security-Policy"]
    return {name: value for name, _, value in (part.partition(" ") for part in header.split("; "))}


def send_mail(shop: Shop, html: str | None = MAIL) -> str:
    """Send a mail and return its message id."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.com", "ada@example.com", "S"
    message.set_content("Hi in plain words")
    if html:
        message.add_alternative(html, subtype="html")
    content = {"Raw": {"Data": message.as_bytes()}}
    answer = shop.client("sesv2").send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content=content,
    )
    return str(answer["MessageId"])


def test_the_page_allows_nothing_inline_and_no_other_host(console: Console) -> None:
    policy = policy_of(get(console, "/_local/"))
    assert policy["default-src"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'", "'script'"}
    assert policy["frame-ancestors"] == "'none'"


def test_the_page_names_every_module_and_no_file_that_is_missing(console: Console) -> None:
    page = "".join(get(console, path).body.decode() for path in ("/_local/", "/_local/events"))
    named = set(re.findall(r'(?:href|src)="console/([^"]+)"', page))
    assert named == {path.name for path in FOLDER.iterdir()} - {"index.html"}
    for name in named:
        assert get(console, f"/_local/console/{name}").status == 200


@pytest.mark.parametrize("name", ["", "index.html", "../__init__.py", "%2e%2e/files.py", "nothing"])
def test_no_other_file_can_be_reached(console: Console, name: str) -> None:
    assert get(console, f"/_local/console/{name}").status == 404


def test_a_visitor_without_the_slash_is_led_to_where_relative_urls_work(console: Console) -> None:
    response = get(console, "/_local")
    assert (response.status, dict(response.headers)["Location"]) == (308, "/_local/")


@pytest.mark.parametrize("path", ["/_local/", "/_local/stream", "/_local/console/dom.js"])
def test_it_can_only_be_read(console: Console, path: str) -> None:
    assert get(console, path, "POST").status == 405


@pytest.mark.parametrize("path", ["/_local/state", "/_local/clock", "/_local/streams"])
def test_other_paths_are_left_to_the_routes(console: Console, path: str) -> None:
    assert console.answer(Request("GET", path)) is None


def test_a_mail_may_have_styles_but_neither_scripts_nor_an_origin(
    console: Console, shop: Shop
) -> None:
    policy = policy_of(get(console, f"/_local/inbox/{send_mail(shop)}"))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == "'unsafe-inline'"
    assert set(policy["sandbox"].split()) == {"allow-popups", "allow-popups-to-escape-sandbox"}


def test_links_in_a_mail_open_a_tab_and_the_rest_stays_as_it_is(
    console: Console, shop: Shop
) -> None:
    html = get(console, f"/_local/inbox/{send_mail(shop)}").body.decode().strip()
    assert html == MAIL.replace("<head>", '<head><base target="_blank">')


def test_the_text_part_is_text(console: Console, shop: Shop) -> None:
    response = get(console, f"/_local/inbox/{send_mail(shop)}.txt")
    assert dict(response.headers)["Content-Type"] == "text/plain; charset=utf-8"
    assert response.body.decode().strip() == "Hi in plain words"


def test_a_mail_without_html_says_so(console: Console, shop: Shop) -> None:
    message_id = send_mail(shop, html=None)
    assert b"no HTML part" in get(console, f"/_local/inbox/{message_id}").body


def test_a_mail_that_was_never_sent_is_not_found(console: Console) -> None:
    assert get(console, "/_local/inbox/nothing").status == 404
