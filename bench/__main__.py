"""``python -m bench``: measure, and write bench/RESULTS.md from what was last measured."""

import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import chalice
import click

from bench import page
from bench.packages import BUILD, ROOT, SDK
from bench.usage import Usage

Figures = dict[str, Any]
PAGE: Final = Path(__file__).with_name("RESULTS.md")


def _bill() -> Figures:
    from bench import bill, million, operations  # noqa: PLC0415  each section needs its own

    def dollars(usage: Usage) -> dict[str, float]:
        return bill.bill(usage, million.MEMORY_MEGABYTES)

    bills = million.bills()
    built, beyond = dollars(bills.built), {name: dollars(one) for name, one in bills.beyond.items()}
    beyond |= {
        f"{name}, and an HTTP API" if name else "an HTTP API in place of the REST API": {
            **one,
            "API Gateway": one["API Gateway"] - bill.HTTP_API_SAVES,
        }
        for name, one in {"": built, **beyond}.items()
    }
    computing = bill.computing(bills.built, million.MEMORY_MEGABYTES)
    metered = {}
    for operation, usage in operations.operations():
        click.echo(f"  {operation}: {sum(usage.calls.values())} calls to AWS")
        metered[operation] = [vars(usage), dollars(usage * bill.MILLION)]
    return {
        "operations": metered,
        "built": built,
        "without": {
            number: [words, dollars(usage)] for number, (words, usage) in bills.without.items()
        },
        "no line": million.NO_LINE_OF_THE_BILL,
        "beyond": beyond,
        "sign_in": bill.SIGN_IN,
        "compute": computing,
        "fixed": bill.total(built, mail=False) - computing - built["logs, traces"],
    }


def _processes() -> Figures:
    from bench import processes  # noqa: PLC0415

    if shutil.which("valgrind") is None:
        raise click.ClickException("valgrind is needed: apt-get install valgrind")
    instructions = {}
    for name, count in processes.measure():
        click.echo(f"  {name}: {count:,.2f} million instructions")
        instructions[name] = count
    return {"instructions": instructions, **processes.sizes()}


def _cloud() -> Figures:
    from bench import throughput  # noqa: PLC0415

    rates = {}
    for customers, rate in throughput.adds_per_second():
        click.echo(f"  {customers} customers: {rate:.0f} adds a second")
        rates[str(customers)] = rate
    return {"adds_per_second": rates}


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
            provenance = _provenance()
            click.echo(f"Measuring: {name}")
            measured = {"provenance": provenance, "figures": SECTIONS[name]()}
            _file(name).parent.mkdir(parents=True, exist_ok=True)
            _file(name).write_text(json.dumps(measured, indent=1), encoding="utf-8")
    missing = [name for name in SECTIONS if not _file(name).exists()]
    if missing:
        raise click.ClickException(f"Not measured yet: {', '.join(missing)}.")
    kept = {name: json.loads(_file(name).read_text(encoding="utf-8")) for name in SECTIONS}
    provenance, *others = [section["provenance"] for section in kept.values()]
    if any(other != provenance for other in others):
        raise click.ClickException("The sections are of different commits: run python -m bench.")
    figures = {name: section["figures"] for name, section in kept.items()}
    PAGE.write_text(page.page(provenance, **figures), encoding="utf-8")
    click.echo(f"Wrote {PAGE}")


def _provenance() -> dict[str, str]:
    """Return what is measured, and with what."""
    changed = _git("status", "--porcelain", "--", ".", f":!{PAGE.relative_to(ROOT)}")
    return {
        "commit": _git("log", "-1", "--format=%h (%cs, “%s”)")
        + (" and changes" if changed else ""),
        "Python": platform.python_version(),
        "boto3 and botocore": SDK,
        "Chalice": chalice.__version__,
    }


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(  # noqa: S603 - this project's own repository
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def _file(section: str) -> Path:
    return BUILD / f"{section}.json"


if __name__ == "__main__":
    main(prog_name="python -m bench")
