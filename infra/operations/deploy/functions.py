"""The functions and the API: what Chalice deploys, and what it has no setting for."""

import sys
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import botocore
import chalice
import msgspec

from chalicelib.settings import REST, api_type
from infra.chalice.process import run_chalice
from infra.operations.configuration import Configuration
from infra.operations.deploy import deployed, gateway_responses, throttling
from infra.operations.problems import answer_or_none, say
from infra.operations.target import Target

RELEASE_TAG: Final = "release"
"""Says on each function which code and configuration it is. `chalice deploy` takes it away."""

LOGGING: Final = {"LogFormat": "JSON", "SystemLogLevel": "WARN"}
"""Keeps Lambda from logging START, END and REPORT of each successful invocation.

`chalice deploy` knows nothing of it and leaves it as it is; drift.py sets it. See docs/decisions/,
18.
"""


def deploy(target: Target, leave_out: Collection[str] = ()) -> bool:
    """Deploy the functions and the API; tell whether there was anything to change.

    Raises:
        Problem: Chalice could not do it; what it said last.
    """
    release = release_of(target.configuration)
    # Without its record, Chalice would create a second API.
    (api,) = deployed.api(target)
    others = [item for item in target.configuration.recorded() if item["name"] != api["name"]]
    target.configuration.record([*others, api])
    names = target.configuration.functions.values()
    released = all(release_tag(target, name) == release for name in names)
    changed = not released or any(changed_by_hand(target))
    if changed:
        run_chalice(target, "deploy")
    if api_type(target.configuration.environment) == REST:
        if gateway_responses.RESOURCE_TYPE not in leave_out:
            changed |= gateway_responses.apply(target, api["rest_api_id"])
        changed |= throttling.apply(target, api["rest_api_id"])
    for name in names:
        arn = target.arn("lambda", f"function:{name}")
        target.client("lambda").tag_resource(Resource=arn, Tags={RELEASE_TAG: release})
    return changed


def changed_by_hand(target: Target) -> Iterator[str]:
    """Give the functions whose settings or role are not as in ``.chalice/``."""
    for name, function in target.configuration.functions.items():
        there = answer_or_none(
            target.client("lambda").get_function_configuration, FunctionName=function
        )
        if there is None:
            continue
        wanted = target.configuration.of_function(name)
        settings = {
            "MemorySize": wanted.lambda_memory_size,
            "Timeout": wanted.lambda_timeout,
            "Environment": {"Variables": wanted.environment_variables},
            "Architectures": [wanted.lambda_architecture],
        }
        role = f"{target.names.base}-{name}"
        policy = answer_or_none(
            target.client("iam").get_role_policy, RoleName=role, PolicyName=role
        )
        allowed = target.configuration.policy_of(name)
        differs = any(there.get(key) != setting for key, setting in settings.items())
        if differs or policy is None or policy["PolicyDocument"] != allowed:
            yield function


def delete(target: Target) -> bool:
    """Delete the functions, their roles and logs; tell whether there were any.

    The API is the foundation's.
    """
    records = list(deployed.found(target))
    if records:
        target.configuration.record(records)
        run_chalice(target, "delete")
    # Chalice keeps the log groups and only removes their retention.
    groups = deployed.log_groups(target)
    delete_log_groups(target, groups)
    return bool(records or groups)


def delete_log_groups(target: Target, groups: Iterable[str]) -> None:
    """Delete log groups with what is in them."""
    for group in groups:
        target.client("logs").delete_log_group(logGroupName=group)
        say(f"Deleting logs: {group}")


def release_of(configuration: Configuration) -> str:
    """Return a digest of all that a deployment of the functions depends on."""
    made_with = (chalice.__version__, botocore.__version__, sys.version_info[:2])
    digest = sha256(repr(made_with).encode())
    settings = [configuration.settings(), LOGGING]
    digest.update(msgspec.json.encode(settings, order="deterministic"))
    for file in _ingredients(configuration):
        digest.update(str(file.relative_to(configuration.project_dir)).encode())
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def release_tag(target: Target, name: str) -> str | None:
    """Return the release that a function is of, None if it is not known or not there."""
    arn = target.arn("lambda", f"function:{name}")
    answer = answer_or_none(target.client("lambda").list_tags, Resource=arn)
    return None if answer is None else answer["Tags"].get(RELEASE_TAG)


def _ingredients(configuration: Configuration) -> Iterator[Path]:
    """Give the files that go into the package, and the policies of the stage."""
    root = configuration.project_dir
    yield root / "app.py"
    yield root / "requirements.txt"
    for folder in ("chalicelib", "vendor"):
        for file in sorted((root / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file
    yield from sorted(configuration.folder.glob(f"policy-{configuration.stage}-*.json"))
