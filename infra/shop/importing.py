"""Reads a file of products, CSV or JSON, and says what is wrong with each line of it.

A CSV file has the fields of ``products.json`` as columns, with the language after a point where a
field has one: ``sku,unit_price,name.en,name.de,description.en,description.de``. A JSON file is a
list of products as in ``products.json``.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from chalicelib.domain.catalog import Product
from infra.shop.reading import Validator, described, untranslated
from infra.shop.schemas import schema_of

_NUMBERS: Final = {"unit_price", "stock"}
_FLAGS: Final = {"withdrawn"}
_LISTS: Final = {"stages"}
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")


class Read(NamedTuple):
    """What a file holds: its products that can be sold, and a sentence for each that cannot."""

    products: list[Product]
    problems: list[str]


class UnreadableError(ValueError):
    """The file is not of this kind; the message says why."""


def read(file: Path, languages: Sequence[str]) -> Read:
    """Return the products of a file.

    Raises:
        UnreadableError: it is neither a CSV file with these columns nor a JSON list.
    """
    validator = Validator(schema_of(Product))
    products: dict[str, Product] = {}
    problems: list[str] = []
    for place, values in _rows(file):
        found = [line for error in validator.iter_errors(values) for line in described(error)]
        if not found:
            found = [*untranslated(values, languages)]
            if values["sku"] in products:
                found.append(f"{values['sku']}: the SKU stands here twice")
        problems += (f"{file.name}: {place}: {line}" for line in found)
        if not found:
            product = msgspec.convert(values, Product)
            products[product.sku] = product
    return Read(list(products.values()), problems)


def _rows(file: Path) -> Iterator[tuple[str, Any]]:
    """Yield where each product is and what is there."""
    try:
        text = file.read_text(encoding="utf-8-sig")  # spreadsheets begin with a byte order mark
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{file.name} is not in UTF-8.") from error
    if file.suffix == ".csv":
        yield from _rows_of_csv(file.name, text)
    elif file.suffix == ".json":
        yield from _rows_of_json(file.name, text)
    else:
        raise UnreadableError(f"{file.name} is neither a .csv nor a .json file.")


def _rows_of_json(name: str, text: str) -> Iterator[tuple[str, Any]]:
    try:
        products = json.loads(text)
    except RecursionError:
        raise UnreadableError(f"{name} is nested too deeply.") from None
    except ValueError as error:
        raise UnreadableError(f"{name}: {error}") from error
    if not isinstance(products, list):
        raise UnreadableError(f"{name} is not a list of products.")
    for number, product in enumerate(products, start=1):
        yield f"product {number}", product


def _rows_of_csv(name: str, text: str) -> Iterator[tuple[str, Any]]:
    reader = csv.DictReader(StringIO(text, newline=""), restkey="", strict=True)
    known = set(Product.__struct_fields__)
    columns = reader.fieldnames or ()
    if unknown := [each for each in columns if each.partition(".")[0] not in known]:
        raise UnreadableError(f"{name}: {', '.join(unknown)} is no column that products have.")
    try:
        for row in reader:
            if "" in row:
                raise UnreadableError(f"{name}: line {reader.line_num} has too many cells.")
            yield f"line {reader.line_num}", _product_in(row)
    except csv.Error as error:
        raise UnreadableError(f"{name}: line {reader.line_num + 1}: {error}.") from error


def _product_in(row: Mapping[str, str | None]) -> dict[str, Any]:
    """Return a row as ``products.json`` would have it; empty cells are left out."""
    product: dict[str, Any] = {}
    for column, cell in row.items():
        field, _, language = column.partition(".")
        if not cell:
            continue
        if language:
            product.setdefault(field, {})[language] = cell
        else:
            product[field] = _value(field, cell)
    return product


def _value(field: str, cell: str) -> Any:
    """Return what a cell means; what it cannot mean stays a text, which the schema refuses."""
    if field in _NUMBERS and _WHOLE.fullmatch(cell):
        return int(cell)
    if field in _FLAGS:
        return {"true": True, "false": False}.get(cell.lower(), cell)
    return cell.split() if field in _LISTS else cell
