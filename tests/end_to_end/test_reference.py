"""The API and the events to browse, at ``/_local/api`` and ``/_local/events``."""

import json
import re

import pytest

from infra.contract import released
from infra.generate import asyncapi, event_schemas
from infra.local.console import Console
from infra.local.engine.http import Request, Response

PAGES = pytest.mark.parametrize("page", ["api", "events"])


def read(cloud, page: str) -> str:
    answer = Console(cloud).answer(Request("GET", f"/_local/{page}"))
    assert isinstance(answer, Response)
    assert answer.status == 200
    return answer.body.decode()


def test_every_route_and_every_schema_of_the_api_is_there(cloud):
    document, text = released.api(), read(cloud, "api")
    for path, methods in document["paths"].items():
        for method in methods.keys() & {"get", "post", "put", "delete"}:
            assert f"<h2>{method.upper()} {path}</h2>" in text
    for name, schema in document["components"]["schemas"].items():
        assert f"<h2>{name}</h2>" in text
        assert all(
            f'<th scope="row">{field}</th>' in text for field in schema.get("properties", ())
        )


def test_the_page_of_events_links_to_the_asyncapi_document(cloud):
    assert 'href="asyncapi.json"' in read(cloud, "events")
    assert json.loads(read(cloud, "asyncapi.json")) == asyncapi.document()


def test_every_event_and_every_field_of_it_is_there(cloud):
    text = read(cloud, "events")
    for name, document in event_schemas.current().items():
        assert f"<h2>{name.removesuffix('.json')}</h2>" in text
        for schema in document["$defs"].values():
            fields = schema.get("properties", ())
            assert all(f'<th scope="row">{field}</th>' in text for field in fields)


@PAGES
def test_every_link_within_a_page_leads_somewhere(cloud, page):
    text = read(cloud, page)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(re.findall(r' id="([^"]+)"', text))


@PAGES
def test_a_page_runs_no_script_and_loads_nothing_from_elsewhere(cloud, page):
    text = read(cloud, page)
    assert "<script" not in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
