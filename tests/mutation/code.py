"""``python -m tests.mutation.code``: do the tests notice when a module says otherwise?

The tests are collected once and run once, to learn which functions each of them calls. A mutant of
a function is tested in a process that is forked from there: the function gets the mutant's code,
and the tests that call it are run, the quickest first. A mutant of what runs at import is tested in
a process that has imported nothing of the project yet, and imports the mutant.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType, FunctionType
from typing import Any, Final

import click
import msgspec
import pytest

from tests.mutation.accepted import is_accepted
from tests.mutation.forks import (
    ARGUMENTS,
    NO_TESTS,
    NOTICED,
    PASSED,
    CrashedError,
    FewExamples,
    forked,
    passes,
    verdict,
)

ROOT: Final = Path(__file__).parents[2]
JUDGES: Final = {
    "chalicelib/domain": ("tests/unit/domain",),
    "chalicelib/adapters": ("tests/unit/adapters", "tests/unit/entrypoints/test_storefront.py"),
    "chalicelib/usecases": ("tests/unit/usecases", "tests/unit/entrypoints"),
}
"""The tests that judge the modules of a folder."""

SLOW_TO_IMPORT: Final = ("boto3", "moto.core")

Place = tuple[str, str, int]
"""File, qualified name and first line of a function, or of the body of a class or module."""


@dataclass(frozen=True)
class Mutant:
    """A module as it would be, and what differs."""

    module: str
    line: int
    before: str
    after: str
    source: str

    @property
    def what(self) -> str:
        """What differs, on one line."""
        return f"{self.module}: {self.before} -> {self.after}"

    @cached_property
    def file(self) -> str:
        """The absolute path of the module."""
        return str(ROOT / self.module)

    @cached_property
    def code(self) -> CodeType:
        """It, compiled in the place of the module."""
        return compile(self.source, self.file, "exec")

    @cached_property
    def place(self) -> Place:
        """The innermost function, or body of a class or module, that differs."""
        original = compile(Path(self.file).read_bytes(), self.file, "exec")
        return _place(_differing(original, self.code))


class Learned(msgspec.Struct):
    """What runs at import; what each test runs, and its seconds of CPU."""

    at_import: set[Place] = msgspec.field(default_factory=set)
    places: dict[str, set[Place]] = msgspec.field(default_factory=dict)
    seconds: dict[str, float] = msgspec.field(default_factory=dict)

    def judges(self, mutant: Mutant) -> list[str]:
        """Return the tests that can notice a mutant, the quickest first."""
        wanted, runs_at_import = {mutant.place}, mutant.place in self.at_import
        if runs_at_import:
            everything = set[Place]().union(*self.places.values())
            wanted = {place for place in everything if place[0] == mutant.file}
        # A test of the module may look at a constant and call nothing.
        its_own = f"/test_{Path(mutant.module).stem}.py::"
        tests = [
            test
            for test, places in self.places.items()
            if not wanted.isdisjoint(places) or (runs_at_import and its_own in test)
        ]
        return sorted(tests, key=self.seconds.__getitem__)

    def limit(self, tests: list[str]) -> int:
        """Return the seconds of CPU after which tests run in a circle."""
        return 20 + int(5 * sum(self.seconds[test] for test in tests))


def _place(code: CodeType) -> Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _nested(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _all(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in _nested(code):
        yield from _all(inner)


def _differing(code: CodeType, other: CodeType) -> CodeType:
    pairs = list(zip(_nested(code), _nested(other), strict=False))
    # What a loop over nothing had inside of it is not compiled at all.
    if len(pairs) == len(_nested(code)):
        for inner, its_other in pairs:
            if inner != its_other:
                return _differing(inner, its_other)
    return code


def _record(places: set[Place]) -> None:
    """Add what is called of the application from here on, until the tracer is set otherwise."""

    def trace(frame: FrameType, _event: str, _: Any) -> None:
        if frame.f_code.co_filename.startswith(f"{ROOT}/chalicelib/"):
            places.add(_place(frame.f_code))

    sys.settrace(trace)


class Findings:
    """What the processes tell one another, in a folder."""

    def __init__(self, folder: str) -> None:
        self._learned = Path(folder, "learned.json")
        self._survivors = Path(folder, "survivors")

    @property
    def learned(self) -> Learned:
        """What was learned from the tests as they are."""
        return msgspec.json.decode(self._learned.read_bytes(), type=Learned)

    def learn(self, learned: Learned) -> None:
        """Keep what was learned."""
        self._learned.write_bytes(msgspec.json.encode(learned))

    def tell(self, mutant: Mutant, *, noticed: bool) -> None:
        """Show the outcome of a mutant, and count who survives."""
        if noticed:
            click.echo(".", nl=False)
            return
        click.echo(f"\n{mutant.module}:{mutant.line}\n- {mutant.before}\n+ {mutant.after}")
        with self._survivors.open("a") as file:
            file.write(f"{mutant.what}\n")

    @property
    def survivors(self) -> int:
        """How many mutants survived."""
        return len(self._survivors.read_text().splitlines()) if self._survivors.exists() else 0


class Judge:
    """Takes the place of pytest's own loop over the tests: learns from it, and tries mutants."""

    def __init__(self, mutants: list[Mutant], findings: Findings) -> None:
        self._mutants = mutants
        self._findings = findings
        self._at_import: set[Place] = set()
        _record(self._at_import)
        # What the first test that needs a module imports would be imported as it is, unmutated.
        for module in {mutant.module for mutant in mutants}:
            import_module(module.removesuffix(".py").replace("/", "."))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the tests as they are, which must pass, and then those of each mutant."""
        sys.settrace(None)
        # Before the first process is forked, which hides them from the garbage collector.
        functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)]
        if not passes("no mutant", partial(self._learn, session)):
            raise click.ClickException("The tests fail without any mutant.")
        learned = self._findings.learned
        items = {item.nodeid: item for item in session.items}
        for mutant in self._mutants:
            if mutant.place not in learned.at_import:
                tests = learned.judges(mutant)
                chosen = [items[test] for test in tests]
                run = partial(_replaced, mutant, functions, session, chosen, learned.seconds)
                noticed = not passes(mutant.what, run)
                self._findings.tell(mutant, noticed=noticed)
        return True

    def _learn(self, session: pytest.Session) -> int:
        learned = Learned(self._at_import)
        for item in session.items:
            began = time.process_time()
            _record(learned.places.setdefault(item.nodeid, set()))
            if verdict(session, [item]) != PASSED:
                return NOTICED
            sys.settrace(None)
            learned.seconds[item.nodeid] = time.process_time() - began
        self._findings.learn(learned)
        return PASSED


def _replaced(
    mutant: Mutant,
    functions: list[FunctionType],
    session: pytest.Session,
    items: list[pytest.Item],
    seconds: Mapping[str, float],
) -> int:
    """Give the functions of a module the code of a mutant, and run tests.

    Raises:
        CrashedError: the module has no functions, so the tests would judge nothing.
    """
    codes = {_place(code): code for code in _all(mutant.code)}
    its_own = [each for each in functions if each.__code__.co_filename == mutant.file]
    if not its_own:
        raise CrashedError(f"{mutant.what}: no function of the module was found.")
    for function in its_own:
        function.__code__ = codes.get(_place(function.__code__), function.__code__)
    return verdict(session, items, seconds)


class Chosen:
    """Takes the place of pytest's own loop: runs some tests, in an order."""

    def __init__(self, tests: list[str]) -> None:
        self._tests = tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them until one fails."""
        items = {item.nodeid: item for item in session.items}
        verdict(session, [items[test] for test in self._tests])
        return True


def _imported(mutant: Mutant, tests: list[str]) -> int:
    """Import a mutant instead of its module, and run tests."""
    read = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        return mutant.code if self.path == mutant.file else read(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
    files = {test.partition("::")[0] for test in tests}
    try:
        ended = pytest.main([*ARGUMENTS, *sorted(files)], plugins=[FewExamples(), Chosen(tests)])
    except Exception:  # noqa: BLE001  whatever it is, no function would start
        return NOTICED
    return PASSED if ended in {PASSED, NO_TESTS} else NOTICED


def of_modules(modules: list[str], python: str) -> list[Mutant]:
    """Return the mutants of modules, which cosmic-ray makes in its own virtual environment."""
    script = str(ROOT / "tests" / "mutation" / "operators.py")
    made = subprocess.run([python, script, *modules], stdout=subprocess.PIPE, check=True)  # noqa: S603
    return [Mutant(**json.loads(line)) for line in made.stdout.splitlines()]


def _survivors(mutants: list[Mutant], files: tuple[str, ...]) -> int:
    """Try mutants, and return how many survived."""
    with TemporaryDirectory() as folder:
        findings = Findings(folder)
        in_functions = partial(_try_functions, mutants, files, findings)
        if forked(in_functions) not in {PASSED, NO_TESTS}:
            sys.exit(2)
        learned = findings.learned
        for mutant in mutants:
            if mutant.place in learned.at_import:
                tests = learned.judges(mutant)
                run = partial(_imported, mutant, tests)
                findings.tell(mutant, noticed=not passes(mutant.what, run, learned.limit(tests)))
        return findings.survivors


def _try_functions(mutants: list[Mutant], files: tuple[str, ...], findings: Findings) -> int:
    return pytest.main([*ARGUMENTS, *files], plugins=[FewExamples(), Judge(mutants, findings)])


@click.command()
@click.option("--python", required=True, help="The interpreter that has cosmic-ray.")
@click.option("--tests", multiple=True, help="Tests that judge instead of those of the folder.")
@click.argument("modules", nargs=-1)
def main(python: str, tests: tuple[str, ...], modules: tuple[str, ...]) -> None:
    """Try every mutant of MODULES, or of all there are, and show what no test notices."""
    os.chdir(ROOT)
    survivors = tried = accepted = 0
    for name in SLOW_TO_IMPORT:
        import_module(name)
    for folder, files in JUDGES.items():
        inside = sorted(str(file) for file in Path(folder).rglob("*.py"))
        found = of_modules([each for each in inside if each in modules or not modules], python)
        new = [mutant for mutant in found if not is_accepted(mutant.what)]
        accepted += len(found) - len(new)
        tried += len(new)
        survivors += _survivors(new, tests or files) if new else 0
    click.echo(f"\n{tried - survivors} of {tried} noticed; {accepted} accepted.")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
