"""What was added to the cart, one folder each: found by being there, removed by deleting it.

A folder may hold ``consumers.py`` with a blueprint ``consumers``, ``routes.py`` with a blueprint
``routes``, ``template.yaml`` with its rules and queues, ``policies/<function>.json`` with what each
of its functions may do, ``events.py`` with its event classes, ``personal.py`` with ``export`` and
``forget`` of what it keeps about a person, ``commands.py`` with commands for operators,
``texts.py`` with what it says in the words of the shop's ``texts/<language>/``, its tests and its
page. How to add one: docs/add-a-consumer.md.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

FOLDER: Final = Path(__file__).parent


def modules(name: str) -> Iterator[ModuleType]:
    """Yield the module with a name, such as ``events``, of each extension that has it."""
    for file in sorted([*FOLDER.glob(f"*/{name}.py"), *FOLDER.glob(f"*/{name}.pyc")]):
        yield import_module(f"{__name__}.{file.parent.name}.{name}")


def members(module: str, name: str) -> Iterator[Any]:
    """Yield what a module, such as ``consumers``, of each extension that has it calls ``name``."""
    for each in modules(module):
        yield getattr(each, name)
