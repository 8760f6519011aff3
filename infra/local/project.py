"""What the local cloud runs: this project's Chalice app, templates and stage ``local``."""

import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Protocol
from unittest import mock

import botocore.session
from chalice.config import Config

from chalicelib import clock, wiring
from chalicelib.adapters import sdk, ses
from chalicelib.adapters.dynamodb.products import ProductTable
from chalicelib.adapters.shop_folder import read_products, read_shop
from chalicelib.domain import ids
from chalicelib.domain.catalog import Product
from chalicelib.domain.durations import duration
from chalicelib.domain.ids import EPOCH
from chalicelib.settings import API_HANDLER, FILE, TABLE, Names, allowed_origins
from chalicelib.telemetry import logs
from infra.cloudformation.stacks import STACKS, parameters_of, template_of
from infra.cloudformation.template import Template
from infra.generate.chalice_files import environment_of, not_derived, sender_of
from infra.local.aws.api_gateway_routes import Api, Route
from infra.local.aws.lambda_invocation import Function
from infra.local.engine.clock import Clock
from infra.local.engine.engine import Engine
from infra.local.engine.journal import Journal
from infra.local.engine.printer import one_line
from infra.repair import signing_keys

ROOT: Final = Path(__file__).parents[2]
STAGE: Final = "local"


@dataclass(frozen=True)
class Deployment:
    """The functions and the API of an app, and the session by which it calls AWS."""

    functions: tuple[Function, ...]
    api: Api
    session: botocore.session.Session


class Project(Protocol):
    """What the local cloud can run.

    Attributes:
        names: what its resources are called.
        facts: what the console's scripts have to know of it, by name with hyphens.
        templates: those whose resources are made real.
        parameters: those of the templates.
        environment: the functions' environment variables, but for those from the templates'
            outputs.
        senders: the addresses that mail may come from.
        keyrings: the parameters with signing keys, which no template can make.
    """

    names: Names
    facts: Mapping[str, str]
    templates: tuple[Template, ...]
    parameters: Mapping[str, str]
    environment: Mapping[str, str]
    senders: tuple[str, ...]
    keyrings: tuple[str, ...]

    def deploy(self, engine: Engine) -> Deployment:
        """Load the app, with nothing left of an earlier run, into an engine.

        It reads the engine's clock, and its log lines go to the engine's journal.
        """

    def fill(self, dynamodb: Any) -> None:
        """Fill the tables with what has to be there at first; ``dynamodb`` is a client."""

    def reset(self) -> None:
        """Forget what the app holds of this run."""


class CartProject(Project):
    """The project that this file is part of."""

    def __init__(self, shop_url: str | None = None) -> None:
        """Import the app and read the files; ``shop_url`` is where customers find the shop."""
        self._app = importlib.import_module("app").app
        disk = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
        self._config = Config(STAGE, user_provided_params={}, config_from_disk=disk)
        self._patches = ExitStack()
        self.templates = _templates()
        shop = read_shop(wiring.shop_folder(), STAGE)
        self.names = Names(shop.prefix, STAGE)
        products = read_products(wiring.shop_folder()) if shop.products == FILE else []
        self.facts = {"prefix": shop.prefix, **_failing(products)}
        self.parameters = parameters_of(self.names)
        self.environment = {
            **not_derived(self._config.environment_variables),
            **environment_of(shop, STAGE),
            **({} if shop_url is None else {"SHOP_URL": shop_url}),
        }
        self.senders = (sender_of(self.environment),)
        self.keyrings = signing_keys.parameters_of(self.names)

    def deploy(self, engine: Engine) -> Deployment:
        """Load the Chalice app."""
        wiring.reset()
        session, clients = _kept()
        for owner, name, replacement in (
            (clock, "read", partial(_nanoseconds, engine.clock)),
            (ses, "Mailer", partial(ses.Mailer, sleep=_no_wait)),
            (logs, "write", partial(_log, engine.journal)),
            (sdk, "_session", session),
            (sdk, "_clients", clients),
        ):
            self._patches.enter_context(mock.patch.object(owner, name, replacement))
        return Deployment(self._functions(), self._api(), sdk.session())

    def fill(self, dynamodb: Any) -> None:
        """Fill the table of products, if the shop has one, with those of its file."""
        if read_shop(wiring.shop_folder(), STAGE).products == TABLE:
            table = ProductTable(dynamodb, self.names.products_table)
            for product in read_products(wiring.shop_folder()):
                table.change(product, ids.event_id(EPOCH, 0))

    def reset(self) -> None:
        """Discard the app's clients, and restore its log output and its clock."""
        self._patches.close()
        wiring.reset()

    def _functions(self) -> tuple[Function, ...]:
        consumers = [
            self._function(function.name, self._app.handler_map[function.name])
            for function in self._app.pure_lambda_functions
        ]
        return (self._function(API_HANDLER, self._app), *consumers)

    def _function(self, resource: str, handler: Callable[[Any, Any], Any]) -> Function:
        config = self._config.scope(chalice_stage=STAGE, function_name=resource)
        return Function(
            name=self.names.function(resource),
            handler=handler,
            timeout=config.lambda_timeout or Function.timeout,
            memory=config.lambda_memory_size or Function.memory,
        )

    def _api(self) -> Api:
        routes = [
            Route(path, method, authorized=entry.authorizer is not None)
            for path, methods in self._app.routes.items()
            for method, entry in methods.items()
        ]
        return Api(
            function=self.names.function(API_HANDLER),
            routes=tuple(routes),
            stage=self._config.api_gateway_stage,
            binary_types=frozenset(self._app.api.binary_types),
            allowed_origins=allowed_origins(self.environment),
        )


@cache
def _templates() -> tuple[Template, ...]:
    """Return the project's templates; they are read once, because parsing takes long."""
    return tuple(template_of(name) for name in STACKS)


@cache
def _kept() -> tuple[botocore.session.Session, dict[str, Any]]:
    """Return the session of every run in this process, and its clients: making them takes long."""
    return sdk.session(), {}


def _failing(products: Iterable[Product]) -> dict[str, str]:
    """Tell of the first product whose persisting fails for a while, if there is one."""
    for product in products:
        if product.fails_for:
            seconds = duration(product.fails_for).total_seconds()
            return {"failing-sku": product.sku, "failing-seconds": f"{seconds:.0f}"}
    return {}


def _nanoseconds(local: Clock) -> int:
    """Return what a clock shows, in nanoseconds since 1970 (UTC)."""
    return (local.now() - EPOCH) // timedelta(microseconds=1) * 1000


def _log(journal: Journal, line: str) -> None:
    """Record a log line of the app; its facts are the note, but for those that are metrics.

    A request that went well is left out, because the gateway tells of it.
    """
    facts = json.loads(line)
    if "status" in facts and facts["outcome"] != "failed":
        return
    for metrics in facts.pop("_aws", {}).get("CloudWatchMetrics", ()):
        for metric in metrics["Metrics"]:
            del facts[metric["Name"]]
    what, ref = str(facts.pop("hop")), str(facts.pop("event_id", ""))
    correlation_id = str(facts.pop("correlation_id", ""))
    outcome, duration = str(facts.pop("outcome")), float(facts.pop("duration_ms"))
    note = " ".join(f"{name}={one_line(str(fact))}" for name, fact in facts.items())
    journal.record(
        "log",
        what,
        outcome,
        ref=ref,
        note=note,
        duration_ms=duration,
        correlation_id=correlation_id,
        payload=facts,
    )


def _no_wait(_seconds: float) -> None:
    """Return at once: a run that waits would hold up everything else."""
