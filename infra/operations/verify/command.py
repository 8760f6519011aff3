"""Visiting a stage from the command line."""

from collections.abc import Collection
from pathlib import Path

import click

from chalicelib import wiring
from chalicelib.adapters.shop_folder import read_products, read_shop
from chalicelib.domain.catalog import ProductList
from infra.operations.problems import Problem
from infra.operations.target import Target
from infra.operations.verify.checks import CHECKS, name_of
from infra.operations.verify.page import page_of
from infra.operations.verify.run import Outcome, Result, run
from infra.operations.verify.stage import visited
from infra.operations.verify.visit import Visit


def verify(
    target: Target, page: Path | None, shop_url: str | None, leave_out: Collection[str]
) -> None:
    """Visit a stage as customers and as its operator, and write down what was found.

    Raises:
        Problem: the stage is not deployed, a claim does not hold of it, or there is no such check
            to leave out.
    """
    known = [name_of(check) for check in CHECKS]
    if unknown := sorted(set(leave_out) - set(known)):
        raise Problem(f"There is no check {', '.join(unknown)}: there are {', '.join(known)}.")
    folder = wiring.shop_folder()
    currency = read_shop(folder, target.stage).currency
    with visited(target, shop_url) as stage:
        visit = Visit(stage, ProductList(read_products(folder), currency, target.stage))
        results = run(visit, leave_out, _say)
    text = page_of(target, visit.began, results, visit.figures)
    if page is None:
        click.echo(f"\n{text}")
    else:
        page.write_text(text, encoding="utf-8")
        click.echo(f"\nWrote {page}.")
    if differing := [each.name for each in results if each.outcome is Outcome.DIFFERS]:
        raise Problem(f"This does not hold of stage {target.stage}: {', '.join(differing)}.")


def _say(result: Result) -> None:
    mark = {Outcome.HELD: " ", Outcome.DIFFERS: "!", Outcome.NOT_LOOKED_AT: "-"}[result.outcome]
    click.echo(f"{mark} {result.claim}: {result.seen}")
