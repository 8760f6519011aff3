"""Puts the toy shop in the place of the demo shop, in a copy of the project, and tests that.

``make second-shop``: whatever names the demo shop's products, prices, currency, languages, stages
or prefix where it should not fails there. Pictures of the page and of the mails are in
``build/second-shop/``, to look at. Left out are the tests that take longest and say nothing about
a shop's folder: simulation, browser, deployment; and those that give the same result in any shop,
because they open none of its files: ``tests/support/own_shop.py`` checks that.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal
from urllib.request import Request, urlopen

from playwright.sync_api import ViewportSize

from tests.browser import chromium
from tests.support.second_shop import ROOT, SHOP, assemble

PICTURES: Final = ROOT / "build" / "second-shop"
TESTS: Final = ("tests/unit", "tests/policies", "tests/end_to_end", "chalicelib/extensions")
SIZES: Final[Mapping[str, ViewportSize]] = {
    "wide": {"width": 1280, "height": 1000},
    "narrow": {"width": 390, "height": 1400},
}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
DAYS: Final = 5


def main() -> int:
    """Test the copy and take the pictures; return the tests' exit code."""
    with TemporaryDirectory() as place:
        copy = Path(place, "project")
        put(copy)
        look(copy)
        (copy / ".venv").symlink_to(sys.prefix)
        command = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal"]
        command += ["-m", "not shopless and not exhaustive"]
        return subprocess.run([*command, *TESTS], cwd=copy, env=_own(), check=False).returncode  # noqa: S603


def put(copy: Path) -> None:
    """Copy the project, with the toy shop in the place of the demo shop, and configure it."""
    for file in _run(ROOT, "git", "ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / file).is_file():
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            (copy / file).write_bytes((ROOT / file).read_bytes())
    rmtree(copy / SHOP)
    assemble(copy / SHOP)
    for command in ("configure", "check", "docs"):
        _run(copy, sys.executable, "-m", "infra", command)


def look(copy: Path) -> None:
    """Take pictures of the page, and of the first mail in each language."""
    rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with chromium.started() as browser, _running(copy) as url:
        if browser is None:
            print("There is no Chromium, so there are no pictures.")  # noqa: T201
            return
        page = browser.new_page(locale="ja")
        pages = {"page": f"{url}/", **{f"mail-{each}": _mail(url, each) for each in ("ja", "en")}}
        for each, address in pages.items():
            page.goto(address, wait_until="networkidle")
            for (size, pixels), scheme in product(SIZES.items(), SCHEMES):
                page.set_viewport_size(pixels)
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=PICTURES / f"{each}-{size}-{scheme}.png")


def _mail(url: str, locale: str) -> str:
    """Let a customer fill a cart and forget it; return the address of the first mail."""
    mails = len(_call(f"{url}/_local/state")["inbox"])
    person = {"email": f"{locale}@example.com", "name": "Ada", "locale": locale}
    token = _call(f"{url}/_local/sign-in", person)["id_token"]
    for sku in ("TRAIN-WOOD-5", "KENDAMA-1"):
        _call(f"{url}/cart", {"sku": sku, "quantity": 2}, Authorization=f"Bearer {token}")
    _call(f"{url}/_local/clock", {"advance_seconds": DAYS * 86_400})
    file = PICTURES / f"mail-{locale}.html"
    file.write_text(_call(f"{url}/_local/state")["inbox"][mails]["html"], "utf-8")
    return file.as_uri()


@contextmanager
def _running(project: Path) -> Iterator[str]:
    """Run the local cloud of a project, and yield where."""
    command = (sys.executable, "-m", "infra", "local", "--port", "0")
    with subprocess.Popen(  # noqa: S603
        command, cwd=project, env=_own(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if found := re.search(r"The shop +(http://\S+)/", line):
                    yield found[1]
                    break
        finally:
            process.terminate()


def _call(url: str, body: object = None, **headers: str) -> dict[str, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, {"Content-Type": "application/json", **headers})  # noqa: S310
    with urlopen(request, timeout=60) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found


def _own() -> dict[str, str]:
    """Return the environment without the shop of the tests: the project's own counts."""
    unbuffered = {"PYTHONUNBUFFERED": "1"}
    return {name: text for name, text in os.environ.items() if name != "SHOP_FOLDER"} | unbuffered


def _run(project: Path, *command: str) -> str:
    done = subprocess.run(  # noqa: S603
        command, cwd=project, env=_own(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
