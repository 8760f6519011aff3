"""The commands that extensions add: each function of a module ``commands`` is one.

It takes the stage's table and one argument, and yields lines.
"""

from collections.abc import Callable, Iterator
from inspect import getdoc, getmembers, isfunction, signature

import click

from chalicelib import extensions
from chalicelib.adapters.dynamodb.table import Table
from infra.operations.commands import operation
from infra.operations.target import Target

Lines = Callable[[Table, str], Iterator[str]]


def commands() -> Iterator[click.Command]:
    """Yield the commands of all extensions."""
    for module in extensions.modules("commands"):
        for name, function in getmembers(module, isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield _command(name, function)


def _command(name: str, function: Lines) -> click.Command:
    _, argument = signature(function).parameters

    def run(target: Target, **arguments: str) -> None:
        from infra.operations.customers import id_of  # noqa: PLC0415

        table = Table(target.client("dynamodb"), target.names.table)
        given = arguments[argument]
        for line in function(table, id_of(target, given) if "@" in given else given):
            click.echo(line)

    run.__name__ = name
    decorated = click.argument(argument)(operation(run))
    return click.command(name.replace("_", "-"), help=getdoc(function))(decorated)
