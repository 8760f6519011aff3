"""The lock files hold everything that is installed, each with the hashes of its files.

`make lock` writes them. These tests need no network: they compare the files with the requirements
that they come from, and the one for development with what is installed.
"""

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DEVELOPMENT = ROOT / "requirements-dev.lock"
SOURCES = {
    ROOT / "requirements.txt": ROOT / "requirements.in",
    DEVELOPMENT: ROOT / "requirements-dev.txt",
    **{file.with_suffix(".lock"): file for file in (ROOT / "requirements").glob("*.txt")},
}
PYTHONS = ("3.11", "3.12", "3.13")

locks = pytest.mark.parametrize("lock", SOURCES, ids=lambda lock: lock.name)


def requirements_in(file: Path) -> Iterator[Requirement]:
    """Give the requirements of a file and of those that it includes."""
    for line in file.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        text = line.partition("#")[0].partition(" --hash")[0].strip()
        if text.startswith("-r "):
            yield from requirements_in(file.parent / text.removeprefix("-r "))
        elif text:
            yield Requirement(text)


def on(python: str) -> dict[str, str]:
    return {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }


def locked(lock: Path, python: str) -> dict[str, Requirement]:
    """Give what a lock file installs on a version of Python, by its name."""
    return {
        canonicalize_name(each.name): each
        for each in requirements_in(lock)
        if each.marker is None or each.marker.evaluate(on(python))
    }


@locks
def test_every_entry_has_one_version_and_hashes(lock):
    entries = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    for entry in entries:
        if entry.strip() and not entry.lstrip().startswith("#"):
            assert re.fullmatch(
                r"[\w.\[\]-]+==[\w.!+]+( ;[^#]+?)?( +--hash=sha256:[0-9a-f]{64})+", entry
            )


@locks
def test_no_entry_names_a_host(lock):
    assert "://" not in lock.read_text(encoding="utf-8")


@locks
@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_is_locked_with_its_version(lock, python):
    found = locked(lock, python)
    for wanted in requirements_in(SOURCES[lock]):
        if wanted.marker is None or wanted.marker.evaluate(on(python)):
            assert found[canonicalize_name(wanted.name)].specifier == wanted.specifier, "make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_what_a_locked_package_needs_is_locked(python):
    found = locked(DEVELOPMENT, python)
    extras = {name: set(each.extras) for name, each in found.items()}
    for each in requirements_in(ROOT / "requirements-dev.txt"):
        extras.setdefault(canonicalize_name(each.name), set()).update(each.extras)
    checked = 0
    for name, entry in found.items():
        installed = _installed(name)
        if installed is None or installed.version not in entry.specifier:
            continue  # another version of Python gets another version of the package
        checked += 1
        for needed in map(Requirement, installed.requires or ()):
            if _applies(needed, python, extras[name]):
                version = next(iter(found[canonicalize_name(needed.name)].specifier)).version
                assert needed.specifier.contains(version, prereleases=True), f"{name} → {needed}"
    assert checked > len(found) * 0.9


def test_what_ships_is_locked_alike_for_development():
    def hashes(lock: Path) -> dict[str, set[str]]:
        text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
        entries = re.findall(r"^([\w.-]+)==\S+(.*)$", text, re.MULTILINE)
        return {name: set(re.findall(r"sha256:\w+", rest)) for name, rest in entries}

    development = hashes(DEVELOPMENT)
    shipped = hashes(ROOT / "requirements.txt")
    assert shipped
    assert all(development[name] == found for name, found in shipped.items())


def _installed(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _applies(needed: Requirement, python: str, extras: set[str]) -> bool:
    if needed.marker is None:
        return True
    environments = [on(python), *({**on(python), "extra": extra} for extra in extras)]
    return any(needed.marker.evaluate(environment) for environment in environments)
