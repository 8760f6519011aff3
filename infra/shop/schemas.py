"""JSON Schemas of the shop's files, which editors complete and check while one types."""

import copy
import json
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import msgspec

from chalicelib import extensions
from chalicelib.domain.catalog import Product
from chalicelib.domain.shop import Shop
from chalicelib.domain.texts import LinkTexts, ReminderTexts

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "schemas" / "shop"

STAGE_NAME: Final = r"^[a-z][a-z0-9]{0,11}$"
"""Short, because names of resources begin with it; AWS allows 64 characters for most."""

Schema = dict[str, Any]


def settings_schema() -> Schema:
    """Return the schema of ``shop.toml``."""
    schema = schema_of(Shop)
    shop = schema["$defs"]["Shop"]
    stage = copy.deepcopy(shop)
    del stage["required"]
    shop["properties"]["stages"] = {
        "type": "object",
        "description": "what differs, by stage",
        "additionalProperties": {"$ref": "#/$defs/Stage"},
        "propertyNames": {
            "pattern": STAGE_NAME,
            "description": "a stage's name: up to 12 lower-case letters and digits",
        },
    }
    schema["$defs"]["Stage"] = stage
    return schema


def schema_of(kind: Any) -> Schema:
    """Return a type's schema with its patterns as ECMA-262 has them.

    Docstrings lose their indentation, which Python keeps up to version 3.12.
    """
    text = msgspec.json.encode(msgspec.json.schema(kind)).replace(rb"\\Z", b"$")
    schema: Schema = json.loads(text)
    for definition in schema["$defs"].values():
        definition["description"] = cleandoc(definition["description"])
    return schema


def written() -> dict[Path, str]:
    """Return the text of each schema's file."""
    kinds = {
        "products": list[Product],
        "reminder": ReminderTexts,
        "unsubscribe": LinkTexts,
        **dict(extensions.members("texts", "SHOP_TEXTS")),
    }
    schemas = {"shop": settings_schema(), **{name: schema_of(kinds[name]) for name in kinds}}
    return {
        FOLDER / f"{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }
