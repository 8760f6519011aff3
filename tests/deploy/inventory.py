"""Everything that there is in the emulator's account, by kind and name."""

from typing import Any

from tests.deploy.stage import Stage

Inventory = dict[str, dict[str, Any]]

# What every account has of its own.
GIVEN = {"event_bus": {"default"}, "schedule_group": {"default"}}


def inventory(stage: Stage) -> Inventory:
    """Give all that exists, and of what can change, how it is."""
    found = {
        "api": _apis(stage),
        "archive": _named(stage.client("events").list_archives()["Archives"], "ArchiveName"),
        "event_bus": _named(stage.client("events").list_event_buses()["EventBuses"], "Name"),
        "function": _functions(stage),
        "log_group": _named(
            stage.client("logs").describe_log_groups()["logGroups"], "logGroupName"
        ),
        "mapping": _named(
            stage.client("lambda").list_event_source_mappings()["EventSourceMappings"], "UUID"
        ),
        "queue": _queues(stage),
        "role": _named(stage.client("iam").list_roles()["Roles"], "RoleName"),
        "rule": _rules(stage),
        "schedule_group": _named(
            stage.client("scheduler").list_schedule_groups()["ScheduleGroups"], "Name"
        ),
        "stack": _named(stage.client("cloudformation").describe_stacks()["Stacks"], "StackName"),
        "table": dict.fromkeys(stage.client("dynamodb").list_tables()["TableNames"]),
        "topic": _named(stage.client("sns").list_topics()["Topics"], "TopicArn"),
        "user_pool": _named(
            stage.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"], "Name"
        ),
    }
    return {
        kind: {name: how for name, how in things.items() if name not in GIVEN.get(kind, ())}
        for kind, things in found.items()
    }


def names(stage: Stage) -> dict[str, set[str]]:
    """Give the names of all that exists, by kind; kinds of which there is nothing are left out."""
    return {kind: set(things) for kind, things in inventory(stage).items() if things}


def _named(things: list[dict[str, Any]], by: str) -> dict[str, Any]:
    return {thing[by]: thing for thing in things}


def limits_of(stages: list[dict[str, Any]]) -> list[tuple[float, int]]:
    """Give how many requests a second, and at a moment, each stage of an API takes."""
    settings = [stage["methodSettings"]["*/*"] for stage in stages]
    return [(each["throttlingRateLimit"], each["throttlingBurstLimit"]) for each in settings]


def _apis(stage: Stage) -> dict[str, Any]:
    client = stage.client("apigateway")
    return {
        api["id"]: (
            client.get_resources(restApiId=api["id"])["items"],
            client.get_gateway_responses(restApiId=api["id"])["items"],
            client.get_deployments(restApiId=api["id"])["items"],
            client.get_stages(restApiId=api["id"])["item"],
        )
        for api in client.get_rest_apis()["items"]
    }


def _functions(stage: Stage) -> dict[str, Any]:
    client = stage.client("lambda")
    return {
        function["FunctionName"]: (
            function,
            client.list_tags(Resource=function["FunctionArn"])["Tags"],
        )
        for function in client.list_functions()["Functions"]
    }


def _queues(stage: Stage) -> dict[str, Any]:
    client = stage.client("sqs")
    return {
        url.rpartition("/")[2]: client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])[
            "Attributes"
        ]
        for url in client.list_queues().get("QueueUrls", [])
    }


def _rules(stage: Stage) -> dict[str, Any]:
    client = stage.client("events")
    return {
        f"{bus['Name']}/{rule['Name']}": rule
        for bus in client.list_event_buses()["EventBuses"]
        for rule in client.list_rules(EventBusName=bus["Name"])["Rules"]
    }
