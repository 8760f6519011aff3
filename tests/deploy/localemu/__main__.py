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
"""What LocalEmu needs in fact, or later; it says 3.10."""

ENVIRONMENT: Final = ROOT / "build" / "localemu"
LOCK: Final = ROOT / "requirements" / "localemu.lock"


def run() -> int:
    """Return the exit code of the tests, 0 if this machine cannot run them."""
    if reason := _missing():
        sys.stdout.write(f"Skipped: {reason}\n")
        return 0
    runtimes.install()
    python = _installed(runtimes.found()[PYTHON])
    tests = f"{sys.executable} -m pytest -q {Path(__file__).parent}"
    return subprocess.run(  # noqa: S603 - written above
        ["/usr/bin/unshare", "--net", "sh", "-c", f"ip link set lo up && exec {tests}"],
        cwd=ROOT,
        env={**os.environ, "LOCALEMU": str(python)},
        check=False,
    ).returncode


def _missing() -> str:
    if PYTHON not in runtimes.found():
        return f"LocalEmu needs Python {PYTHON}, which is not found."
    if not (shutil.which("unshare") and shutil.which("ip")):
        return "LocalEmu needs unshare and ip (util-linux, iproute2) for a network of its own."
    if subprocess.run(["/usr/bin/unshare", "--net", "true"], check=False).returncode:
        return "This machine lets nobody make a network namespace, so others could reach LocalEmu."
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
