"""``python -m tests.mutation.templates``: do tests notice when a template or policy says otherwise?

The tests are collected once; each mutant is tested in a process of its own, forked from that one,
in which the templates, the policies and ``config.json`` are what the mutant makes of them.
"""

import os
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from random import Random
from typing import Final

import click
import pytest

from tests.mutation.accepted import is_accepted
from tests.mutation.forks import ARGUMENTS, NO_TESTS, NOTICED, PASSED, CrashedError, passes, verdict
from tests.mutation.mutants import CONFIG, ROOT, Mutant, of_config, of_policies, of_templates

TESTS: Final = {
    ".yaml": (
        *("queues", "figures_of_alarms", "templates", "access", "policies", "dashboard"),
        *("http_api", "near_misses", "relations", "denials"),
    ),
    ".json": ("least_privilege", "policies", "denials", "relations"),
}
"""The modules of tests that look at files of a kind, the quickest first."""

FOLDERS: Final = ("policies", "unit/infra/cloudformation")


class Loop:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, mutants: list[Mutant]) -> None:
        self._mutants = mutants
        self.survivors: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Test the files as they are, which must pass, and then each mutant."""
        for kind, modules in TESTS.items():
            mutants = [mutant for mutant in self._mutants if mutant.kind == kind]
            if not mutants:
                continue
            names = [f"test_{module}" for module in modules]
            items = [item for item in session.items if item.path.stem in names]
            items.sort(key=lambda item: names.index(item.path.stem))
            if "least_privilege" in modules:
                # Its run of the local cloud is the same for every mutant: it is kept.
                first, second = items[:2]
                first.config.hook.pytest_runtest_protocol(item=first, nextitem=second)
            unchanged = {file: file.read_text(encoding="utf-8") for file in mutants[0].files}
            if not _survives(Mutant(unchanged, "no mutant"), session, items):
                raise CrashedError("The tests fail without any mutant.")
            for mutant in mutants:
                if _survives(mutant, session, items):
                    self.survivors.append(mutant.what)
                    click.echo(f"SURVIVED  {mutant.what}")
        return True


def _survives(mutant: Mutant, session: pytest.Session, items: list[pytest.Item]) -> bool:
    modules = [path for path, _ in groupby(items, attrgetter("path"))]
    # What is about the function itself comes first in each module.
    (file,) = mutant.files
    sooner = sorted(items, key=lambda it: (modules.index(it.path), file.stem not in it.name))
    return passes(mutant.what, lambda: verdict(session, sooner) if _applied(mutant) else NOTICED)


def _applied(mutant: Mutant) -> bool:
    """Let all that was read from the files be read again; tell whether it can be read at all."""
    from tests.support import chalice, infrastructure, permissions  # noqa: PLC0415  after pytest

    read, files = Path.read_text, dict(mutant.files)

    def read_text(self: Path, encoding: str | None = None, errors: str | None = None) -> str:
        return files.get(self.resolve()) or read(self, encoding, errors)

    Path.read_text = read_text  # type: ignore[method-assign]
    permissions.policy_of.cache_clear()
    try:
        if mutant.kind == ".json":
            files[chalice.CHALICE.resolve() / CONFIG.name] = CONFIG.read_text(encoding="utf-8")
            files |= {file.resolve(): text for file, text in chalice.written().items()}
        infrastructure.read_again()
    except Exception:  # noqa: BLE001  whatever it is, a deployment would find it, too
        return False
    return True


def all_mutants() -> Iterator[Mutant]:
    """Give every mutant there is."""
    yield from of_policies()
    yield from of_config()
    yield from of_templates()


@click.command()
@click.argument("pattern", default="")
@click.option("--sample", type=int, help="Try only so many, drawn at random.")
def main(pattern: str, sample: int | None) -> None:
    """Try every mutant whose name has PATTERN in it, and show those that no test notices."""
    os.chdir(ROOT)
    found = [each for each in all_mutants() if fnmatchcase(each.what, f"*{pattern}*")]
    tried = [each for each in found if not is_accepted(each.what)]
    if sample is not None:
        tried = Random(sample).sample(tried, min(sample, len(tried)))  # noqa: S311  no secret
    names = sorted({name for kind in TESTS.values() for name in kind})
    loop = Loop(tried)
    found_in = (ROOT / "tests" / folder / f"test_{name}.py" for folder in FOLDERS for name in names)
    files = [str(file) for file in found_in if file.exists()]
    if pytest.main([*ARGUMENTS, *files], plugins=[loop]) not in {PASSED, NO_TESTS}:
        sys.exit(2)
    noticed = len(tried) - len(loop.survivors)
    click.echo(
        f"{noticed} of {len(tried)} noticed; {len(found) - len(tried)} accepted or left out."
    )
    sys.exit(1 if loop.survivors else 0)


if __name__ == "__main__":
    main()
