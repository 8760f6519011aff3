"""MiniStack, taught the few things that this project needs and MiniStack 1.5.33 does not know.

This file runs in MiniStack's virtual environment; `emulator.py` starts it. Each lesson says what
AWS does. What MiniStack cannot be taught here is listed in docs/operations.md.
"""

# ruff: noqa: SLF001 - what MiniStack has no setting for is behind private names

import json
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.services import apigateway_v1, eventbridge, scheduler

answer_call = apigateway_v1.handle_request
view_of = apigateway_v1._rest_api_view
resource_of = iam_actions.extract_resource_arn
value_of = iam_evaluator._resolve_condition_key
refusal_of = iam_evaluator.enforce
keep_body_of_signed = app.pin_signed_body
deliver = eventbridge._invoke_target

body_of_request: ContextVar[bytes] = ContextVar("body_of_request", default=b"")

Answer = tuple[int, dict[str, str], bytes]


async def answer_call_or_put(
    method: str, path: str, headers: Any, body: bytes, query_params: Any
) -> Answer:
    """API Gateway takes PutRestApi, with which Chalice replaces what an API consists of."""
    match method, path.strip("/").split("/"):
        case "PUT", ["restapis", api_id]:
            return put_rest_api(api_id, json.loads(body))
    answer: Answer = await answer_call(method, path, headers, body, query_params)
    return answer


def put_rest_api(api_id: str, definition: dict[str, Any]) -> Answer:
    """Read a definition as MiniStack does when it comes from CloudFormation."""
    resources = apigateway_v1._resources[api_id]
    for resource_id in [each for each, resource in resources.items() if resource["path"] != "/"]:
        del resources[resource_id]
    (root,) = resources.values()
    root["resourceMethods"] = {}
    apigateway_v1._authorizers_v1[api_id] = {}
    schemes = apigateway_v1._import_security_schemes(api_id, definition)
    for path, item in definition["paths"].items():
        apigateway_v1._import_path_item(api_id, path, item, schemes)
    answer: Answer = apigateway_v1._get_rest_api(api_id)
    return answer


def view_in_its_own_words(api: dict[str, Any]) -> dict[str, Any]:
    """API Gateway says ``types`` where CloudFormation says ``Types``."""
    view: dict[str, Any] = view_of(api)
    endpoint = view["endpointConfiguration"].items()
    view["endpointConfiguration"] = {name[0].lower() + name[1:]: each for name, each in endpoint}
    return view


def resource_by_its_name(
    service: str, method: str, path: str, headers: Any, body: bytes, *request: Any
) -> str:
    """Give the ARN by which AWS looks for a permission.

    That of a schedule names its group, a mail is sent by the identity of its sender, a
    function is one before there is one, and a bus is no rule.
    """
    arn: str = resource_of(service, method, path, headers, body, *request)
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    match service, method, path.strip("/").split("/"):
        case "scheduler", "POST", ["schedules", _]:
            group = json.loads(body)["GroupName"]
            return arn.replace(":schedule/default/", f":schedule/{group}/")
        case "ses", "POST", [*_, "outbound-emails"]:
            _, region, account = request
            sender = json.loads(body)["FromEmailAddress"]
            return f"arn:aws:ses:{region}:{account}:identity/{sender}"
        case "lambda", "POST", [_, "functions"]:
            _, region, account = request
            return f"arn:aws:lambda:{region}:{account}:function:{json.loads(body)['FunctionName']}"
        case "events", "POST", _ if operation != "PutEvents":
            _, region, account = request
            arn = f"arn:aws:events:{region}:{account}:{_of_events(operation, json.loads(body))}"
    # The ARN of a rule on the default bus does not name the bus.
    return arn.replace(":rule/default/", ":rule/")


def _of_events(operation: str, asked: Mapping[str, Any]) -> str:
    """Return what an operation of EventBridge is about: a bus, an archive or a rule."""
    if operation.endswith("EventBus"):
        return f"event-bus/{asked['Name']}"
    if operation.endswith("Archive"):
        return f"archive/{asked['ArchiveName']}"
    bus = asked.get("EventBusName", "default")
    return f"rule/{bus}/{asked.get('Rule') or asked.get('Name')}"


def keep_body(body: bytes) -> None:
    """Keep a request's body until the policies are looked at."""
    body_of_request.set(body)
    keep_body_of_signed(body)


def value_in_the_request(key: str, context: Any) -> Any:
    """EventBridge and SES have condition keys of their own, about what is in the request."""
    match key:
        case "events:source" | "events:detail-type":
            field = {"events:source": "Source", "events:detail-type": "DetailType"}[key]
            given = {entry[field] for entry in json.loads(body_of_request.get())["Entries"]}
            return given.pop() if len(given) == 1 else sorted(given)
        case "ses:FromAddress":
            return json.loads(body_of_request.get())["FromEmailAddress"]
    return value_of(key, context)


def refusal_told(access_key: str, action: str, *request: Any, **more: Any) -> Any:
    """Write to the log what is refused, as CloudTrail would.

    To delete a function's concurrency is an action of its own.
    """
    action = action.replace("lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency")
    refusal = refusal_of(access_key, action, *request, **more)
    if refusal is not None:
        principal = getattr(refusal, "principal_arn", "")
        sys.stdout.write(json.dumps({"refused": action, "principal": principal}) + "\n")
        sys.stdout.flush()
    return refusal


def deliver_as_told(target: Mapping[str, Any], event: Mapping[str, Any], *more: Any) -> None:
    """A schedule names the source and the type of the event that it puts on a bus."""
    if told := target.get("EventBridgeParameters"):
        event = {**event, "Source": told["Source"], "DetailType": told["DetailType"]}
    deliver(target, event, *more)


apigateway_v1.handle_request = answer_call_or_put
apigateway_v1._rest_api_view = view_in_its_own_words
iam_actions.extract_resource_arn = resource_by_its_name
iam_evaluator._resolve_condition_key = value_in_the_request
iam_evaluator.enforce = refusal_told
app.pin_signed_body = keep_body
eventbridge._invoke_target = deliver_as_told
scheduler._SCHEDULE_TICK_INTERVAL = 1  # seconds; ten would be long for those who wait for a mail

if __name__ == "__main__":
    app.main()
