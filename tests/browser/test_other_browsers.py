"""That the pages work in other browsers than Chromium, too: the main ways through them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.browser import firefox, webkit
from tests.browser.people import Cloud
from tests.browser.windows import Window


@pytest.fixture(scope="session")
def firefox_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[firefox.Firefox]:
    """Start Firefox once for all tests; without it they are skipped, but never in CI."""
    found = (shutil.which(name) for name in ("firefox-esr", "firefox"))
    path = next(filter(None, (os.environ.get("FIREFOX"), *found)), None)
    if path is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no Firefox here: `apt-get install firefox-esr`, or set FIREFOX to its path")
    with firefox.started(path, tmp_path_factory.mktemp("firefox")) as window:
        yield window


@pytest.fixture(params=["firefox", "webkit"])
def window(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Window]:
    """Give a window in which nothing was opened before."""
    if request.param == "firefox":
        window = request.getfixturevalue("firefox_window")
        window.start_anew()
        yield window
    else:
        with _webkit(tmp_path) as window:
            yield window
    assert window.errors == []


def _webkit(profile: Path) -> AbstractContextManager[Window]:
    paths = webkit.find_webkit()
    if paths is None:
        pytest.skip("no WebKit here: `make webkit` installs it")
    return webkit.started(paths, profile)


def text(selector: str) -> str:
    return f"document.querySelector('{selector}').textContent"


def test_a_guest_signs_in_orders_and_is_led_to_pay(window: Window, cloud: Cloud) -> None:
    window.open(cloud.url, width=1280, height=800)
    window.click(".product form button")
    window.wait(f"{text('.product .progress')} === 'In your cart: 1'")
    window.click("#check-out")
    window.click("#demo-customers button:last-child")
    window.wait(f"{text('#greeting')}.startsWith('Welcome, Katherine')")
    window.click("#check-out:not([aria-disabled=true])")
    window.wait(f"{text('#checkout-lines')}.includes('€14.50')")
    window.click("#place-order")
    window.wait(f"{text('#order-state')}.startsWith('Your order is placed.')")
    window.open(window.run("document.querySelector('#pay').href"), width=390, height=700)
    window.wait(f"{text('.note .lead')}.startsWith('€14.50')")


def test_on_a_phone_the_cart_is_a_dialog(window: Window, cloud: Cloud) -> None:
    window.open(cloud.url, width=390, height=700)
    window.click(".product form button")
    window.click("#to-cart")
    window.wait("document.querySelector('#cart').matches(':modal')")
    assert window.run("document.documentElement.scrollWidth <= innerWidth")
    window.click("#cart .close")
    window.wait("!document.querySelector('#cart').checkVisibility()")


def test_the_console_opens_and_follows_an_add(window: Window, cloud: Cloud) -> None:
    window.open(f"{cloud.url}_local/", width=1280, height=800)
    window.wait(f"{text('#now')}.includes(':')")
    window.run(
        "[...document.querySelectorAll('button')]"
        ".find(one => one.textContent === 'Add something as Ada').click()"
    )
    window.wait("document.querySelector('.schedule') !== null")
