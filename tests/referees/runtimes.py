"""The versions of Python that Lambda offers, as far as this machine has them.

``python -m tests.referees.runtimes`` installs AWS's runtime interface client for each.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
CLIENTS: Final = ROOT / "build" / "awslambdaric"
LOCK: Final = ROOT / "requirements" / "awslambdaric.lock"
VERSIONS: Final[tuple[str, ...]] = ("3.11", "3.12", "3.13")

_TELL: Final = "import sys; print('.'.join(map(str, sys.version_info[:2])))"


def found() -> Mapping[str, Path]:
    """Return the interpreter of each version that there is."""
    pythons = {}
    for version in VERSIONS:
        for python in _candidates(version):
            if _version_of(python) == version:
                pythons[version] = python
                break
    return pythons


def _candidates(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    yield Path(f"python{version}")
    yield from sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))


def _version_of(python: Path) -> str:
    try:
        run = subprocess.run(  # noqa: S603 - written above
            [python, "-c", _TELL], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return run.stdout.strip()


def install() -> None:
    """Install the client for each version found, and say which are missing."""
    pythons = found()
    for version in VERSIONS:
        target = CLIENTS / version
        ready = target / "ready"
        if version not in pythons:
            sys.stdout.write(f"Python {version} is not found, and not tried.\n")
        elif not ready.exists() or ready.stat().st_mtime < LOCK.stat().st_mtime:
            uv = Path(sys.executable).with_name("uv")
            where = ("--python", str(pythons[version]), "--target", str(target))
            command = (str(uv), "pip", "install", "-q", *where, "--require-hashes", "-r", str(LOCK))
            subprocess.run(command, check=True)  # noqa: S603 - written above
            ready.touch()


if __name__ == "__main__":
    install()
