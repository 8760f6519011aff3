"""The local cloud as a stage that can be visited, its clock moved and not waited for."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib import wiring
from chalicelib.adapters.shop_folder import read_products
from chalicelib.domain.catalog import ProductList
from chalicelib.settings import PREFIX, Names
from infra.local.cloud import LocalCloud
from infra.local.project import STAGE
from infra.operations.verify.stage import Answer, Customer, DeployedStage, Event
from infra.operations.verify.visit import NotLookedAt, Visit


class LocalStage(DeployedStage):
    """A running local cloud whose clock stands still but for what the visit waits."""

    names = Names(PREFIX, STAGE)
    max_wait = timedelta(days=2)
    shapes_errors = True

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._verified: dict[str, bool] = {}
        self._before = len(cloud.state()["events"])

    @property
    def dead_letter_queues(self) -> Sequence[str]:
        return [name for name in self._cloud.state()["queues"] if "-dlq-" in name]

    def client(self, service: str) -> Any:
        return self._cloud.client(service)

    def now(self) -> datetime:
        return self._cloud.clock.now()

    def wait(self, seconds: float) -> None:
        self._cloud.advance(seconds)

    def sign_up(self, address: str, *, verified: bool) -> Customer:
        self._verified[address] = verified
        self._cloud.sign_in(address, verified=verified)
        claims = self._cloud.parts.identity.verify(self._token(address))
        assert claims is not None
        return Customer(address, claims["sub"])

    def delete_account(self, customer: Customer) -> None:
        del self._verified[customer.address]

    def send(
        self,
        method: str,
        path: str,
        *,
        customer: Customer | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        sent = dict(headers or {})
        if customer is not None:
            sent["Authorization"] = f"Bearer {self._token(customer.address)}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        text = "" if body is None else json.dumps(body)
        response = self._cloud.request(method, path, sent, text)
        try:
            return Answer(response.status, json.loads(response.body))
        except ValueError:
            return Answer(response.status, response.body.decode())

    def events(self) -> Sequence[Event]:
        events: list[Event] = self._cloud.state()["events"][self._before :]
        return events

    def replay(self, since: datetime, until: datetime) -> None:
        self._cloud.replay(since, until)
        self._cloud.settle()

    def differences(self) -> Sequence[str]:
        raise NotLookedAt("Nobody can change the local cloud by hand.")

    def total_of(self, metric: str, since: datetime) -> float:
        raise NotLookedAt("The local cloud has no metrics.")

    def _token(self, address: str) -> str:
        return self._cloud.sign_in(address, verified=self._verified[address])


def visit_of(cloud: LocalCloud) -> Visit:
    """Begin a visit to a local cloud."""
    products = read_products(wiring.shop_folder())
    return Visit(LocalStage(cloud), ProductList(products, "EUR", STAGE))
