"""Figures that stand in a relation to one another, wherever each of them is set.

Every figure is read from where it takes effect (code, ``.chalice/config.json``, templates), so
whoever changes one of them is told here which others depend on it.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters import sdk, ses
from chalicelib.adapters.dynamodb import items, preferences, suppressions
from chalicelib.adapters.scheduler import _RETRY_POLICY, SOONEST, Schedules
from chalicelib.domain import events, ids, mail_rate, signing
from chalicelib.domain.cart import LIFETIME, Cart
from chalicelib.domain.durations import duration
from chalicelib.domain.errors import backoff
from chalicelib.domain.reminder_policy import DEFAULT_LATENESS
from chalicelib.domain.reminders import _TAKEN_FOR_NOW, ReminderRule, retry_delay
from chalicelib.domain.shop import DEFAULT_WINDOW
from chalicelib.entrypoints import consumers
from chalicelib.usecases import cart_requests, mail_once, send_reminder, tokens
from chalicelib.web import operation
from infra.cloudformation.template import Resource
from infra.generate.chalice_files import sender_of
from tests.support.builders import NOW, add, reminder_due
from tests.support.catalog import PRODUCTS
from tests.support.iam import Request
from tests.support.infrastructure import (
    ARN,
    CONFIG,
    DEPLOYED_STAGES,
    RESOURCES,
    STAGES,
    by_arn,
    config_of,
    consumer_names,
    invoke_configs,
    of_the_core,
    of_type,
    resources_of,
    targets,
)
from tests.support.load import share_missed
from tests.support.permissions import policy_of
from tests.support.seconds import HOUR
from tests.support.times import DAY, MINUTE

SECOND: Final = timedelta(seconds=1)

GATEWAY_TIMEOUT: Final = 29 * SECOND
"""How long API Gateway waits for a function: "Amazon API Gateway quotas"."""

PAUSES_OF_ASYNCHRONOUS_RETRIES: Final = (MINUTE, 2 * MINUTE)
"""How long Lambda waits before each retry: "How Lambda handles errors and retries"."""

LONGEST_RETENTION: Final = 14 * DAY
"""The longest that SQS keeps a message."""

A_MONTHS_REQUESTS: Final = 1_000_000
FREE_TRACES_A_MONTH: Final = 100_000
"""What X-Ray records without charge: "AWS X-Ray pricing"."""

FUNCTIONS: Final = ("api_handler", *consumer_names())
SERVICES: Final = ("dynamodb", "events", "scheduler", "sesv2", "sqs", "ssm")


def timeout_of(function: str, stage: str = "prod") -> timedelta:
    seconds = config_of(function, stage).lambda_timeout
    assert isinstance(seconds, int), f"the time-out of {function} is not set"
    return seconds * SECOND


def retries_of(function: str) -> timedelta:
    """Give how long it takes at most until Lambda gives up on an event that fails at once."""
    attempts = invoke_configs()[f"cart-prod-{function}"]["MaximumRetryAttempts"]
    pauses = PAUSES_OF_ASYNCHRONOUS_RETRIES[:attempts]
    return sum(pauses, timedelta()) + (attempts + 1) * timeout_of(function)


@pytest.fixture(params=STAGES)
def rule(request: pytest.FixtureRequest) -> ReminderRule:
    """Give the reminder rule of each stage."""
    environment = CONFIG["stages"][request.param]["environment_variables"]
    window, delay = (
        int(environment[f"REMINDER_{name}_SECONDS"]) * SECOND for name in ("WINDOW", "DELAY")
    )
    return ReminderRule(window=window, delay=delay)


def queue_of_reminders() -> Resource:
    return RESOURCES["ReminderQueue"]


def archived_for() -> timedelta:
    (archive,) = of_type("Events::Archive")
    return int(archive.properties["RetentionDays"]) * DAY


@pytest.fixture
def client_of(aws: None) -> Callable[[str], Any]:
    return sdk.client


def longest_call(client: Any) -> timedelta:
    """Give how long a call may take: its attempts, and the pauses in between.

    The pause before the n-th retry is at most 2 ** (n - 1) seconds, and never more than 20:
    "Retry behavior", standard mode.
    """
    config = client.meta.config
    attempts = config.retries["total_max_attempts"]
    pauses = sum(min(2**retry, 20) for retry in range(attempts - 1))
    return (attempts * (config.connect_timeout + config.read_timeout) + pauses) * SECOND


class TestFunctions:
    @pytest.mark.parametrize("stage", STAGES)
    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_every_function_has_a_time_out_of_its_own_choice(
        self, function: str, stage: str
    ) -> None:
        # Chalice's default is 60 seconds, Lambda's is 3.
        assert 5 * SECOND <= timeout_of(function, stage) <= MINUTE

    @pytest.mark.parametrize("stage", STAGES)
    def test_the_api_gives_up_before_api_gateway_does(self, stage: str) -> None:
        assert timeout_of("api_handler", stage) < GATEWAY_TIMEOUT

    @pytest.mark.parametrize("service", [name for name in SERVICES if name != "sesv2"])
    def test_a_call_to_aws_ends_before_the_function_that_makes_it(
        self, client_of: Callable[[str], Any], service: str
    ) -> None:
        shortest = min(timeout_of(function) for function in FUNCTIONS)
        assert longest_call(client_of(service)) < shortest

    def test_a_mail_is_sent_or_given_up_before_its_function_ends(
        self, client_of: Callable[[str], Any]
    ) -> None:
        mails, others = client_of("sesv2"), client_of("dynamodb")
        assert mails.meta.config.retries["total_max_attempts"] == 1  # SendEmail is not idempotent
        after = longest_call(others)  # the mark, or the release, of the claim
        assert longest_call(mails) + after < timeout_of("send_reminder")

    @pytest.mark.parametrize("service", SERVICES)
    def test_no_client_waits_for_long_for_a_connection(
        self, client_of: Callable[[str], Any], service: str
    ) -> None:
        config = client_of(service).meta.config
        assert 1 <= config.connect_timeout <= config.read_timeout <= 10


class TestReminders:
    def test_a_claim_outlives_the_function_that_holds_it(self) -> None:
        # The claim begins where the function does, by a clock that may be a little off.
        assert 2 * timeout_of("send_reminder") <= send_reminder.LEASE

    @given(rate=st.integers(1, mail_rate.MAX_RATE))
    def test_all_senders_together_keep_the_shops_mail_rate_and_reach_it(self, rate: int) -> None:
        senders, pace = mail_rate.senders(rate), mail_rate.pace(rate)
        assert senders / pace == pytest.approx(rate)
        assert pace >= mail_rate.SECONDS_PER_REMINDER, "a sender can keep up"
        assert 2 <= senders <= 1_000, "what Lambda allows for a queue"

    @pytest.mark.parametrize("stage", STAGES)
    def test_as_many_functions_send_at_once_as_the_mail_rate_is_shared_among(
        self, stage: str
    ) -> None:
        rate = int(CONFIG["stages"][stage]["environment_variables"]["MAIL_RATE"])
        (mapping,) = of_the_core("Lambda::EventSourceMapping")
        default = int(mapping.properties["ScalingConfig"]["MaximumConcurrency"])
        assert (rate, default) == (14, mail_rate.senders(14)), "else deploy passes the parameter"

    @pytest.mark.parametrize("rate", [1, 2, 14, 100, mail_rate.MAX_RATE])
    def test_a_whole_batch_is_sent_at_that_rate_while_a_function_runs(self, rate: int) -> None:
        (mapping,) = of_the_core("Lambda::EventSourceMapping")
        usable = timeout_of("send_reminder") - consumers.TIME_FOR_A_REMINDER
        assert usable / (mail_rate.pace(rate) * SECOND) >= mapping.properties["BatchSize"]

    def test_a_message_whose_function_died_comes_back_when_the_claim_has_run_out(self) -> None:
        visible_after = queue_of_reminders().properties["VisibilityTimeout"] * SECOND
        assert visible_after > send_reminder.LEASE

    def test_a_message_stays_hidden_for_six_times_what_its_function_may_take(self) -> None:
        visible_after = queue_of_reminders().properties["VisibilityTimeout"] * SECOND
        (mapping,) = of_the_core("Lambda::EventSourceMapping")
        # It is hidden from when it is received, which is before the batch is complete.
        filling = mapping.properties["MaximumBatchingWindowInSeconds"] * SECOND
        assert visible_after >= 6 * timeout_of("send_reminder") + filling

    def test_an_add_that_is_written_while_its_wake_up_fires_counts_as_late(
        self, rule: ReminderRule
    ) -> None:
        window = rule.window_of(NOW)
        while_it_runs = rule.due_at(window) - timeout_of("persist_cart")
        assert rule.has_looked(NOW, while_it_runs)
        assert rule.has_looked(NOW, rule.due_at(window))

    def test_an_add_that_is_written_at_once_is_not_late(self, rule: ReminderRule) -> None:
        end_of_window = rule.due_at(rule.window_of(NOW)) - rule.delay
        assert not rule.has_looked(NOW, end_of_window + timeout_of("persist_cart"))
        assert not rule.has_looked(NOW, end_of_window)

    def test_a_reminder_comes_while_the_add_still_counts(self, rule: ReminderRule) -> None:
        at_the_latest = rule.window + rule.delay + 2 * DAY  # retries on the way included
        assert at_the_latest < LIFETIME

    def test_windows_are_longer_than_scheduler_is_precise(self, rule: ReminderRule) -> None:
        assert rule.window >= SOONEST
        assert rule.delay >= SOONEST

    def test_by_default_a_million_carts_of_an_hour_are_mailed_almost_at_the_rate_of_ses(
        self,
    ) -> None:
        # Of 10,000 seconds, the senders lose two at the end: docs/scale.md.
        window = duration(DEFAULT_WINDOW) / SECOND
        assert 1 + share_missed(1_000_000, 100, HOUR, window) + 2 / 10_000 <= 1.05

    def test_all_tries_of_a_reminder_end_long_before_its_queue_forgets_it(self) -> None:
        properties = queue_of_reminders().properties
        tries = properties["RedrivePolicy"]["maxReceiveCount"]
        waited = sum(retry_delay(attempt, 0) for attempt in range(1, tries + 1)) * SECOND
        hung = tries * properties["VisibilityTimeout"] * SECOND
        assert 10 * (waited + hung) < properties["MessageRetentionPeriod"] * SECOND

    def test_a_reminder_survives_an_outage_of_ses_of_four_hours(self) -> None:
        tries = queue_of_reminders().properties["RedrivePolicy"]["maxReceiveCount"]
        waited = sum(retry_delay(attempt, 1) for attempt in range(1, tries)) * SECOND
        assert waited > timedelta(hours=4)

    def test_a_run_begins_no_reminder_that_ses_may_answer_after_its_end(
        self, client_of: Callable[[str], Any]
    ) -> None:
        refused_and_tried_again = longest_call(client_of("sesv2")) + ses.PAUSE * SECOND
        longest_pace = max(mail_rate.pace(rate) for rate in range(1, 100)) * SECOND
        assert longest_pace + refused_and_tried_again < consumers.TIME_FOR_A_REMINDER

    def test_a_third_of_a_batch_is_tried_even_if_ses_takes_as_long_as_it_may(
        self, client_of: Callable[[str], Any]
    ) -> None:
        (mapping,) = of_the_core("Lambda::EventSourceMapping")
        usable = timeout_of("send_reminder") - consumers.TIME_FOR_A_REMINDER
        tried = usable // longest_call(client_of("sesv2")) + 1
        assert tried >= mapping.properties["BatchSize"] // 3

    def test_no_wait_of_a_message_is_longer_than_sqs_takes(self) -> None:
        assert max(retry_delay(attempt, 0) for attempt in range(1, 100)) <= 12 * 3_600
        assert min(retry_delay(attempt, 1) for attempt in range(1, 100)) >= 1

    def test_a_wait_for_a_retry_raises_no_alarm_of_messages_that_nobody_takes(self) -> None:
        alarm = RESOURCES["ReminderQueueAgeAlarm"].properties
        # What was received three times no longer counts as the oldest message: "Available
        # CloudWatch metrics for Amazon SQS", ApproximateAgeOfOldestMessage.
        waited = sum(retry_delay(attempt, 0) for attempt in range(1, 4))
        assert waited < alarm["Threshold"]

    def test_no_reminder_is_too_late_that_is_still_on_its_way(self) -> None:
        properties = queue_of_reminders().properties
        tries = properties["RedrivePolicy"]["maxReceiveCount"]
        in_the_queue = sum(retry_delay(attempt, 0) for attempt in range(1, tries)) * SECOND
        on_the_bus = (
            max(target["RetryPolicy"]["MaximumEventAgeInSeconds"] for _, target in targets())
            * SECOND
        )
        by_scheduler = _RETRY_POLICY["MaximumEventAgeInSeconds"] * SECOND
        assert by_scheduler + on_the_bus + in_the_queue < DEFAULT_LATENESS

    def test_no_reminder_comes_so_late_that_nobody_knows_what_it_is_about(self) -> None:
        assert DEFAULT_LATENESS <= 3 * DAY

    def test_clocks_that_differ_shorten_no_claim_and_no_margin_below_what_is_needed(self) -> None:
        assert timeout_of("send_reminder") + 2 * ids.MAX_CLOCK_SKEW < send_reminder.LEASE
        assert timeout_of("persist_cart") + 2 * ids.MAX_CLOCK_SKEW < _TAKEN_FOR_NOW


class TestQueuedConsumers:
    """A reminder's queue has more to it, which is above."""

    @pytest.fixture(params=[each.logical_id for each in of_type("Lambda::EventSourceMapping")])
    def mapping(self, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        return RESOURCES[request.param].properties

    @pytest.fixture
    def queue(self, mapping: Mapping[str, Any]) -> Mapping[str, Any]:
        return by_arn("SQS::Queue")[mapping["EventSourceArn"]].properties

    def test_all_tries_of_an_event_end_before_its_queue_forgets_it(
        self, queue: Mapping[str, Any]
    ) -> None:
        tries = queue["RedrivePolicy"]["maxReceiveCount"]
        waited = sum(backoff(attempt) for attempt in range(1, tries + 1))
        assert waited + tries * queue["VisibilityTimeout"] < queue["MessageRetentionPeriod"]

    def test_an_event_whose_function_died_is_tried_again_before_it_is_overdue(
        self, queue: Mapping[str, Any]
    ) -> None:
        (alarm,) = (
            alarm.properties
            for alarm in of_type("CloudWatch::Alarm")
            if alarm.properties.get("MetricName") == "ApproximateAgeOfOldestMessage"
            and alarm.properties["Dimensions"][0]["Value"] == queue["QueueName"]
        )
        assert queue["VisibilityTimeout"] < alarm["Threshold"]

    def test_a_function_that_looks_at_no_clock_has_time_for_its_batch(
        self, mapping: Mapping[str, Any], client_of: Callable[[str], Any]
    ) -> None:
        function = mapping["FunctionName"].removeprefix("cart-prod-")
        assert mapping["BatchSize"] >= 1
        if function != "send_reminder":
            needed = mapping["BatchSize"] * longest_call(client_of("dynamodb"))
            assert needed < timeout_of(function)

    def test_a_claim_on_a_mail_outlives_its_function_and_runs_out_before_the_last_try(
        self, mapping: Mapping[str, Any], queue: Mapping[str, Any]
    ) -> None:
        function = mapping["FunctionName"].removeprefix("cart-prod-")
        assert timeout_of(function) + 2 * ids.MAX_CLOCK_SKEW < mail_once.LEASE
        tries = queue["RedrivePolicy"]["maxReceiveCount"]
        assert sum(backoff(attempt) for attempt in range(1, tries)) * SECOND > mail_once.LEASE

    def test_senders_that_keep_no_pace_are_too_few_to_reach_the_shops_mail_rate(
        self, mapping: Mapping[str, Any]
    ) -> None:
        function = mapping["FunctionName"].removeprefix("cart-prod-")
        identity = ARN.format("ses", "identity/ada@example.com")
        environment = config_of(function).environment_variables
        mail = {"ses:FromAddress": (sender_of(environment),)}
        sends = policy_of(function, "prod", as_stage="prod").allows(
            Request("ses:SendEmail", identity, mail)
        )
        if sends and function != "send_reminder":
            senders = mapping["ScalingConfig"]["MaximumConcurrency"]
            assert senders / mail_rate.SECONDS_PER_REMINDER < int(environment["MAIL_RATE"])


class TestRequests:
    def test_a_job_is_pending_for_as_long_as_lambda_may_retry_it(self) -> None:
        failed_after = retries_of("persist_cart")
        recorded_after = failed_after + retries_of("record_failure")
        assert recorded_after < cart_requests.PENDING_FOR

    def test_the_product_that_fails_for_a_while_outlasts_all_retries(self) -> None:
        failing = [duration(product.fails_for) for product in PRODUCTS if product.fails_for]
        assert failing
        for fails_for in failing:
            assert retries_of("persist_cart") < fails_for < cart_requests.PENDING_FOR

    def test_an_event_is_older_than_its_retries_only_when_something_is_out_of_order(self) -> None:
        for name, config in invoke_configs().items():
            function = name.removeprefix("cart-prod-")
            assert retries_of(function) < config["MaximumEventAgeInSeconds"] * SECOND, name

    def test_an_entry_point_takes_no_longer_a_skew_than_consumers_do(self) -> None:
        assert timedelta(0) < ids.MAX_CLOCK_SKEW < events.MAX_AHEAD


class TestWhatIsKept:
    def test_a_replay_brings_back_nothing_that_has_expired(self) -> None:
        assert archived_for() < LIFETIME

    def test_the_archive_outlasts_every_way_to_retry(self) -> None:
        ages = [target["RetryPolicy"]["MaximumEventAgeInSeconds"] for _, target in targets()]
        ages += [config["MaximumEventAgeInSeconds"] for config in invoke_configs().values()]
        assert sum(sorted(ages)[-2:]) * SECOND < archived_for()
        for queue in of_type("SQS::Queue"):
            assert queue.properties["MessageRetentionPeriod"] * SECOND < archived_for()

    def test_an_item_outlives_all_that_could_bring_its_job_back(self) -> None:
        kept = (items.expiry(NOW) - NOW.timestamp()) * SECOND
        assert kept == items.RETENTION
        # A change counts until LIFETIME; DynamoDB may delete at that second.
        assert kept > LIFETIME

    def test_a_claim_outlives_every_replay_of_its_reminder(self, rule: ReminderRule) -> None:
        # An add is replayed at the end of the archive, and its wake-up after the delay.
        assert archived_for() + rule.window + rule.delay + LONGEST_RETENTION < items.RETENTION

    def test_an_address_that_bounced_is_kept_from_mail_longer_than_carts_last(self) -> None:
        assert suppressions._KEPT_FOR > items.RETENTION  # noqa: SLF001
        assert preferences.KEPT_FOR > suppressions._KEPT_FOR  # noqa: SLF001

    def test_a_dead_letter_outlives_the_queue_that_it_came_from(self) -> None:
        # SQS counts from when the message was first sent.
        for queue in of_type("SQS::Queue"):
            redrive = queue.properties.get("RedrivePolicy")
            if redrive:
                assert queue.properties["MessageRetentionPeriod"] * SECOND < LONGEST_RETENTION / 2

    def test_every_log_is_kept_as_long_as_the_archive(self) -> None:
        for group in of_type("Logs::LogGroup"):
            assert group.properties["RetentionInDays"] * DAY == archived_for()
        for function in CONFIG["lambda_functions"].values():
            assert function["log_retention_in_days"] * DAY == archived_for()


class TestTraces:
    def test_a_shop_with_a_million_requests_a_month_pays_for_no_trace_and_sees_some_each_day(
        self,
    ) -> None:
        rule = RESOURCES["TracedRequests"].properties["SamplingRule"]
        by_reservoir = rule["ReservoirSize"] * (30 * DAY / SECOND)
        by_rate = rule["FixedRate"] * A_MONTHS_REQUESTS
        assert by_reservoir + by_rate < FREE_TRACES_A_MONTH
        assert by_rate / 30 > 100

    def test_the_rule_is_about_every_request_to_the_api_of_its_stage(self) -> None:
        for stage in DEPLOYED_STAGES:
            resources = resources_of(stage)
            rule = resources["TracedRequests"].properties["SamplingRule"]
            api = f"{resources['RestApi'].ref}/stages/{CONFIG['api_gateway_stage']}"
            assert rule["RuleName"] == f"cart-{stage}"
            assert rule["ResourceARN"] == f"arn:aws:apigateway:eu-central-1::/restapis/{api}"
            for field in ("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"):
                assert rule[field] == "*", field

    def test_the_rule_comes_before_the_default_one(self) -> None:
        rule = RESOURCES["TracedRequests"].properties["SamplingRule"]
        assert 1 <= rule["Priority"] <= 9_999  # the default rule has 10,000
        assert rule["Version"] == 1, "the only one there is"


class TestTokens:
    def test_a_guest_is_known_no_longer_than_what_they_added_counts(self) -> None:
        assert tokens.GUEST_LIFETIME < LIFETIME

    def test_a_link_to_stop_reminders_works_for_as_long_as_its_mail_may_be_about_a_cart(
        self,
    ) -> None:
        assert tokens.LINK_LIFETIME >= LIFETIME
        assert tokens.LINK_LIFETIME >= 30 * DAY  # what laws ask for

    def test_a_session_of_the_shop_lasts_as_long_as_a_guest_does(self) -> None:
        (client,) = of_type("Cognito::UserPoolClient")
        units = {"minutes": MINUTE, "hours": 60 * MINUTE, "days": DAY}
        validity = {
            token: client.properties[f"{token}Validity"]
            * units[client.properties["TokenValidityUnits"][token]]
            for token in ("IdToken", "AccessToken", "RefreshToken")
        }
        assert tokens.GUEST_LIFETIME <= validity["RefreshToken"] <= LIFETIME
        assert 5 * MINUTE <= validity["IdToken"] == validity["AccessToken"] <= 60 * MINUTE

    def test_a_new_key_signs_only_when_every_function_knows_it(self) -> None:
        newest = signing.SigningKey(b"2" * 32, created_at=int(NOW.timestamp()))
        older = signing.SigningKey(b"1" * 32, created_at=0)
        for after in (timedelta(0), signing.KEYS_KEPT_FOR, 2 * signing.KEYS_KEPT_FOR - SECOND):
            at = NOW + after
            token = signing.sign((newest, older), signing.Purpose.GUEST, "guest", at, DAY)
            assert signing.read(token, signing.Purpose.GUEST, (older,), at)[0] == "guest"


class TestDelivery:
    def test_scheduler_tries_for_less_time_than_would_make_a_reminder_a_surprise(self) -> None:
        calls: list[dict[str, Any]] = []

        class Client:
            exceptions = type("exceptions", (), {"ConflictException": KeyError})

            def create_schedule(self, **call: Any) -> None:
                calls.append(call)

        schedules = Schedules(Client(), "group", "role", "bus", "dlq")
        schedules.schedule(reminder_due(), NOW + DAY, NOW)
        policy = calls[0]["Target"]["RetryPolicy"]
        assert 60 * MINUTE <= policy["MaximumEventAgeInSeconds"] * SECOND < DAY
        assert 10 <= policy["MaximumRetryAttempts"] <= 185

    def test_rules_try_for_a_day_which_is_the_longest_that_eventbridge_does(self) -> None:
        for rule, target in targets():
            policy = target["RetryPolicy"]
            assert policy["MaximumEventAgeInSeconds"] * SECOND == DAY, rule.logical_id
            assert policy["MaximumRetryAttempts"] == 185, rule.logical_id

    def test_functions_are_retried_twice_and_their_events_wait_for_hours(self) -> None:
        for name, config in invoke_configs().items():
            assert config["MaximumRetryAttempts"] == 2, name
            age = config["MaximumEventAgeInSeconds"] * SECOND
            assert 60 * MINUTE <= age <= 360 * MINUTE, name


class TestBothBounds:
    """Figures that could be wrong in either direction; most tests ask for one of them."""

    def test_a_rotated_key_is_in_use_within_a_quarter_of_an_hour(self) -> None:
        assert MINUTE <= signing.KEYS_KEPT_FOR <= 15 * MINUTE

    def test_a_guest_comes_back_within_a_week_and_finds_the_cart(self) -> None:
        assert tokens.GUEST_LIFETIME >= 7 * DAY

    def test_what_became_of_a_request_is_told_for_as_long_as_it_is_kept(self) -> None:
        assert cart_requests.PENDING_FOR < items.RETENTION

    def test_the_first_retry_of_a_mail_comes_soon_and_not_at_once(self) -> None:
        assert 15 <= retry_delay(1, 1) <= retry_delay(1, 0) <= 60

    def test_a_claim_that_its_holder_died_with_runs_out_within_minutes(self) -> None:
        assert send_reminder.LEASE <= 10 * MINUTE

    def test_the_queue_is_worked_off_in_small_batches_by_few_functions(self) -> None:
        (mapping,) = of_the_core("Lambda::EventSourceMapping")
        assert mapping.properties["MaximumBatchingWindowInSeconds"] == 0
        assert 1 <= mapping.properties["BatchSize"] <= 10
        assert 2 <= int(mapping.properties["ScalingConfig"]["MaximumConcurrency"]) <= 5

    def test_a_body_has_room_for_every_request_and_for_little_more(self) -> None:
        assert 1_024 <= operation.MAX_BODY_BYTES <= 64 * 1_024

    def test_an_answer_is_compressed_where_that_saves_a_packet(self) -> None:
        packet = 1_460  # what TCP sends at once over Ethernet
        assert packet / 2 <= CONFIG["minimum_compression_size"] <= packet

    def test_functions_have_memory_enough_to_start_quickly_and_no_more_than_a_gigabyte(
        self,
    ) -> None:
        for function in FUNCTIONS:
            assert 512 <= config_of(function).lambda_memory_size <= 1_024

    def test_archive_logs_and_dead_letters_last_for_weeks(self) -> None:
        assert archived_for() >= 21 * DAY


def test_a_cart_counts_a_change_up_to_its_lifetime_and_no_longer() -> None:
    change = add(at=NOW)
    at = ids.time_of(change.event_id)
    assert not Cart([change], at + LIFETIME - SECOND).is_empty
    assert Cart([change], at + LIFETIME).is_empty
