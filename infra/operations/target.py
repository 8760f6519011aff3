"""Where a command acts: a stage of the project, in one account and region."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ProfileNotFound

from chalicelib.domain.mail_rate import senders
from chalicelib.settings import Names
from infra.cloudformation.identities import Pseudo
from infra.cloudformation.stacks import (
    EXTENSIONS,
    SUBSCRIPTIONS,
    parameters_of,
    template_of,
    with_chosen,
)
from infra.cloudformation.template import Resource
from infra.operations.configuration import Configuration
from infra.operations.problems import Problem, explained

ROOT: Final = Path(__file__).parents[2]

# An emulator needs credentials and a region, but accepts any.
_EMULATOR_KEY: Final = "emulator"
_EMULATOR_REGION: Final = "eu-central-1"

# Watching stacks is often throttled, so calls are retried more often than by default.
_CONFIG: Final = Config(retries={"mode": "standard", "total_max_attempts": 6})


@dataclass(frozen=True)
class Target:
    """A stage in an account and region, and the way to AWS (or to an emulator)."""

    configuration: Configuration
    session: boto3.Session
    account: str
    partition: str
    endpoint_url: str | None = None
    clients: dict[str, Any] = field(default_factory=dict)
    """Those that there are already, by service."""

    @property
    def stage(self) -> str:
        """The stage: ``dev`` or ``prod``."""
        return self.configuration.stage

    @property
    def region(self) -> str:
        """The AWS region."""
        return str(self.session.region_name)

    @property
    def is_local(self) -> bool:
        """Whether this is an emulator on this machine."""
        return _is_local(self.endpoint_url)

    @property
    def poll_seconds(self) -> float:
        """How long to wait before asking again how far something is."""
        return 0.1 if self.is_local else 2

    @property
    def names(self) -> Names:
        """What everything of the stage is called."""
        return self.configuration.names

    def client(self, service: str) -> Any:
        """Return the client of a service, such as ``"events"``; the same one each time."""
        if service not in self.clients:
            self.clients[service] = self.session.client(
                service, endpoint_url=self.endpoint_url, config=_CONFIG
            )
        return self.clients[service]

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def resources(self, *templates: str) -> Mapping[str, Resource]:
        """Return what templates, such as ``"foundation"``, have here, with its names."""
        found: dict[str, Resource] = {}
        for name in templates:
            pseudo = Pseudo(self.account, self.region, self.partition, f"{self.names.base}-{name}")
            found |= template_of(name).resolve(self.parameters(name), pseudo).resources
        return found

    def rules(self) -> list[Resource]:
        """Return the rules of all templates, on the stage's own bus and on the default one."""
        found = self.resources(SUBSCRIPTIONS, EXTENSIONS).values()
        return [each for each in found if each.type == "AWS::Events::Rule"]

    def parameters(self, template: str) -> dict[str, str]:
        """Return the parameters of a template for the stage as it is configured and deployed."""
        environment = self.configuration.environment
        found = with_chosen(parameters_of(self.names), template_of(template), environment)
        if template == SUBSCRIPTIONS:
            found["MailSenders"] = str(senders(int(environment["MAIL_RATE"])))
        return found

    def environment(self) -> dict[str, str]:
        """Return the environment in which another program acts on the same target."""
        # The other program uses the same credentials, wherever they were found.
        credentials = self.session.get_credentials().get_frozen_credentials()
        found = {
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            "AWS_SESSION_TOKEN": credentials.token,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.endpoint_url,
        }
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", *found}
        }
        return inherited | {name: value for name, value in found.items() if value}


def connect(
    stage: str,
    *,
    project_dir: Path = ROOT,
    region: str | None = None,
    profile: str | None = None,
    endpoint_url: str | None = None,
) -> Target:
    """Find credentials and region, and ask AWS whose they are.

    Raises:
        Problem: credentials or region are missing or wrong, or the stage is deployed elsewhere.
    """
    configuration = Configuration(project_dir, stage)
    deployed_in = configuration.event_bus_arn.split(":")[3:5]
    session = _session(profile, region or os.environ.get("AWS_REGION"), endpoint_url)
    if not session.region_name and deployed_in:
        session = _session(profile, deployed_in[0], endpoint_url)
    _check_region(session)
    with explained():
        sts = session.client("sts", endpoint_url=endpoint_url, config=_CONFIG)
        identity = sts.get_caller_identity()
    if deployed_in and deployed_in != [session.region_name, identity["Account"]]:
        raise Problem(
            f"Stage {stage} is deployed in region {deployed_in[0]} of account {deployed_in[1]} "
            f"according to .chalice/config.json, not in {session.region_name} of "
            f"{identity['Account']}: use that region and account, or, if that deployment is "
            "gone, take EVENT_BUS_ARN out of the file."
        )
    return Target(
        configuration=configuration,
        session=session,
        account=identity["Account"],
        partition=identity["Arn"].split(":")[1],
        endpoint_url=endpoint_url,
    )


def _session(profile: str | None, region: str | None, endpoint_url: str | None) -> boto3.Session:
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
    except ProfileNotFound as error:
        raise Problem(f"There is no profile {profile or os.environ['AWS_PROFILE']}.") from error
    if _is_local(endpoint_url) and (not session.region_name or not session.get_credentials()):
        return boto3.Session(_EMULATOR_KEY, _EMULATOR_KEY, region_name=region or _EMULATOR_REGION)
    return session


def _check_region(session: boto3.Session) -> None:
    if not session.region_name:
        raise Problem("No AWS region is set: give --region, or set AWS_REGION.")
    known = {
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("scheduler", partition)
    }
    if session.region_name not in known:
        raise Problem(f"EventBridge Scheduler is in no AWS region {session.region_name}.")


def _is_local(endpoint_url: str | None) -> bool:
    host = urlsplit(endpoint_url or "").hostname or ""
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
