"""Runs tests in processes that are forked from one in which much is imported already."""

import gc
import os
import resource
from collections.abc import Callable, Mapping
from itertools import zip_longest
from math import ceil
from typing import Final

import pytest
from hypothesis import Phase, settings

ARGUMENTS: Final = (
    *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:xdist", "-s"),
    "--assert=plain",  # nobody reads why a test fails
)
PASSED, NOTICED, NO_TESTS = 0, 1, 5
"""Exit codes of pytest; a loop that takes the place of its own runs no test here."""


class CrashedError(Exception):
    """A process ended without a verdict."""


class FewExamples:
    """A plugin: Hypothesis draws fewer examples, and stops at the first that fails."""

    def pytest_configure(self) -> None:
        """Set it before the tests are imported."""
        phases = (Phase.explicit, Phase.generate)
        parent = settings.get_profile("repeatable")
        settings.register_profile("few", parent=parent, phases=phases, max_examples=30)
        settings.load_profile("few")


def forked(run: Callable[[], int], seconds: int = resource.RLIM_INFINITY) -> int:
    """Run in a process of its own, for so many seconds of CPU, and return its exit code.

    A process that is killed, because it took longer, gives a negative one.
    """
    gc.freeze()  # so that no process goes through what all of them have in common
    child = os.fork()
    if child == 0:
        code = 70
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            code = run()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def passes(what: str, run: Callable[[], int], seconds: int = resource.RLIM_INFINITY) -> bool:
    """Tell whether tests pass that are run in a process of their own, which says nothing.

    Raises:
        CrashedError: the process ended without a verdict.
    """

    def silently() -> int:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        return run()

    code = forked(silently, seconds)
    if code not in {PASSED, NOTICED} and code >= 0:
        raise CrashedError(f"{what}: exit code {code}")
    return code == PASSED


def verdict(
    session: pytest.Session, items: list[pytest.Item], seconds: Mapping[str, float] | None = None
) -> int:
    """Run tests, if there are any, until one fails.

    The process ends at a test that takes far longer than so many ``seconds`` of CPU.
    """
    session.config.option.tbstyle = "native"  # the quickest to make, and nobody reads it
    for item, following in zip_longest(items, items[1:]):
        if seconds:
            _allow(5 + 5 * seconds[item.nodeid])
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return NOTICED
    return PASSED


def _allow(seconds: float) -> None:
    """Let the process use so many seconds of CPU more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
