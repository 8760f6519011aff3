"""Reads the JSON objects that the ``/_local`` routes take."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chalicelib.domain.addresses import split_display_name
from infra.local.engine.http import Request

MAX_TEXT_LENGTH: Final = 1_000
MAX_DIGITS: Final = 30

Fields = Mapping[str, Any]


class BadRequestError(ValueError):
    """A request is not as documented; the message says what is wrong."""


def read(request: Request) -> Fields:
    """Return the JSON object in a request's body.

    Raises:
        BadRequestError: there is none, or it has a number that is not finite or very long.
    """
    try:
        fields = json.loads(
            request.body, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except BadRequestError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadRequestError("The body is not JSON.") from error
    if not isinstance(fields, dict):
        raise BadRequestError("The body is not a JSON object.")
    return fields


def text(fields: Fields, name: str) -> str:
    """Return a string that has to be there and not empty."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequestError(f"{name} is required and has to be a string.")
    if len(value) > MAX_TEXT_LENGTH:
        raise BadRequestError(f"{name} is longer than {MAX_TEXT_LENGTH} characters.")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BadRequestError(f"{name} is not valid Unicode text.")
    return value


def optional_text(fields: Fields, name: str) -> str | None:
    """Return a string that may be missing or null."""
    return None if fields.get(name) is None else text(fields, name)


def number(fields: Fields, name: str) -> float:
    """Return a number."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequestError(f"{name} is required and has to be a number.")
    return value


def whole_number(fields: Fields, name: str) -> int:
    """Return a number without a fraction."""
    value = number(fields, name)
    if value != int(value):
        raise BadRequestError(f"{name} has to be a whole number.")
    return int(value)


def flag(fields: Fields, name: str, *, default: bool) -> bool:
    """Return a truth value."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise BadRequestError(f"{name} has to be true or false.")
    return value


def time(fields: Fields, name: str) -> datetime:
    """Return a time; one without a zone is UTC."""
    try:
        value = datetime.fromisoformat(text(fields, name))
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except BadRequestError:
        raise
    except (ValueError, OverflowError) as error:
        raise BadRequestError(f"{name} has to be a time such as 2026-01-31T12:00:00Z.") from error


def email(fields: Fields, name: str) -> str:
    """Return an e-mail address, as far as it looks like one."""
    value = text(fields, name)
    local_part, _, domain = value.partition("@")
    printable = value.isprintable() and " " not in value
    if not (local_part and domain and printable and "@" not in domain):
        raise BadRequestError(f"{name} has to be an e-mail address.")
    return value


def mailbox(fields: Fields, name: str) -> str:
    """Return an e-mail address, with a display name or without."""
    value = text(fields, name)
    email({name: split_display_name(value)[1]}, name)
    return value


def _constant(name: str) -> None:
    raise BadRequestError(f"{name} is not a number in JSON.")


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadRequestError("A number is too large.")
    return value


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise BadRequestError("A number is too large.")
    return int(digits)
