"""A stage whose customers call the HTTP API, deployed to MiniStack.

It hands functions the events of payload format 2.0 only, which Chalice does not read, so what is
shown is the deployment, and whom the authorizer lets in.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from app import app
from chalicelib.web.cors import PREFLIGHT
from infra.generate.chalice_files import CLOSED_API
from tests.deploy.ministack import emulator, project
from tests.deploy.ministack.customer import send
from tests.deploy.ministack.emulator import Emulator


class Deployed(NamedTuple):
    """The emulator, the folder with the project, and what the last deployment said."""

    emulator: Emulator
    folder: Path
    said: str

    @property
    def api(self) -> str:
        [found] = self.emulator.client("apigatewayv2").get_apis()["Items"]
        return str(found["ApiId"])

    @property
    def url(self) -> str:
        return f"{self.emulator.endpoint_url}/_aws/execute-api/{self.api}/$default"

    def deploy(self) -> "Deployed":
        lines: list[str] = []
        project.deploy(self.emulator, self.folder, lines.append)
        return self._replace(said="\n".join(lines))


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("customers")
    with emulator.running(Path(os.environ["MINISTACK"]), folder) as ministack:
        project.prepare(ministack, folder)
        file = folder / "project" / ".chalice" / "config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        stage = config["stages"][project.STAGE]
        stage["environment_variables"]["API_TYPE"] = "http"
        stage["api_gateway_policy_file"] = CLOSED_API
        file.write_text(json.dumps(config), encoding="utf-8")
        yield Deployed(ministack, folder, "").deploy()


def test_the_shop_is_at_the_http_api(deployed: Deployed) -> None:
    assert deployed.said.endswith(f"https://{deployed.api}.execute-api.eu-central-1.amazonaws.com/")


def test_each_route_of_the_app_is_there_and_guarded_as_the_app_says(deployed: Deployed) -> None:
    client = deployed.emulator.client("apigatewayv2")
    routes = client.get_routes(ApiId=deployed.api)["Items"]
    assert {each["RouteKey"]: each["AuthorizationType"] for each in routes} == {
        f"{method} {path}": "JWT" if entry.authorizer else "NONE"
        for path, methods in app.routes.items()
        for method, entry in methods.items()
        if method != PREFLIGHT
    }


@pytest.mark.parametrize("token", [None, "made.up.token"])
def test_nobody_without_a_token_gets_past_it(deployed: Deployed, token: str | None) -> None:
    answer = send(deployed.url, "GET", "/cart", token=token)
    assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})


def test_a_second_deployment_finds_nothing_to_change(deployed: Deployed) -> None:
    assert "Nothing was changed." in deployed.deploy().said


def test_a_route_that_was_opened_by_hand_is_guarded_again(deployed: Deployed) -> None:
    client = deployed.emulator.client("apigatewayv2")
    routes = {each["RouteKey"]: each for each in client.get_routes(ApiId=deployed.api)["Items"]}
    client.update_route(
        ApiId=deployed.api, RouteId=routes["GET /cart"]["RouteId"], AuthorizationType="NONE"
    )
    assert "Restoring route GET /cart, which was changed" in deployed.deploy().said
    assert send(deployed.url, "GET", "/cart").status == 401
