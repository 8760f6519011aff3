"""What comes of a history that goes on otherwise from some place, for many such places.

What came before that place is the same, so it is not played again: the process is forked there.
"""

import gc
import os
import pickle
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

Place = TypeVar("Place")
What = TypeVar("What")
Result = TypeVar("Result")


class Branches(Generic[Place, What, Result]):
    """The branches of one history, in each of which one thing happens at one place."""

    def __init__(self, wanted: Mapping[Place, Sequence[What]]) -> None:
        self._wanted = wanted
        self._results: dict[tuple[Place, What], Result] = {}
        self._writer: int | None = None

    def at(self, place: Place) -> What | None:
        """Return what happens at a place that the history has come to: nothing but in a branch."""
        if self._writer is not None:
            return None
        for what in self._wanted.get(place, ()):
            reader, writer = os.pipe()
            branch = _fork()
            if branch == 0:
                self._writer = writer
                return what
            gc.unfreeze()
            os.close(writer)
            with os.fdopen(reader, "rb") as answer:
                result, error = pickle.load(answer)  # noqa: S301 - the branch has written it
            os.waitpid(branch, 0)
            assert not error, f"{place} {what}: {error}"
            self._results[place, what] = result
        return None

    def play(self, play: Callable[[], Result]) -> dict[tuple[Place, What], Result]:
        """Play the history, which asks at each place what happens; return what each branch came to.

        Raises:
            AssertionError: a branch ended with an error.
        """
        try:
            result, error = play(), ""
        except BaseException:
            if self._writer is None:
                raise
            result, error = None, traceback.format_exc()
        if self._writer is not None:
            try:
                with os.fdopen(self._writer, "wb") as answer:
                    pickle.dump((result, error), answer)
            finally:
                os._exit(0)
        return self._results


def _fork() -> int:
    gc.freeze()  # or each branch would get a copy of all that there is when it collects garbage
    with warnings.catch_warnings():
        # Python 3.12 warns of threads: pytest-xdist has one, which a branch does without.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
