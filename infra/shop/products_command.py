"""``python -m infra products import``: a file's products, into the shop's folder or onto a bus."""

import json
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from chalicelib import wiring
from chalicelib.adapters.eventbridge import EventBus
from chalicelib.adapters.shop_folder import PRODUCTS, ShopError, read_products, read_shop
from chalicelib.domain import events, ids
from chalicelib.domain.catalog import Product
from chalicelib.domain.catalog_events import ProductChanged, ProductEvent, ProductWithdrawn
from chalicelib.domain.events import Envelope
from infra.operations.problems import Problem, Problems
from infra.operations.target import Target
from infra.shop.importing import UnreadableError, read

_AT_ONCE: Final = 10
"""How many events the bus takes at once."""


def import_products(file: Path, target: Target | None, *, dry_run: bool) -> None:
    """Take over the products of a file: onto a stage's bus, without one into ``products.json``.

    Raises:
        Problem: the file, or one of its products, cannot be taken over; nothing was changed.
    """
    folder = wiring.shop_folder()
    stage = "local" if target is None else target.stage
    try:
        shop, known = read_shop(folder, stage), read_products(folder)
        found = read(file, shop.languages)
    except (ShopError, UnreadableError) as error:
        raise Problem(str(error)) from error
    if found.problems:
        raise Problems([*found.problems, f"{_counted(found.problems, 'problem')}, nothing taken."])
    if target is None:
        _into_file(folder / PRODUCTS, known, found.products, dry_run=dry_run)
    else:
        _onto_bus(target, found.products, shop.currency, dry_run=dry_run)


def _into_file(
    file: Path, known: Sequence[Product], products: Sequence[Product], *, dry_run: bool
) -> None:
    before = {product.sku: product for product in known}
    after = before | {product.sku: product for product in products}
    new = len(after) - len(before)
    changed = sum(product != after[sku] for sku, product in before.items())
    if not dry_run:
        text = json.dumps(
            [_as_written(each) for each in after.values()], ensure_ascii=False, indent=2
        )
        file.write_text(f"{text}\n", encoding="utf-8")
    click.echo(f"{new} new, {changed} changed, {len(products) - new - changed} as they were.")
    if dry_run:
        click.echo("Nothing was written.")


def _as_written(product: Product) -> dict[str, Any]:
    """Return a product as a person would write it, without what is the default."""
    values: dict[str, Any] = msgspec.to_builtins(product)
    return {name: value for name, value in values.items() if value not in (None, False)}


def _onto_bus(target: Target, products: Sequence[Product], currency: str, *, dry_run: bool) -> None:
    now = datetime.now(UTC)
    envelopes = [_envelope(product, currency, now) for product in products]
    if dry_run:
        click.echo(
            f"{_counted(envelopes, 'event')} for stage {target.stage}. Nothing was published."
        )
        return
    bus = EventBus(target.client("events"), target.names.bus)
    with click.progressbar(length=len(envelopes), label="Publishing") as progress:
        for start in range(0, len(envelopes), _AT_ONCE):
            some = envelopes[start : start + _AT_ONCE]
            bus.publish(*some)
            progress.update(len(some))
    click.echo(f"{_counted(envelopes, 'event')} published to {target.names.bus}.")


def _envelope(product: Product, currency: str, now: datetime) -> Envelope[ProductEvent]:
    event: ProductEvent = ProductChanged.of(product, currency)
    if product.withdrawn:
        event = ProductWithdrawn(product.sku)
    return events.first(ids.event_id(now, secrets.randbits(ids.TAIL_BITS)), event)


def _counted(things: Sequence[Any], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"
