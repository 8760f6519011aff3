"""Browser profiles that are used again, emptied, because a page opens in them at half the cost.

Chromium starts no process for a page if another one of the same site is open in the profile.
"""

from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE: Final = 60_000
"""Milliseconds after which what was waited for does not come, on a machine that is busy."""


class Profiles:
    """The profiles of one browser; whoever takes one finds nothing of an earlier user in it."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._picture = f"{url}storefront/icon.svg"  # runs nothing and asks for nothing
        self._kept: dict[BrowserContext, Page] = {}
        self._free: list[BrowserContext] = []

    def take(self, **options: Any) -> BrowserContext:
        """Return a profile that nobody else has; one with options of its own is new."""
        if self._free and not options:
            return self._free.pop()
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        if not options:
            self._kept[context] = context.new_page()
            self._kept[context].goto(self._picture)
        return context

    def give_back(self, context: BrowserContext) -> None:
        """Close every page, and forget what the pages kept."""
        kept = self._kept.get(context)
        if kept is None:
            context.close()
            return
        for page in context.pages:
            if page != kept:
                page.close()
        context.unroute_all()
        context.set_offline(False)
        context.clear_cookies()
        kept.evaluate("localStorage.clear()")
        self._free.append(context)
