"""``python -m infra local``: the whole system on this machine."""

import json

import click

from chalicelib import wiring
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.engine.printer import Printer
from infra.local.project import CartProject
from infra.local.topology import TopologyError
from infra.local.web.server import HOST, PortInUseError, Server, answering, serve

WELCOME = """\
The shop      {url}/
What happens  {url}/_local/

Open the second one in a browser: three clicks lead to a reminder. Or do the same from a terminal.
Sign in and put something into the cart:

  TOKEN=$(curl -s {url}/_local/sign-in -d '{sign_in}' | {extract})
  curl -s {url}/cart -H "Authorization: Bearer $TOKEN" \\
    -H "Content-Type: application/json" -d '{add}'

Move the clock by a day, and the reminder is sent:

  curl -s {url}/_local/clock -d '{clock}'

Stop with Ctrl-C.
"""


def run(port: int) -> None:
    """Run the local cloud until it is told to stop.

    Raises:
        click.ClickException: the port is in use, or the templates cannot be made real.
    """
    try:
        server = Server(port)
        click.echo("Starting the local cloud: it keeps its state in memory, until it is stopped.")
        project = CartProject(shop_url=f"http://{HOST}:{server.server_port}/")
        with LocalCloud.start(project, clock=Clock(running=True), output=Printer()) as cloud:
            server.answer = answering(cloud)
            sku = next((one.sku for one in wiring.adapters.catalog), "SKU-1")
            serve(server, lambda: click.echo(_welcome(server.server_port, sku)))
    except (PortInUseError, TopologyError) as error:
        raise click.ClickException(str(error)) from error


def _welcome(port: int, sku: str) -> str:
    return WELCOME.format(
        url=f"http://{HOST}:{port}",
        sign_in=json.dumps({"email": "ada@example.com", "name": "Ada"}),
        extract="python3 -c 'import json, sys; print(json.load(sys.stdin)[\"id_token\"])'",
        add=json.dumps({"sku": sku, "quantity": 2}),
        clock=json.dumps({"advance_seconds": 90000}),
    )
