"""What the app tells Chalice about itself."""

from chalice.app import APIGateway

from app import app
from chalicelib.web.cors import PREFLIGHT
from chalicelib.web.views import operation_behind


def test_no_media_type_is_declared_binary_because_none_is():
    answered = {
        media_type.partition(";")[0]
        for route in app.routes.values()
        for method, entry in route.items()
        if method != PREFLIGHT
        for media_type in operation_behind(entry.view_function).media_types
    }
    assert answered
    assert not answered & set(APIGateway().default_binary_types)
    assert app.api.binary_types == []
