"""``python -m bench``: measure, and write bench/RESULTS.md from what was last measured."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from bench import page
from bench.packages import BUILD

Figures = dict[str, Any]
PAGE: Final = Path(__file__).with_name("RESULTS.md")


def _bill() -> Figures:
    from bench import bill, million, operations  # noqa: PLC0415  each section needs its own

    return {
        "operations": {
            name: [vars(usage), bill.bill(usage * bill.MILLION, million.MEMORY_MEGABYTES)]
            for name, usage in operations.operations()
        },
        "variants": {
            name: bill.bill(usage, million.MEMORY_MEGABYTES) for name, usage in million.variants()
        },
        "http_api": bill.HTTP_API_SAVES,
    }


def _processes() -> Figures:
    from bench import processes  # noqa: PLC0415

    if shutil.which("valgrind") is None:
        raise click.ClickException("valgrind is needed: apt-get install valgrind")
    return {"instructions": dict(processes.measure()), **processes.sizes()}


def _cloud() -> Figures:
    from bench import throughput  # noqa: PLC0415

    return {"adds_per_second": {str(n): rate for n, rate in throughput.adds_per_second()}}


SECTIONS: Final[Mapping[str, Callable[[], Figures]]] = {
    "bill": _bill,
    "processes": _processes,
    "cloud": _cloud,
}


@click.command()
@click.argument("sections", nargs=-1, type=click.Choice([*SECTIONS, "page"]))
def main(sections: tuple[str, ...]) -> None:
    """Measure SECTIONS, all by default, and write the page; "page" measures nothing."""
    for name in sections or SECTIONS:
        if name in SECTIONS:
            click.echo(f"Measuring: {name}")
            _file(name).parent.mkdir(parents=True, exist_ok=True)
            _file(name).write_text(json.dumps(SECTIONS[name](), indent=1), encoding="utf-8")
    missing = [name for name in SECTIONS if not _file(name).exists()]
    if missing:
        raise click.ClickException(f"Not measured yet: {', '.join(missing)}.")
    figures = {name: json.loads(_file(name).read_text(encoding="utf-8")) for name in SECTIONS}
    PAGE.write_text(page.page(**figures), encoding="utf-8")
    click.echo(f"Wrote {PAGE}")


def _file(section: str) -> Path:
    return BUILD / f"{section}.json"


if __name__ == "__main__":
    main(prog_name="python -m bench")
