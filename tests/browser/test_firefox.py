"""That the pages work in Firefox, too: the main ways through them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.firefox import Firefox, started
from tests.browser.people import Cloud


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    """Start Firefox; without one the tests are skipped, but never in CI."""
    found = (shutil.which(name) for name in ("firefox-esr", "firefox"))
    path = next(filter(None, (os.environ.get("FIREFOX"), *found)), None)
    if path is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no Firefox here: `apt-get install firefox-esr`, or set FIREFOX to its path")
    with started(path, tmp_path) as firefox:
        yield firefox
    assert firefox.errors == []


def text(selector: str) -> str:
    return f"document.querySelector('{selector}').textContent"


def test_a_guest_signs_in_orders_and_is_led_to_pay(firefox: Firefox, cloud: Cloud) -> None:
    firefox.open(cloud.url, width=1280, height=800)
    firefox.click(".product form button")
    firefox.wait(f"{text('.product .progress')} === 'In your cart: 1'")
    firefox.click("#check-out")
    firefox.click("#demo-customers button:last-child")
    firefox.wait(f"{text('#greeting')}.startsWith('Welcome, Katherine')")
    firefox.click("#check-out:not([aria-disabled=true])")
    firefox.wait(f"{text('#checkout-lines')}.includes('€14.50')")
    firefox.click("#place-order")
    firefox.wait(f"{text('#order-state')}.startsWith('Your order is placed.')")
    firefox.open(firefox.run("document.querySelector('#pay').href"), width=390, height=700)
    firefox.wait(f"{text('.note .lead')}.startsWith('€14.50')")


def test_on_a_phone_the_cart_is_a_dialog(firefox: Firefox, cloud: Cloud) -> None:
    firefox.open(cloud.url, width=390, height=700)
    firefox.click(".product form button")
    firefox.click("#to-cart")
    firefox.wait("document.querySelector('#cart').matches(':modal')")
    assert firefox.run("document.documentElement.scrollWidth") == 390
    firefox.click("#cart .close")
    firefox.wait("!document.querySelector('#cart').checkVisibility()")


def test_the_console_opens_and_follows_an_add(firefox: Firefox, cloud: Cloud) -> None:
    firefox.open(f"{cloud.url}_local/", width=1280, height=800)
    firefox.wait(f"{text('#now')}.includes(':')")
    firefox.run(
        "[...document.querySelectorAll('button')]"
        ".find(one => one.textContent === 'Add something as Ada').click()"
    )
    firefox.wait("document.querySelector('.schedule') !== null")
