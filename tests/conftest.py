"""What holds for all tests."""

import signal

import freezegun
from hypothesis import settings

# pytest measures how long tests take; a clock that stands still or jumps must not be its own.
freezegun.configure(extend_ignore_list=["_pytest.timing"])

# The same examples in every run, and no verdict that depends on how busy the machine is.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.load_profile("repeatable")


def pytest_configure() -> None:
    """Let Ctrl-C reach the commands that tests start: a shell's background jobs ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
