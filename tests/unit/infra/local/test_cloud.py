import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import ClientCreator
from botocore.loaders import JSONFileLoader
from botocore.session import Session

from chalicelib import clock as app_clock
from infra.cloudformation.template import variable_of
from infra.local.cloud import LATEST, LocalCloud
from infra.local.engine.clock import Clock
from infra.local.project import CartProject
from tests.support.times import NOON
from tests.unit.infra.local.conftest import Shop, ShopProject

pytestmark = pytest.mark.own_shop


def test_functions_see_their_environment_while_it_runs(project: ShopProject) -> None:
    with LocalCloud.start(project, clock=Clock(NOON)):
        assert os.environ["SHOP"] == "corner"
        assert os.environ["AWS_REGION"] == "eu-central-1"
        assert os.environ["EVENT_BUS_ARN"].endswith(":event-bus/orders")
    assert "SHOP" not in os.environ
    assert "EVENT_BUS_ARN" not in os.environ


@pytest.mark.parametrize(
    ("output", "variable"),
    [("EventBusArn", "EVENT_BUS_ARN"), ("UserPoolClientId", "USER_POOL_CLIENT_ID"), ("X", "X")],
)
def test_an_output_is_an_environment_variable(output: str, variable: str) -> None:
    assert variable_of(output) == variable


def test_nothing_is_left_of_an_earlier_run(project: ShopProject) -> None:
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        Shop(cloud, project).put("Packed", parcel=1)
        Shop(cloud, project).schedule("wake-up", "at(2026-03-03T12:00:00)")
        cloud.faults.arm("sqs", 9)
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        state = cloud.state()
        cloud.advance(90_000)
        assert cloud.state()["events"] == state["events"] == []
        assert state["schedules"] == []


def test_a_second_run_makes_no_session_and_no_client_and_reads_no_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = CartProject()
    with LocalCloud.start(project, clock=Clock(NOON)):
        pass
    made: list[str] = []
    for owner, name in (
        (Session, "__init__"),
        (ClientCreator, "create_client"),
        (JSONFileLoader, "load_file"),
    ):
        monkeypatch.setattr(owner, name, lambda *_, made=made, name=name, **__: made.append(name))
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        cloud.client("dynamodb").scan(TableName=cloud.names.table)
    assert made == []


def test_the_same_seed_gives_the_same_ids(project: ShopProject) -> None:
    states = []
    for _ in range(2):
        with LocalCloud.start(project, clock=Clock(NOON), seed=7) as cloud:
            shop = Shop(cloud, project)
            shop.put("Ordered", order=1)
            shop.put("Packed", parcel=1)
            cloud.settle()
            states.append((cloud.state(), shop.ship.events[-1]))
    assert states[0] == states[1]


def test_the_app_and_aws_read_the_clock_and_nothing_else_does(project: ShopProject) -> None:
    before = datetime.now(UTC)
    with LocalCloud.start(CartProject(), clock=Clock(NOON)) as cloud:
        cloud.advance(90)
        assert app_clock.now() == NOON + timedelta(seconds=90)
        assert before <= datetime.now(UTC) <= datetime.fromtimestamp(time.time() + 1, UTC)
    assert before <= app_clock.now() + timedelta(milliseconds=1)
    with LocalCloud.start(project, clock=Clock(NOON)) as cloud:
        Shop(cloud, project).schedule("wake-up", "at(2026-03-03T12:00:00)")
        scheduler = cloud.client("scheduler")
        found = scheduler.get_schedule(GroupName="wake-ups", Name="wake-up")
        assert found["CreationDate"] == NOON


def test_a_call_that_nothing_here_answers_says_so(shop: Shop) -> None:
    with pytest.raises(NotImplementedError, match="no ListTables of dynamodb"):
        shop.client("dynamodb").list_tables()


@pytest.mark.parametrize("seconds", [-1, -0.001, 3653 * 86_400 + 1, float("nan"), float("inf")])
def test_the_clock_goes_neither_back_nor_too_far(shop: Shop, seconds: float) -> None:
    with pytest.raises(ValueError, match="0 seconds to ten years"):
        shop.cloud.advance(seconds)


def test_the_clock_stops_where_dates_soon_end(shop: Shop) -> None:
    shop.cloud.clock.advance_to(LATEST - timedelta(days=1))
    shop.cloud.advance(86_400)
    with pytest.raises(ValueError, match="9000-01-01 at most"):
        shop.cloud.advance(1)


def test_subscribers_get_each_hop(shop: Shop) -> None:
    subscriber = shop.cloud.engine.journal.subscribe()
    shop.put("Ordered", order=1)
    shop.cloud.engine.journal.unsubscribe(subscriber)
    shop.put("Ordered", order=2)
    kinds = [subscriber.get_nowait().kind for _ in range(subscriber.qsize())]
    assert kinds == ["event", "rule"]
