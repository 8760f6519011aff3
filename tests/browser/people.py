"""Who is in the browser tests: people in front of the shop page, and the cloud behind it."""

import json
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection
from typing import Any, Final, Self
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Response, expect

from tests.support.seconds import DAY

MUG: Final = "Stoneware mug"
"""What the page calls the product that everybody buys here."""

# In the page, because routing would have each of its requests pass through this process.
_SIGN_IN_FROM: Final = """{
  const send = window.fetch;
  window.fetch = (url, request) => {
    if (String(url).endsWith("_local/sign-in")) {
      const customer = JSON.parse(request.body);
      const email = "%s." + customer.email;
      request = { ...request, body: JSON.stringify({ ...customer, email }) };
    }
    return send(url, request);
  };
}"""

# What Chromium says of every answer that is no success, which the page is expected to handle.
_NETWORK_NOISE: Final = "Failed to load resource"


class Cloud:
    """The local cloud's own routes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._failing: set[str] = set()
        self._earlier_adds = len(self._all_adds())

    @property
    def now(self) -> datetime:
        """What the local cloud's clock shows."""
        return datetime.fromisoformat(self._call("GET", "state")["now"])

    def fail(self, target: str, times: int) -> None:
        """Have the next calls of a service or function fail; 0 makes it well again."""
        self._failing.add(target)
        self._post("faults", target=target, fail_next=times)

    def heal(self) -> None:
        """Have nothing fail any more."""
        for target in self._failing:
            self.fail(target, 0)

    def advance(self, seconds: int) -> None:
        """Move the clock, and wait until all that became due is done."""
        self._post("clock", advance_seconds=seconds)

    def rest(self) -> None:
        """Have nothing left to be done, and nothing in the archive that a replay would bring."""
        self.advance(31 * DAY)
        while self._call("GET", "state")["schedules"]:
            self.advance(DAY)

    def withdraw(self, sku: str, *, withdrawn: bool = True) -> None:
        """Have the shop sell a product no longer, or again."""
        self._post("catalog", sku=sku, withdrawn=withdrawn)

    def reprice(self, sku: str, unit_price: int) -> None:
        """Have a product cost something else; amounts are in minor units."""
        self._post("catalog", sku=sku, unit_price=unit_price)

    def token_of(self, email: str) -> str:
        """Return an id token, such as a user pool would, for a customer named Ada."""
        fields = json.dumps({"email": email, "name": "Ada"})
        token: str = self._call("POST", "sign-in", fields)["id_token"]
        return token

    def adds(self) -> list[dict[str, Any]]:
        """Return the adds that went over the bus in this test."""
        return self._all_adds()[self._earlier_adds :]

    def inbox(self) -> list[dict[str, Any]]:
        """Return every mail, the latest last."""
        mails: list[dict[str, Any]] = self._call("GET", "state")["inbox"]
        return mails

    def _all_adds(self) -> list[dict[str, Any]]:
        events = self._call("GET", "state")["events"]
        return [event for event in events if event["detail-type"] == "ItemAddedToCart"]

    def _post(self, route: str, **fields: object) -> None:
        self._call("POST", route, json.dumps(fields))

    def _call(self, method: str, route: str, body: str | None = None) -> Any:
        with closing(HTTPConnection(urlsplit(self.url).netloc)) as connection:
            connection.request(method, f"/_local/{route}", body)
            response = connection.getresponse()
            answer = json.load(response)
            assert response.status == 200, answer
            return answer


class Visitor:
    """Somebody in front of the shop page; each ``town`` has an Ada of its own."""

    def __init__(self, context: BrowserContext, url: str, town: str) -> None:
        self.context = context
        self.url = url
        self.town = town
        self.page = context.new_page()
        self.page.add_init_script(_SIGN_IN_FROM % town)
        self.errors: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("response", self._see)

    def open(self) -> Self:
        self.page.goto(self.url)
        expect(self.page.locator(".product")).to_have_count(13)
        expect(self.page.locator("#sign-in:visible, #sign-out:visible")).to_have_count(1)
        return self

    def sign_in(self, name: str) -> Self:
        if not self.page.locator("#account-dialog").is_visible():
            self.page.locator("#sign-in").click()
        self.button(f"I am {name}").click()
        expect(self.page.locator("#greeting")).to_contain_text(f"Welcome, {name}")
        return self

    def add(self, product: str, quantity: int = 1) -> None:
        self.product(product).get_by_label(f"Quantity of {product}").fill(str(quantity))
        self.button(f"Add {product} to cart").click()

    def check_out(self) -> None:
        """Order what is in the cart."""
        self.button("Check out").click()
        self.button("Place order").click()

    def open_tab(self) -> "Visitor":
        """Open the shop once more, in the same browser."""
        other = Visitor(self.context, self.url, self.town)
        other.errors = self.errors
        return other.open()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def product(self, name: str) -> Locator:
        heading = self.page.get_by_role("heading", name=name, exact=True)
        return self.page.locator(".product").filter(has=heading)

    def progress(self, product: str) -> Locator:
        """What the shelf says about the product and this customer's cart."""
        return self.product(product).locator(".progress")

    def line(self, name: str) -> Locator:
        return self.page.locator(".line").filter(has_text=name)

    def quantity(self, name: str) -> Locator:
        """The field with the quantity of a product in the cart."""
        return self.page.get_by_label(f"Quantity of {name} in your cart")

    @property
    def lines(self) -> Locator:
        return self.page.locator(".line")

    @property
    def cart(self) -> Locator:
        return self.page.locator("#cart")

    @property
    def order(self) -> Locator:
        """What is said of the last order."""
        return self.page.locator("#order")

    @property
    def banner(self) -> Locator:
        return self.page.locator("#banner")

    @property
    def announced(self) -> Locator:
        """What a screen reader speaks."""
        return self.page.locator("#announcer")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_NETWORK_NOISE):
            self.errors.append(message.text)

    def _see(self, response: Response) -> None:
        if "/storefront/" in response.url and response.status >= 400:
            self.errors.append(f"{response.status} {response.url}")
