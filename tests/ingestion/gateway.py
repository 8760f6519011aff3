"""A small API Gateway: it evaluates the mapping templates of a template's one method.

What it gives them is as "API Gateway mapping template and access logging variable reference" says.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chalicelib.domain.ids import EPOCH
from infra.cloudformation.template import load
from tests.ingestion.velocity import Evaluated, evaluate

TEMPLATES: Final = Path(__file__).parents[2] / "infra" / "templates"


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
        }

    def to_service(self, body: Any, context: dict[str, Any]) -> str:
        """Return what the service is sent for a body that was checked."""
        return self._merge(self.integration["RequestTemplates"], body, context).text

    def to_client(self, answer: Any, context: dict[str, Any]) -> Evaluated:
        """Return what the client is told when the service answered 200 with this."""
        (response,) = [
            each for each in self.integration["IntegrationResponses"] if each["StatusCode"] == "202"
        ]
        return self._merge(response["ResponseTemplates"], answer, context)

    def _merge(self, templates: Mapping[str, str], body: Any, context: dict[str, Any]) -> Evaluated:
        return evaluate(templates["application/json"], body, context, self._stage_variables)
