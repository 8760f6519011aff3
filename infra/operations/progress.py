"""What a command prints while it is at work."""

import click


def step(number: int, of: int, title: str) -> None:
    """Announce a step."""
    click.echo(f"Step {number} of {of}: {title}")


def say(line: str) -> None:
    """Tell what is being done in this step."""
    click.echo(f"  {line}")
