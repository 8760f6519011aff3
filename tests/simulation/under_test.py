"""Runs tests with a bug in the code, for bugs of which no history can tell."""

import importlib
import os
from functools import cache

import pytest

from tests.simulation.bugs.files import ROOT
from tests.simulation.bugs.registry import Patch

# The warning is of modules that this process has imported before pytest could look at them.
_ARGUMENTS = (
    *("-x", "-s", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


def noticing(patch: Patch, tests: tuple[str, ...]) -> str | None:
    """Return which file of tests fails with a bug in the code, None if each of them passes.

    Raises:
        RuntimeError: tests fail without the bug, too, so they prove nothing.
    """
    importlib.import_module("app")  # once, for all children
    for name in tests:
        if not _passes(name, None):
            raise RuntimeError(f"tests/{name} fails without any bug.")
        if not _passes(name, patch):
            return f"tests/{name}"
    return None


@cache
def _passes(name: str, patch: Patch | None) -> bool:
    """Run the tests in a child, since they read files and constants when they are imported."""
    child = os.fork()
    if child == 0:
        _run(name, patch)
    _, status = os.waitpid(child, 0)
    verdict = os.waitstatus_to_exitcode(status)
    if verdict not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        raise RuntimeError(f"tests/{name} ended with {verdict} instead of a verdict.")
    return verdict == pytest.ExitCode.OK


def _run(name: str, patch: Patch | None) -> None:
    verdict = 70
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.chdir(ROOT)
        arguments = [*_ARGUMENTS, f"tests/{name}"]
        if patch is None:
            verdict = int(pytest.main(arguments))
        else:
            with patch():
                verdict = int(pytest.main(arguments))
    finally:
        os._exit(verdict)
