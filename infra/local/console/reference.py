"""The contract to browse: the API at ``/_local/api``, the events at ``/_local/events``.

Both are made from the documents themselves, so whatever those have is shown. The pages need no
script and load nothing but the console's style sheets.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any, Final

from infra.generate import asyncapi, event_schemas
from infra.local.cloud import LocalCloud
from infra.local.console import files
from infra.local.engine.http import Response, uncached

Schema = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "patch", "delete")

_PAGE: Final = """\
<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="console/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="console/console.css">
<link rel="stylesheet" href="console/reference.css">
</head>
<body>
<header><nav class="masthead" aria-label="Pages"><a href="./">Console</a> <a href="api">API</a> \
<a href="events">Events</a></nav></header>
<main>
<h1>{title}</h1>
<p>{lead}</p>
<nav aria-label="On this page"><ul class="contents">{contents}</ul></nav>
{sections}
</main>
</body>
</html>
"""


def api(cloud: LocalCloud) -> Response:
    """Answer with the API's routes and schemas, as its own ``/openapi.json`` describes them."""
    document = json.loads(cloud.request("GET", "/openapi.json").body)
    operations = [
        (f"{method.upper()} {path}", item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]
    schemas = document.get("components", {}).get("schemas", {})
    sections = [
        *(_section(name, _operation(operation)) for name, operation in operations),
        *(_section(name, _schema(schema)) for name, schema in schemas.items()),
    ]
    names = [*(name for name, _ in operations), *schemas]
    info = document["info"]
    title = f"{info['title']}, API {info['version']}"
    lead = f'{_text(info["description"])} <a href="../openapi.json">OpenAPI document</a>'
    return _page(title, lead, names, sections)


def events() -> Response:
    """Answer with the schema of each event, and of all that they are made of."""
    documents = event_schemas.current()
    shared: dict[str, Schema] = {}
    sections = []
    for name, document in documents.items():
        shared |= document.get("$defs", {})
        source = document["properties"]["source"]["const"]
        told = f"<p>{_text(document.get('description', ''))}</p>"
        where = f"<p>Source <code>{escape(source)}</code></p>"
        sections.append(_section(name.removesuffix(".json"), told + where + _raw(document)))
    sections += [_section(name, _schema(schema)) for name, schema in shared.items()]
    names = [*(name.removesuffix(".json") for name in documents), *shared]
    lead = (
        "Each event has the detail <code>{metadata, data}</code>; its data has the event's name. "
        '<a href="asyncapi.json">AsyncAPI document</a>'
    )
    return _page("Events", lead, names, sections)


def asyncapi_document() -> Response:
    """Answer with the events as an AsyncAPI document."""
    return uncached("application/json", asyncapi.written().encode())


def _page(title: str, lead: str, names: Iterable[str], sections: Iterable[str]) -> Response:
    contents = "".join(f'<li><a href="#{_anchor(name)}">{escape(name)}</a></li>' for name in names)
    text = _PAGE.format(
        title=escape(title), lead=lead, contents=contents, sections="\n".join(sections)
    )
    return files.html(text)


def _section(name: str, content: str) -> str:
    return f'<section class="panel" id="{_anchor(name)}"><h2>{escape(name)}</h2>{content}</section>'


def _operation(operation: Mapping[str, Any]) -> str:
    parts = [f"<p>{_text(operation.get('summary', ''))}</p>"]
    if operation.get("security"):
        parts.append("<p>For signed-in customers: <code>Authorization: Bearer …</code></p>")
    if parameters := operation.get("parameters"):
        rows = [
            (parameter["name"], f"{parameter['in']}, {_type(parameter['schema'])}", parameter)
            for parameter in parameters
        ]
        parts.append(_table("Parameters", rows))
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body: {escape(media_type)}, {_type(content['schema'])}</p>")
    rows = [
        (status, ", ".join(_contents(answer)), {"description": _codes(answer)})
        for status, answer in operation["responses"].items()
    ]
    parts.append(_table("Answers", rows))
    return "".join(parts) + _raw(operation)


def _contents(answer: Mapping[str, Any]) -> Iterator[str]:
    for media_type, content in answer.get("content", {}).items():
        yield _type(content["schema"]) if "schema" in content else escape(media_type)


def _codes(answer: Mapping[str, Any]) -> str:
    """Return an answer's description and, for an error, its codes."""
    contents = answer.get("content", {}).values()
    codes = [code for content in contents for code in content.get("examples", {})]
    return ": ".join(filter(None, [answer.get("description", ""), ", ".join(codes)]))


def _schema(schema: Schema) -> str:
    told = f"<p>{_text(schema.get('description', ''))}</p>"
    required = set(schema.get("required", ()))
    rows = [
        (name, _type(field) + ("" if name in required else ", optional"), field)
        for name, field in schema.get("properties", {}).items()
    ]
    return told + (_table("Fields", rows) if rows else f"<p>{_type(schema)}</p>") + _raw(schema)


def _table(caption: str, rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{kind}</td><td>{_told(facts)}</td></tr>'
        for name, kind, facts in rows
    )
    return f'<table><caption class="muted">{caption}</caption><tbody>{body}</tbody></table>'


def _told(facts: Mapping[str, Any]) -> str:
    schema = {**facts, **facts.get("schema", {})}
    limits = [f"{name} {schema[name]}" for name in _LIMITS if name in schema]
    parts = [
        _text(schema.get("description", "")),
        *(f"<code>{escape(one)}</code>" for one in limits),
    ]
    return " ".join(filter(None, parts))


_LIMITS: Final = ("minimum", "maximum", "minLength", "maxLength", "pattern", "format")


def _type(schema: Schema) -> str:
    """Return what a schema takes in a few words, with links to the schemas that it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#{_anchor(name)}">{escape(name)}</a>'
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(one) for one in schema[several])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values:
        return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
    return escape(str(schema.get("type", "anything")))


def _raw(document: Mapping[str, Any]) -> str:
    text = escape(json.dumps(document, indent=2, ensure_ascii=False))
    return f'<details><summary>JSON</summary><pre tabindex="0">{text}</pre></details>'


def _text(text: str) -> str:
    """Return a text of the document, with what is between back quotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if odd % 2 else part for odd, part in enumerate(parts))


def _anchor(name: str) -> str:
    return escape("".join(one if one.isalnum() else "-" for one in name))
