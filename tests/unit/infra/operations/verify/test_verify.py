"""The acceptance test of a deployed stage, itself tested on deployments that are broken."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from infra.local.cloud import LocalCloud
from infra.local.engine.clock import Clock
from infra.local.project import CartProject
from infra.operations.verify.checks import CHECKS, name_of
from infra.operations.verify.run import Outcome, Result, run
from tests.support.enforcing import enforcing
from tests.support.plugin import MORNING
from tests.support.visited import visit_of

pytestmark = pytest.mark.own_shop

Resources = dict[str, dict[str, Any]]

ONLY_ELSEWHERE = {"metrics", "resources"}
"""What the local cloud has none of: metrics, and resources that somebody could change by hand."""


@contextmanager
def deployment(
    change: Callable[[Resources], None] = lambda _: None, without: Collection[str] = ()
) -> Iterator[LocalCloud]:
    """Run this project with what ``change`` makes of its templates, and without statements."""
    project = CartProject()
    bodies = [deepcopy(dict(template.body)) for template in project.templates]
    resources = {name: body["Resources"] for body in bodies for name in body["Resources"]}
    change({name: resources[name][name]["Properties"] for name in resources})
    for body in bodies:
        gone = [name for name, each in body["Resources"].items() if each["Properties"] == {}]
        for name in gone:
            del body["Resources"][name]
    project.templates = tuple(
        replace(template, body=body)
        for template, body in zip(project.templates, bodies, strict=True)
    )
    with (
        LocalCloud.start(project, clock=Clock(MORNING), seed=1) as cloud,
        enforcing(cloud, project, without),
    ):
        yield cloud


def results_of(cloud: LocalCloud, until: str = name_of(CHECKS[-1])) -> dict[str, Result]:
    """Give what came of each check; those after ``until`` are left out."""
    names = [name_of(check) for check in CHECKS]
    later = names[names.index(until) + 1 :]
    return {result.name: result for result in run(visit_of(cloud), later)}


def test_every_claim_holds_of_a_stage_that_is_as_it_should_be():
    with deployment() as cloud:
        results = results_of(cloud)
    others = {name for name, each in results.items() if each.outcome is not Outcome.HELD}
    assert others == ONLY_ELSEWHERE
    assert all(results[name].outcome is Outcome.NOT_LOOKED_AT for name in ONLY_ELSEWHERE)


def no_permission(resources: Resources) -> None:
    resources["ScheduleReminderPermission"].clear()


def no_queue_policy(resources: Resources) -> None:
    resources["ReminderQueuePolicy"].clear()


def no_role_to_put_events(resources: Resources) -> None:
    (policy,) = resources["SchedulerRole"]["Policies"]
    del policy["PolicyDocument"]["Statement"][0]


def wrong_pattern(resources: Resources) -> None:
    resources["PersistCartRule"]["EventPattern"]["source"] = ["cart.apis"]


def no_destination_of_results(resources: Resources) -> None:
    del resources["PersistCartInvocations"]["DestinationConfig"]["OnSuccess"]


def no_destination_of_failures(resources: Resources) -> None:
    del resources["PersistCartInvocations"]["DestinationConfig"]["OnFailure"]


def no_mapping(resources: Resources) -> None:
    resources["SendReminderMapping"].clear()


def no_target_for_rejections(resources: Resources) -> None:
    resources["RecordRejectionRule"]["State"] = "DISABLED"


def no_feedback(resources: Resources) -> None:
    resources["MailFeedback"]["EventDestination"]["Enabled"] = False


@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        (no_permission, "schedule", "NO_PERMISSIONS of rule schedule-reminder"),
        (no_queue_policy, "reminder", "NO_PERMISSIONS of rule queue-reminder"),
        (no_role_to_put_events, "reminder", "may the role of Scheduler put events there?"),
        (wrong_pattern, "add", "cart-local-persist_cart has reported nothing: does its rule match"),
        (no_destination_of_results, "results", "No result of cart-local-persist_cart"),
        (no_destination_of_failures, "failure", "has persist_cart an OnFailure destination"),
        (no_mapping, "reminder", "messages, and 0 are being tried"),
        (no_target_for_rejections, "rejection", "does the rule record-rejection match"),
        (no_feedback, "bounce", "does the configuration set publish"),
    ],
)
def test_a_deployment_that_is_broken_is_told_from_a_sound_one(change, check, says):
    with deployment(change) as cloud:
        result = results_of(cloud, check)[check]
    assert result.outcome is Outcome.DIFFERS, result
    assert says in result.seen


@pytest.mark.parametrize(
    ("statement", "check", "says"),
    [
        ("PublishWhatCustomersDo", "add", "POST /cart was answered 503"),
        ("ReadCartsAndFailures", "sign-in", "GET /cart was answered 503"),
        ("CheckSignatures", "guests", "POST /guest was answered 503"),
        ("WriteCartLines", "add", "A request has failed"),
        ("CreateReminders", "schedule", "The add made no schedule."),
        ("ClaimAndRecord", "reminder", "are being tried"),
        ("SendAsTheShop", "reminder", "are being tried"),
        ("RecordFailures", "rejection", "does the rule record-rejection match"),
    ],
)
def test_a_permission_less_is_told_by_what_does_not_happen(statement, check, says):
    with deployment(without={statement}) as cloud:
        result = results_of(cloud, check)[check]
    assert result.outcome is Outcome.DIFFERS, result
    assert says in result.seen


def test_what_the_visit_made_is_gone_even_if_much_is_broken():
    with deployment(wrong_pattern) as cloud:
        assert results_of(cloud, "schedule")["removal"].outcome is Outcome.HELD
        left = cloud.client("dynamodb").scan(TableName="cart-local")["Items"]
        schedules = cloud.state()["schedules"]
    assert (left, schedules) == ([], [])
