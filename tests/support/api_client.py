"""Calls the API function with the events that API Gateway would send it."""

import json
from typing import Any, NamedTuple
from uuid import uuid4

from app import app
from chalicelib.web.cors import PREFLIGHT
from tests.support.described import assert_described


class Answer(NamedTuple):
    """What the function answered, its JSON decoded."""

    status: int
    headers: dict[str, str]
    body: Any


class ApiClient:
    """A signed-in customer's client, who takes no answer that the API does not describe."""

    def __init__(self, stage_path: str = "", origin: str | None = None, **claims: str) -> None:
        """Sign in with the claims of a Cognito id token; ``stage_path`` is like ``/api``.

        ``origin`` is that of the page that calls.
        """
        self.sub = claims.get("sub", str(uuid4()))
        self._claims = {
            "email": "ada@example.com",
            "email_verified": "true",
            "name": "Ada",
            **claims,
            "sub": self.sub,
        }
        self._stage_path = stage_path
        self._origin = {} if origin is None else {"Origin": origin}

    def post(
        self, path: str, body: object = None, query: dict[str, str] | None = None, **headers: str
    ) -> Answer:
        return self._call("POST", path, body=body, query=query, headers=headers)

    def put(self, path: str, body: object) -> Answer:
        return self._call("PUT", path, body=body)

    def get(self, path: str, **query: str) -> Answer:
        return self._call("GET", path, query=query)

    def delete_line(self, sku: str, **headers: str) -> Answer:
        return self._call(
            "DELETE", "/cart/{sku}", path=f"/cart/{sku}", parameters={"sku": sku}, headers=headers
        )

    def delete_guest_line(self, sku: str, token: str) -> Answer:
        """Remove a line of a guest's cart."""
        return self._call(
            "DELETE",
            "/guest/cart/{sku}",
            path=f"/guest/cart/{sku}",
            parameters={"sku": sku},
            headers={"Guest-Token": token},
        )

    def get_file(self, file: str) -> Answer:
        """Ask for a file of the shop page."""
        path = f"/storefront/{file}"
        return self._call("GET", "/storefront/{file}", path=path, parameters={"file": file})

    def get_request(self, request_id: str) -> Answer:
        path = f"/cart/requests/{request_id}"
        parameters = {"request_id": request_id}
        return self._call("GET", "/cart/requests/{request_id}", path=path, parameters=parameters)

    def ask_first(self, path: str) -> Answer:
        """Ask what a page may send to a path, as browsers do."""
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        return self._call("OPTIONS", path, parameters=dict.fromkeys(names, "x"))

    def _call(
        self,
        method: str,
        resource: str,
        *,
        path: str | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> Answer:
        path = path or resource
        raw = body if isinstance(body, str) or body is None else json.dumps(body)
        event = {
            "resource": resource,
            "path": path,
            "httpMethod": method,
            "headers": self._origin
            | {name.replace("_", "-"): value for name, value in (headers or {}).items()},
            "multiValueHeaders": {},
            "queryStringParameters": query or None,
            "multiValueQueryStringParameters": {
                name: [value] for name, value in (query or {}).items()
            }
            or None,
            "pathParameters": parameters,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": resource,
                "path": self._stage_path + path,
                "httpMethod": method,
                "authorizer": {"claims": self._claims},
            },
            "body": raw,
            "isBase64Encoded": False,
        }
        response = app(event, None)
        answered = response["body"]
        if response["headers"].get("Content-Type") == "application/json":
            answered = json.loads(answered)
        status, answered_headers = response["statusCode"], response["headers"]
        if method != PREFLIGHT:
            assert_described(resource, method, status, answered_headers, answered)
        return Answer(status, answered_headers, answered)
