"""Rules for what keeps data, for who may do what, and for names."""

import json
import re
from typing import Final

from chalicelib.adapters.page_files import PageFiles
from chalicelib.domain.events import CartReminderDue
from chalicelib.settings import Names
from infra.operations.deploy.presence import QUESTIONS
from tests.support.catalog import FOLDER, SHOP
from tests.support.infrastructure import (
    ARN,
    FOUNDATION,
    RESOURCES,
    STAGES,
    by_arn,
    of_the_core,
    of_type,
    resources_of,
)


class TestData:
    def test_every_table_is_encrypted_recoverable_and_paid_by_request(self) -> None:
        for table in of_type("DynamoDB::Table"):
            assert table.properties["SSESpecification"] == {"SSEEnabled": True}, table.logical_id
            assert table.properties["PointInTimeRecoverySpecification"] == {
                "PointInTimeRecoveryEnabled": True
            }
            assert table.properties["BillingMode"] == "PAY_PER_REQUEST"

    def test_the_table_of_the_carts_outlives_its_stack(self) -> None:
        (table,) = of_the_core("DynamoDB::Table")
        assert table.properties["DeletionProtectionEnabled"] is True
        declared = FOUNDATION.section("Resources")[table.logical_id]
        assert declared["DeletionPolicy"] == "RetainExceptOnCreate"
        assert declared["UpdateReplacePolicy"] == "Retain"

    def test_only_prod_is_protected_from_deletion(self) -> None:
        dev = resources_of("dev")
        assert dev["Table"].properties["DeletionProtectionEnabled"] is False
        assert dev["UserPool"].properties["DeletionProtection"] == "INACTIVE"
        assert RESOURCES["UserPool"].properties["DeletionProtection"] == "ACTIVE"

    def test_every_log_group_forgets(self) -> None:
        for group in of_type("Logs::LogGroup"):
            assert group.properties["RetentionInDays"] <= 30


