"""``make verify-localemu``: installs LocalEmu, and runs the tests in a network of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.referees import runtimes
from tests.referees.runtimes import ROOT

PYTHON: Final = "3.13"
"""What LocalEmu needs: it imports ``warnings.deprecated``, although it says that 3.10 will do."""

ENVIRONMENT: Final = ROOT / "build" / "localemu"
LOCK: Final = ROOT / "requirements" / "localemu.lock"

ALONE: Final = ("unshare", *(() if os.geteuid() == 0 else ("--map-root-user",)), "--net")
"""Runs a command in a network of its own; whoever is not root becomes root of nothing else."""


def run() -> int:
    """Return the exit code of the tests, 1 if this machine cannot run them."""
    if reason := _missing():
        sys.stderr.write(f"Error: {reason}\n")
        return 1
    runtimes.install()
    python = _installed(runtimes.found()[PYTHON])
    return subprocess.run(  # noqa: S603 - written above
        [*ALONE, sys.executable, "-m", "pytest", "-q", Path(__file__).parent],
        cwd=ROOT,
        env={**os.environ, "LOCALEMU": str(python)},
        check=False,
    ).returncode


def _missing() -> str:
    if PYTHON not in runtimes.found():
        return (
            f"LocalEmu needs Python {PYTHON}, which is neither python{PYTHON} on the PATH nor one "
            "of pyenv's."
        )
    if not shutil.which("unshare"):
        return "LocalEmu needs unshare (package util-linux) for a network of its own."
    if subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode:  # noqa: S603
        return (
            "This machine lets you make no network namespace, and without one others could reach "
            "LocalEmu, which listens on every address. A container needs `--cap-add SYS_ADMIN "
            "--cap-add NET_ADMIN`."
        )
    return ""


def _installed(interpreter: Path) -> Path:
    """Install LocalEmu, unless the lock file is older; return its environment's Python."""
    ready, python = ENVIRONMENT / "ready", ENVIRONMENT / "bin" / "python"
    if not ready.exists() or ready.stat().st_mtime < LOCK.stat().st_mtime:
        subprocess.run([interpreter, "-m", "venv", ENVIRONMENT], check=True)  # noqa: S603
        uv = Path(sys.executable).with_name("uv")
        where = ("--python", str(python), "--require-hashes", "-r", str(LOCK))
        subprocess.run((str(uv), "pip", "install", "-q", *where), check=True)  # noqa: S603
        ready.touch()
    return python


if __name__ == "__main__":
    sys.exit(run())
