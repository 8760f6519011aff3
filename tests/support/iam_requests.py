"""What AWS asks IAM when a function calls one of its services.

Sources: the "Actions, resources, and condition keys" page of each service.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from email.utils import parseaddr
from typing import Final

from infra.local.engine.arns import Account
from infra.local.engine.sdk import Call
from tests.support.iam import Request

Need = Callable[[Call], Iterator[Request]]

arn: Final = Account().arn


def needed_for(call: Call) -> list[Request]:
    """Give the requests for a call of the SDK.

    Raises:
        KeyError: it is not known what this call needs.
    """
    return list(_NEEDS[call.service, call.operation](call))


def put_event(bus: str, source: str, detail_type: str) -> Request:
    """Give the request for one entry of PutEvents; ``bus`` is an ARN."""
    context = {"events:source": (source,), "events:detail-type": (detail_type,)}
    return Request("events:PutEvents", bus, context)


def _on_table(call: Call) -> Iterator[Request]:
    table = arn("dynamodb", f"table/{call.parameters['TableName']}")
    partition = {"dynamodb:LeadingKeys": (_partition_key(call),)}
    yield Request(f"dynamodb:{call.operation}", table, partition)


def _partition_key(call: Call) -> str:
    """Return the value of ``pk`` that a call is about; all queries here name it ``:pk``."""
    if call.operation == "Query":
        values = call.parameters["ExpressionAttributeValues"]
        return str(values[":pk"]["S"])
    item = call.parameters["Item" if call.operation == "PutItem" else "Key"]
    return str(item["pk"]["S"])


def _on_all_of_table(call: Call) -> Iterator[Request]:
    yield Request(
        f"dynamodb:{call.operation}", arn("dynamodb", f"table/{call.parameters['TableName']}")
    )


def _batch(call: Call) -> Iterator[Request]:
    for name, wanted in call.parameters["RequestItems"].items():
        keys = {"dynamodb:LeadingKeys": tuple(key["pk"]["S"] for key in wanted["Keys"])}
        yield Request("dynamodb:BatchGetItem", arn("dynamodb", f"table/{name}"), keys)


def _transact(call: Call) -> Iterator[Request]:
    # A transaction needs the permissions of its writes, and none of its own.
    for action in call.parameters["TransactItems"]:
        ((kind, parameters),) = action.items()
        yield from _on_table(replace(call, operation=f"{kind}Item", parameters=parameters))


def _put_events(call: Call) -> Iterator[Request]:
    for entry in call.parameters["Entries"]:
        bus = arn("events", f"event-bus/{entry['EventBusName']}")
        yield put_event(bus, entry["Source"], entry["DetailType"])


def _create_schedule(call: Call) -> Iterator[Request]:
    name = f"schedule/{call.parameters['GroupName']}/{call.parameters['Name']}"
    yield Request("scheduler:CreateSchedule", arn("scheduler", name))
    # Whoever creates a schedule hands its role to Scheduler.
    service = {"iam:PassedToService": ("scheduler.amazonaws.com",)}
    yield Request("iam:PassRole", call.parameters["Target"]["RoleArn"], service)


def _send_email(call: Call) -> Iterator[Request]:
    _, sender = parseaddr(call.parameters["FromEmailAddress"])
    # In the sandbox, recipients are identities of the account, and SES looks at those, too.
    addresses = (sender, *call.parameters["Destination"]["ToAddresses"])
    resources = [f"identity/{address}" for address in addresses]
    if "ConfigurationSetName" in call.parameters:
        resources.append(f"configuration-set/{call.parameters['ConfigurationSetName']}")
    # The page names the first action; for a raw message SES has been seen to demand the second.
    raw = "Raw" in call.parameters["Content"]
    for action in ("ses:SendEmail", "ses:SendRawEmail") if raw else ("ses:SendEmail",):
        for resource in resources:
            yield Request(action, arn("ses", resource), {"ses:FromAddress": (sender,)})


def _on_queue(call: Call) -> Iterator[Request]:
    name = call.parameters.get("QueueName") or call.parameters["QueueUrl"].rpartition("/")[2]
    yield Request(f"sqs:{call.operation}", arn("sqs", name))


def _get_parameter(call: Call) -> Iterator[Request]:
    # What the key aws/ssm encrypts, everybody may decrypt who may get the parameter.
    yield Request("ssm:GetParameter", arn("ssm", f"parameter{call.parameters['Name']}"))


_NEEDS: Final[Mapping[tuple[str, str], Need]] = {
    ("dynamodb", "BatchGetItem"): _batch,
    ("dynamodb", "DeleteItem"): _on_table,
    ("dynamodb", "GetItem"): _on_table,
    ("dynamodb", "PutItem"): _on_table,
    ("dynamodb", "Query"): _on_table,
    ("dynamodb", "Scan"): _on_all_of_table,
    ("dynamodb", "TransactWriteItems"): _transact,
    ("dynamodb", "UpdateItem"): _on_table,
    ("events", "PutEvents"): _put_events,
    ("scheduler", "CreateSchedule"): _create_schedule,
    ("sesv2", "SendEmail"): _send_email,
    ("ssm", "GetParameter"): _get_parameter,
    ("sqs", "ChangeMessageVisibility"): _on_queue,
    ("sqs", "GetQueueUrl"): _on_queue,
}
