"""Prints what extensions have to report: those with a module ``report`` that yields ``lines``."""

from datetime import timedelta

import click

from chalicelib import clock, extensions
from chalicelib.adapters.dynamodb.table import Table
from infra.operations.target import Target


def show(target: Target, days: int) -> None:
    """Print the reports of the last so many days, today's included."""
    until = clock.now()
    table = Table(target.client("dynamodb"), target.names.table)
    for lines in extensions.members("report", "lines"):
        for line in lines(table, until - timedelta(days=days), until):
            click.echo(line)
