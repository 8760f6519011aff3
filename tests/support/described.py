"""Holds answers to what ``/openapi.json`` says of them."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from app import app
from chalicelib.web import openapi


@cache
def document() -> dict[str, Any]:
    return openapi.document(app.routes, "/")


def assert_described(
    resource: str, method: str, status: int, headers: Mapping[str, str], body: object
) -> None:
    """Fail if the document does not describe this answer: its status, headers, type and shape."""
    responses = document()["paths"][resource][method.lower()]["responses"]
    assert str(status) in responses, f"{method} {resource} is not described to answer {status}"
    response = responses[str(status)]
    for name, header in response.get("headers", {}).items():
        assert name in headers or not header.get("required"), f"{status} lacks the header {name}"
    media_type = headers.get("Content-Type", "")
    if "content" not in response:
        assert not body, f"{status} is described to have no body"
        return
    assert media_type in response["content"], f"{status} is not described as {media_type}"
    validator(resource, method, str(status), media_type).validate(body)


@cache
def validator(resource: str, method: str, status: str, media_type: str) -> Draft202012Validator:
    operation = document()["paths"][resource][method.lower()]
    schema = operation["responses"][status]["content"][media_type]["schema"]
    # A reference is read from the root of the schema that holds it.
    return Draft202012Validator(
        {**schema, "components": document()["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
