"""A small API Gateway: it evaluates the mapping templates of a template's one method.

airspeed is Velocity in Python. What API Gateway adds to it is here, after "API Gateway mapping
template and access logging variable reference", and Java's strings, as far as they are used.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote_plus

import airspeed

from chalicelib.domain.ids import EPOCH
from infra.cloudformation.template import load

TEMPLATES: Final = Path(__file__).parents[2] / "infra" / "templates"


def _substring(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    assert 0 <= start <= end <= len(text)  # or Java raises an error
    return text[start:end]


# The methods of Java's strings that airspeed lacks.
airspeed.__additional_methods__[str].update(
    {
        "charAt": lambda text, index: text[index],
        # airspeed takes "\\'" for an escape, Velocity for the regular expression that it is.
        "replaceAll": lambda text, pattern, new: text.replace(pattern, new),
        "indexOf": lambda text, part: text.find(part),
        "substring": _substring,
    }
)


class Input:
    """``$input``: the body."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def json(self, path: str) -> str:
        return json.dumps(self._at(path))

    def path(self, path: str) -> Any:
        return self._at(path)

    def _at(self, path: str) -> Any:
        name = path.removeprefix("$").removeprefix(".")
        return self._body[name] if name else self._body


class Util:
    """``$util``."""

    def escapeJavaScript(self, text: str) -> str:  # noqa: N802
        # As API Gateway does it: single quotes, too, which is no JSON, and slashes.
        escaped = json.dumps(str(text))[1:-1]
        return escaped.replace("'", "\\'").replace("/", "\\/")

    def urlEncode(self, text: str) -> str:  # noqa: N802
        return quote_plus(text)


class Gateway:
    """The method ``POST /cart`` of a template."""

    def __init__(self, template: str, **stage_variables: str) -> None:
        resources = load(TEMPLATES / f"{template}.yaml").body["Resources"]
        self.resources = {name: each.get("Properties", {}) for name, each in resources.items()}
        self.method = self.resources["PostCart"]
        self.integration = self.method["Integration"]
        self.schema = self.resources["AddItem"]["Schema"]
        declared = self.resources["ApiStage"]["Variables"]
        assert set(stage_variables) == set(declared), "the stage has other variables"
        self._stage_variables = stage_variables

    def context(self, claims: Mapping[str, str], at: datetime, request_id: str) -> dict[str, Any]:
        """Return ``$context`` of a request at a time (UTC)."""
        return {
            "requestId": request_id,
            "requestTime": f"{at.astimezone(UTC):%d/%b/%Y:%H:%M:%S} +0000",
            "requestTimeEpoch": (at - EPOCH) // timedelta(milliseconds=1),
            "authorizer": {"claims": dict(claims)},
            "responseOverride": {},
        }

    def to_service(self, body: Any, context: dict[str, Any]) -> str:
        """Return what the service is sent for a body that was checked."""
        return self._merge(self.integration["RequestTemplates"], body, context)

    def to_client(self, answer: Any, context: dict[str, Any]) -> str:
        """Return what the client is told when the service answered 200 with this."""
        (response,) = [
            each for each in self.integration["IntegrationResponses"] if each["StatusCode"] == "202"
        ]
        return self._merge(response["ResponseTemplates"], answer, context)

    def _merge(self, templates: Mapping[str, str], body: Any, context: dict[str, Any]) -> str:
        text: str = airspeed.Template(templates["application/json"]).merge(
            {
                "input": Input(body),
                "util": Util(),
                "context": context,
                "stageVariables": self._stage_variables,
            }
        )
        return text
