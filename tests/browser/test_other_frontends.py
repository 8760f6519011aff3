"""A page of another origin that has the shop's cart, by the shop's own module."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.people import MUG

ROOT = Path(__file__).parents[2]
ORIGIN = "http://localhost:5173"
"""The origin that shop.toml allows on the stage local; nothing listens there."""


@pytest.fixture
def page(visit, cloud):
    """The example page, as a server of files would have it, with the local cloud's API."""
    page = visit(base_url=ORIGIN).page
    page.route(f"{ORIGIN}/**", serve)
    page.goto(f"/examples/frontend/?api={cloud.url}")
    return page


def serve(route: Route) -> None:
    path = ROOT / urlsplit(route.request.url).path.removeprefix("/")
    route.fulfill(path=path / "index.html" if path.is_dir() else path)


def test_a_page_elsewhere_has_the_cart_and_keeps_what_it_could_not_send(page):
    mug = page.locator("#products li", has_text=MUG).get_by_role("button", name="Add")
    lines, news = page.locator("#lines li"), page.locator("#news")
    mug.click()
    expect(news).to_have_text("Done: add.")
    page.context.set_offline(True)
    mug.click()
    expect(lines).to_contain_text(f"2 \N{MULTIPLICATION SIGN} {MUG}")
    expect(page.locator("#connection")).to_have_text("Connection: offline.")
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_be_empty()
    page.get_by_role("button", name="Sign in as Ada").click()
    expect(page.locator("#who")).to_have_text("You are Ada.")
    expect(news).to_have_text("Done: merge.")
    expect(page.locator("#total")).to_have_text("€29.00")
    page.get_by_role("button", name="One less").click()
    expect(lines).to_contain_text(f"1 \N{MULTIPLICATION SIGN} {MUG}")
    page.get_by_role("button", name="Order", exact=True).click()
    expect(news).to_contain_text("awaiting_payment")
    expect(lines).to_have_count(0)
