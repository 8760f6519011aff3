"""A lock that threads get in the order in which they asked for it."""

import threading
from collections import deque
from types import TracebackType


class FairLock:
    """A reentrant lock, first come first served.

    A thread that gives an ``RLock`` back and asks again at once mostly gets it, so that one with
    much to do keeps the others waiting until it is done; here it stands in line.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._owner: int | None = None
        self._depth = 0
        self._waiting = deque[tuple[int, threading.Lock]]()

    def acquire(self) -> bool:
        """Acquire the lock, after all threads that asked before."""
        me = threading.get_ident()
        with self._mutex:
            if self._owner in (None, me):
                self._owner, self._depth = me, self._depth + 1
                return True
            gate = threading.Lock()
            gate.acquire()
            self._waiting.append((me, gate))
        gate.acquire()
        return True

    def release(self) -> None:
        """Release the lock to the thread that has waited longest."""
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            self._owner = None
            if self._waiting:
                self._owner, gate = self._waiting.popleft()
                self._depth = 1
                gate.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def _is_owned(self) -> bool:
        """Tell :class:`threading.Condition` whether this thread has it."""
        return self._owner == threading.get_ident()
