"""Chalice's command line, making a package that depends on nothing but the code in it.

Chalice packs files in the order in which the file system happens to list them, bytecode that an
earlier run left included, and with the permissions they have on this machine. Started from here
it packs the same bytes for the same commit, completed as package.py says.
`python -m infra.chalice.command` takes the arguments that `chalice` does.
"""

import os
import stat
import sys
from collections.abc import Iterator

from chalice.cli import main
from chalice.utils import OSUtils

from infra.chalice import package, plain_commands

_READABLE = 0o644
_EXECUTABLE = 0o755


def walk(
    _files: OSUtils,
    path: str,
    followlinks: bool = False,  # noqa: FBT001, FBT002 - Chalice's signature
) -> Iterator[tuple[str, list[str], list[str]]]:
    """List folders and files by name, without bytecode."""
    for folder, folders, files in os.walk(path, followlinks=followlinks):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield folder, folders, sorted(files)


def permissions(_files: OSUtils, path: str) -> os.stat_result:
    """Tell of a file's permissions only whether it can be executed."""
    found = os.stat(path)  # noqa: PTH116 - Chalice has strings
    mode = _EXECUTABLE if found.st_mode & stat.S_IXUSR else _READABLE
    return os.stat_result((stat.S_IFREG | mode, *found[1:]))


def run() -> int:
    """Run Chalice with the arguments of this process; return its exit code."""
    plain_commands.allow_all()
    package.complete_all()
    OSUtils.walk = walk  # type: ignore[assignment, method-assign]
    OSUtils.stat = permissions  # type: ignore[assignment, method-assign]
    return int(main() or 0)


if __name__ == "__main__":
    sys.exit(run())
