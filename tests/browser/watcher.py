"""Somebody who watches the local cloud on its console page."""

import re
from typing import Self

from playwright.sync_api import BrowserContext, ConsoleMessage, FrameLocator, Locator, Page, expect


class Watcher:
    """Somebody in front of the console, who also sees each tab that it opens."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = f"{url}_local/"
        self.errors: list[str] = []
        context.on("page", self._listen)
        self.page = context.new_page()

    def open(self) -> Self:
        self.page.goto(self.url)
        expect(self.page.locator("#now")).to_contain_text(":")
        expect(self.page.locator("#queues tr")).not_to_have_count(0)
        return self

    def leave(self) -> None:
        """Look at no tab any more."""
        self.context.remove_listener("page", self._listen)

    def look_again(self) -> None:
        """Show what is there by now, and nothing of before."""
        self.page.reload()
        self.open()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def switch(self, name: str) -> Locator:
        return self.page.get_by_role("switch", name=name)

    def place(self, name: str) -> Locator:
        """A place in the diagram; its accessible name says what happened there."""
        return self.page.locator("#diagram").get_by_role("img", name=re.compile(f"^{name},"))

    def path(self, rule: str) -> Locator:
        """The path in the diagram on which a rule takes events to its target."""
        return self.page.locator("#diagram .path", has=self.page.locator("title", has_text=rule))

    def fill_cart(self) -> None:
        """Put a mug into the cart of Ada, and wait for her reminder to be scheduled."""
        self.button("Add something as Ada").click()
        expect(self.schedules).to_have_count(1)

    def open_link_in_mail(self, name: str) -> Page:
        with self.context.expect_page() as opened:
            self.mail.get_by_role("link", name=name).click()
        return opened.value

    @property
    def schedules(self) -> Locator:
        return self.page.locator(".schedule")

    @property
    def hops(self) -> Locator:
        return self.page.locator(".hop")

    @property
    def mails(self) -> Locator:
        return self.page.locator("#mails li")

    @property
    def mail(self) -> FrameLocator:
        """The mail that is open, as its reader sees it."""
        return self.page.frame_locator("iframe")

    @property
    def announced(self) -> Locator:
        """What a screen reader speaks."""
        return self.page.locator("#announcer")

    def _listen(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(message.text)
