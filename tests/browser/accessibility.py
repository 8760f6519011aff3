"""Whether a page is one for everybody, on any screen."""

from typing import Any, Final, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES: Final[dict[Literal["light", "dark"], list[str]]] = {
    "dark": ["color-contrast", "link-in-text-block"],  # those that ask for a colour
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
_OPTIONS: Final = {
    "resultTypes": ["violations"],  # or each element that passes is told of as well
    "iframes": False,  # the one that there is holds a mail, which lets no script in
}
_MORE_OF_THE_SAME: Final[Any] = {"exclude": [[".hop:nth-child(n + 60)"]]}
"""What earlier tests left in the console's timeline."""

_WIDTHS: Final = (320, 390, 768, 1280, 1920)


def assert_fits_every_screen(page: Page) -> None:
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def assert_accessible(page: Page) -> None:
    """Let axe look at the page in light and in dark, which differ in their colours only."""
    for scheme, rules in _RULES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        options = {"runOnly": rules, **_OPTIONS}
        results = Axe().run(page, context=_MORE_OF_THE_SAME, options=options)
        assert results.violations_count == 0, (scheme, results.generate_report())