class TestAccess:
    def test_no_role_is_for_everybody_or_allows_everything(self) -> None:
        for role in of_type("IAM::Role"):
            for trust in role.properties["AssumeRolePolicyDocument"]["Statement"]:
                conditions = json.dumps(trust["Condition"])
                assert "aws:SourceArn" in conditions
                assert "aws:SourceAccount" in conditions
            for policy in role.properties["Policies"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    assert "*" not in json.dumps([statement["Action"], statement["Resource"]])

    def test_scheduler_acts_for_the_schedules_of_the_reminder_group_only(self) -> None:
        (trust,) = RESOURCES["SchedulerRole"].properties["AssumeRolePolicyDocument"]["Statement"]
        group = RESOURCES["ScheduleGroup"].attributes["Arn"]
        assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
        assert trust["Condition"]["ArnEquals"] == {"aws:SourceArn": group}

    def test_scheduler_may_put_no_other_event_than_a_reminder(self) -> None:
        (policy,) = RESOURCES["SchedulerRole"].properties["Policies"]
        put, keep = policy["PolicyDocument"]["Statement"]
        (bus,) = by_arn("Events::EventBus")
        assert (put["Action"], put["Resource"]) == ("events:PutEvents", bus)
        assert put["Condition"]["StringEquals"] == {
            "events:source": CartReminderDue.source,
            "events:detail-type": CartReminderDue.detail_type,
        }
        assert keep["Resource"] == ARN.format("sqs", "cart-schedules-dlq-prod")

    def test_the_client_has_no_secret_and_tells_nobody_who_has_an_account(self) -> None:
        (client,) = of_type("Cognito::UserPoolClient")
        assert client.properties["GenerateSecret"] is False
        assert client.properties["PreventUserExistenceErrors"] == "ENABLED"
        # What the page uses; no flow that needs AWS credentials or a code of our own.
        assert set(client.properties["ExplicitAuthFlows"]) == {
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        }

    def test_customers_cost_no_more_than_what_is_used_of_them(self) -> None:
        (pool,) = of_type("Cognito::UserPool")
        assert pool.properties["UserPoolTier"] == "LITE"

    def test_a_new_address_counts_only_once_it_is_verified(self) -> None:
        (pool,) = of_type("Cognito::UserPool")
        assert pool.properties["AutoVerifiedAttributes"] == ["email"]
        assert pool.properties["UserAttributeUpdateSettings"] == {
            "AttributesRequireVerificationBeforeUpdate": ["email"]
        }


class TestSignIn:
    """What moto's user pools do not enforce, and what Cognito would do otherwise."""

    def test_the_page_may_read_all_that_the_api_takes_from_a_token(self) -> None:
        # Without email_verified in the token nobody's address counts, and nobody is reminded.
        (client,) = of_type("Cognito::UserPoolClient")
        assert set(client.properties["ReadAttributes"]) == {"email", "email_verified", "name"}

    def test_the_page_signs_in_to_the_user_pool_of_the_stage(self) -> None:
        (pool,), (client,) = of_type("Cognito::UserPool"), of_type("Cognito::UserPoolClient")
        assert client.properties["UserPoolId"] == pool.ref

    def test_the_page_may_change_nothing_that_says_what_is_verified(self) -> None:
        (client,) = of_type("Cognito::UserPoolClient")
        assert set(client.properties["WriteAttributes"]) == {"email", "name"}

    def test_customers_sign_in_by_an_address_in_any_case_and_recover_by_a_verified_one(
        self,
    ) -> None:
        (pool,) = of_type("Cognito::UserPool")
        assert pool.properties["UsernameAttributes"] == ["email"]
        assert pool.properties["UsernameConfiguration"] == {"CaseSensitive": False}
        assert pool.properties["AccountRecoverySetting"] == {
            "RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]
        }

    def test_an_address_is_required_and_can_be_changed(self) -> None:
        (pool,) = of_type("Cognito::UserPool")
        schema = {attribute["Name"]: attribute for attribute in pool.properties["Schema"]}
        assert (schema["email"]["Required"], schema["email"]["Mutable"]) == (True, True)
        assert (schema["name"]["Required"], schema["name"]["Mutable"]) == (False, True)
        assert {attribute["AttributeDataType"] for attribute in schema.values()} == {"String"}

    def test_the_page_asks_for_the_password_that_the_user_pool_wants(self) -> None:
        """The template is the source: each rule of the pool is in the field and in its words."""
        page = PageFiles(SHOP, FOLDER).page("en").text
        (pool,) = of_type("Cognito::UserPool")
        policy = pool.properties["Policies"]["PasswordPolicy"]
        [field] = re.findall(r'<input name="chosen"[^>]*>', page)
        [rules] = re.findall(r'<p id="password-rules"[^>]*>(.*?)</p>', page)
        assert f'minlength="{policy["MinimumLength"]}"' in field
        assert rules.startswith(f"{policy['MinimumLength']} characters or more")
        for rule, pattern, words in (
            ("RequireLowercase", "(?=.*[a-z])", "a small letter"),
            ("RequireUppercase", "(?=.*[A-Z])", "a capital letter"),
            ("RequireNumbers", "(?=.*[0-9])", "a digit"),
            ("RequireSymbols", "(?=.*[^A-Za-z0-9])", "a symbol"),
        ):
            assert (pattern in field) is (words in rules) is policy[rule], rule

    def test_passwords_are_long_and_tokens_can_be_revoked(self) -> None:
        (pool,), (client,) = of_type("Cognito::UserPool"), of_type("Cognito::UserPoolClient")
        policy = pool.properties["Policies"]["PasswordPolicy"]
        assert policy["MinimumLength"] >= 12
        assert 1 <= policy["TemporaryPasswordValidityDays"] <= 7
        assert client.properties["EnableTokenRevocation"] is True
        assert client.properties["SupportedIdentityProviders"] == ["COGNITO"]


class TestMail:
    def test_bounces_and_complaints_and_nothing_else_come_to_the_default_bus(self) -> None:
        (destination,) = of_type("SES::ConfigurationSetEventDestination")
        (configuration,) = of_type("SES::ConfigurationSet")
        event_destination = destination.properties["EventDestination"]
        assert destination.properties["ConfigurationSetName"] == configuration.ref
        assert event_destination["Enabled"] is True
        assert set(event_destination["MatchingEventTypes"]) == {"BOUNCE", "COMPLAINT"}
        assert event_destination["EventBridgeDestination"] == {
            "EventBusArn": ARN.format("events", "event-bus/default")
        }

    def test_what_comes_to_the_default_bus_is_what_the_rule_there_is_about(self) -> None:
        (destination,) = of_type("SES::ConfigurationSetEventDestination")
        called = {"BOUNCE": "Email Bounced", "COMPLAINT": "Email Complaint Received"}
        kinds = destination.properties["EventDestination"]["MatchingEventTypes"]
        pattern = RESOURCES["MailFeedbackRule"].properties["EventPattern"]
        assert sorted(pattern["detail-type"]) == [called[kind] for kind in sorted(kinds)]

    def test_the_configuration_is_the_one_that_mails_are_sent_with(self) -> None:
        (configuration,) = of_type("SES::ConfigurationSet")
        assert configuration.ref == Names("cart", "prod").configuration_set

    def test_mail_goes_out_over_tls_only(self) -> None:
        (configuration,) = of_type("SES::ConfigurationSet")
        assert configuration.properties["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}


def arns_of(stage: str) -> set[str]:
    values = (
        value
        for resource in resources_of(stage).values()
        if resource.identity and not resource.type.startswith("AWS::Cognito::")
        for value in (resource.ref, *resource.attributes.values())
    )
    return {value for value in values if value.startswith("arn:")}


def test_stages_have_no_name_in_common_so_that_they_can_share_an_account() -> None:
    local, dev, prod = (arns_of(stage) for stage in STAGES)
    assert len(local) == len(dev) == len(prod) > 20
    assert not (local & dev | dev & prod | local & prod)


WITHIN_ANOTHER: Final = {"AWS::Events::Rule", "AWS::Cognito::UserPoolClient"}
"""What has its name within a bus or a user pool of the stage."""


def names_of(stage: str) -> set[tuple[str, str]]:
    return {
        (resource.type, value)
        for resource in resources_of(stage).values()
        for name, value in resource.properties.items()
        if name.endswith("Name") and name != "MetricName"
        if isinstance(value, str) and resource.type not in WITHIN_ANOTHER
    }


def test_what_is_named_in_an_account_has_another_name_in_each_stage() -> None:
    shared = names_of("dev") & names_of("prod")
    assert shared == {("AWS::ApiGateway::RestApi", "cart")}  # Chalice looks for it by name


def test_what_is_looked_for_by_its_name_has_one() -> None:
    for resource in RESOURCES.values():
        if resource.type in QUESTIONS:
            *_, name = QUESTIONS[resource.type]
            assert name in resource.properties, resource.logical_id


class TestTable:
    """What the adapters' queries rely on; their tests have a table of their own."""

    def test_it_has_the_keys_that_the_adapters_use(self) -> None:
        assert RESOURCES["Table"].properties["KeySchema"] == [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        for table in of_type("DynamoDB::Table"):
            assert table.properties["KeySchema"][0] == {"AttributeName": "pk", "KeyType": "HASH"}

    def test_the_keys_of_a_table_and_nothing_else_are_defined_and_are_texts(self) -> None:
        for table in of_type("DynamoDB::Table"):
            indexes = table.properties.get("GlobalSecondaryIndexes", [])
            schemas = [each["KeySchema"] for each in (table.properties, *indexes)]
            defined = {
                each["AttributeName"]: each["AttributeType"]
                for each in table.properties["AttributeDefinitions"]
            }
            keys = {key["AttributeName"] for schema in schemas for key in schema}
            assert defined == dict.fromkeys(keys, "S"), table.logical_id

    def test_it_has_one_index_for_failures(self) -> None:
        properties = RESOURCES["Table"].properties
        (index,) = properties["GlobalSecondaryIndexes"]
        assert index["IndexName"] == "failures-by-request"
        assert index["KeySchema"] == [{"AttributeName": "failed_request", "KeyType": "HASH"}]
        assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_what_holds_customers_outlives_a_change_that_would_replace_it() -> None:
    pool = FOUNDATION.section("Resources")["UserPool"]
    assert pool["UpdateReplacePolicy"] == "Retain"


def test_the_api_that_chalice_fills_is_made_where_there_is_a_deployment() -> None:
    assert "RestApi" not in resources_of("local")
    (api,) = of_type("ApiGateway::RestApi")
    assert api.properties["Name"] == "cart"  # Chalice looks for it by name
    assert api.properties["EndpointConfiguration"] == {"Types": ["REGIONAL"]}
