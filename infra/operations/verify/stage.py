"""A deployed stage behind AWS's own interfaces, or those of an emulator, to be visited."""

import base64
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from chalicelib.settings import HTTP, Names, api_type
from infra.cloudformation.stacks import FOUNDATION
from infra.operations import queues, replaying
from infra.operations.deploy import drift, presence, stacks
from infra.operations.listening import listening
from infra.operations.problems import Problem
from infra.operations.target import Target

PATIENCE_SECONDS: Final = 30
IDLE_SECONDS: Final = 5
"""How long a connection is kept that is not used, less than any server closes it after."""
_LISTEN_SECONDS: Final = 20
"""How long to wait at most before the queue of events is emptied, which keeps them for minutes."""
_METRIC_SECONDS: Final = 60


Event = Mapping[str, Any]
"""An event as EventBridge delivers it."""


class Answer(NamedTuple):
    """An HTTP answer; ``body`` is its decoded JSON, or its text."""

    status: int
    body: Any


@dataclass(frozen=True)
class Customer:
    """Somebody with an account of the stage; ``id`` is that of the cart as well."""

    address: str
    id: str


class DeployedStage:
    """The stage that a target is about; ``shop_url`` is the API's, ``queue_url`` hears the bus."""

    max_wait = timedelta(minutes=15)
    """How long a visit may wait for one thing."""

    def __init__(self, target: Target, shop_url: str, queue_url: str) -> None:
        outputs = stacks.outputs_of(target)
        self._target = target
        self._pool = outputs["UserPoolArn"].rpartition("/")[2]
        self._pool_client = outputs["UserPoolClientId"]
        self._queue_url = queue_url
        self._events: list[Event] = []
        self._tokens: dict[str, str] = {}
        url = urlsplit(shop_url)
        self._path = url.path.rstrip("/")
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(url.netloc, timeout=PATIENCE_SECONDS)
        self._used_at = 0.0

    @property
    def names(self) -> Names:
        """What everything of the stage is called."""
        return self._target.names

    @property
    def shapes_errors(self) -> bool:
        """Whether the API's gateway answers errors in the API's own shape."""
        return api_type(self._target.configuration.environment) != HTTP

    @property
    def dead_letter_queues(self) -> Sequence[str]:
        """The names of the dead-letter queues."""
        return [name for name in queues.names(self._target) if queues.is_dead_letter_queue(name)]

    def client(self, service: str) -> Any:
        """Return the botocore client of a service."""
        return self._target.client(service)

    def now(self) -> datetime:
        """Return the time (UTC)."""
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        """Let time pass, and hear meanwhile what comes to the bus."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _LISTEN_SECONDS))
            if seconds > 1:
                self.events()

    def sign_up(self, address: str, *, verified: bool) -> Customer:
        """Make an account in the user pool and sign in as the page does."""
        cognito, password = self.client("cognito-idp"), f"Aa1-{secrets.token_urlsafe(24)}"
        attributes = {"email": address, "email_verified": str(verified).lower()}
        cognito.admin_create_user(
            UserPoolId=self._pool,
            Username=address,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            MessageAction="SUPPRESS",
        )
        cognito.admin_set_user_password(
            UserPoolId=self._pool, Username=address, Password=password, Permanent=True
        )
        answer = cognito.initiate_auth(
            ClientId=self._pool_client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": address, "PASSWORD": password},
        )
        self._tokens[address] = answer["AuthenticationResult"]["IdToken"]
        return Customer(address, _subject_of(self._tokens[address]))

    def delete_account(self, customer: Customer) -> None:
        """Delete an account."""
        self.client("cognito-idp").admin_delete_user(
            UserPoolId=self._pool, Username=customer.address
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        customer: Customer | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
    ) -> Answer:
        """Send a request to the API; the connection is kept for the next one."""
        sent = dict(headers or {})
        if customer is not None:
            sent["Authorization"] = f"Bearer {self._tokens[customer.address]}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        text = None if body is None else json.dumps(body)
        if time.monotonic() > self._used_at + IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(method, self._path + path, text, sent)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        self._used_at = time.monotonic()
        return Answer(response.status, _decoded(content))

    def events(self) -> Sequence[Event]:
        """Return what has come to the bus since the visit began."""
        sqs = self.client("sqs")
        while True:
            answer = sqs.receive_message(QueueUrl=self._queue_url, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self._events.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])
            if not answer.get("Messages"):
                return self._events

    def replay(self, since: datetime, until: datetime) -> None:
        """Replay the archive between two times (UTC), and wait until that is done."""
        replaying.replay(self._target, since, until, ())

    def differences(self) -> Sequence[str]:
        """Return in words what is there otherwise than the templates say."""
        changed = [f"{what} is {how}" for what, how in drift.told(self._target)]
        return [*changed, *(f"{each} is missing" for each in presence.missing(self._target))]

    def total_of(self, metric: str, since: datetime) -> float:
        """Return the sum of one of the application's metrics."""
        answer = self.client("cloudwatch").get_metric_statistics(
            Namespace=self.names.base,
            MetricName=metric,
            StartTime=since - timedelta(seconds=_METRIC_SECONDS),
            EndTime=self.now() + timedelta(seconds=_METRIC_SECONDS),
            Period=_METRIC_SECONDS,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in answer["Datapoints"]))


@contextmanager
def visited(target: Target, shop_url: str | None) -> Iterator[DeployedStage]:
    """Hear the bus of a stage for the duration of a ``with`` block.

    ``shop_url`` is where the API answers, by default where the stage says.

    Raises:
        Problem: the stage is not deployed, or somebody else signs its customers in.
    """
    if not stacks.is_there(target, FOUNDATION):
        raise Problem(f"Stage {target.stage} is not deployed in {target.region}.")
    if "UserPoolArn" not in stacks.outputs_of(target):
        raise Problem(
            f"Customers of stage {target.stage} sign in elsewhere, where this command has no "
            "account: take `issuer` out of chalicelib/shop/shop.toml on a stage to be verified."
        )
    with listening(target) as queue_url:
        yield DeployedStage(
            target, shop_url or target.configuration.environment["SHOP_URL"], queue_url
        )


def _subject_of(token: str) -> str:
    claims = token.split(".")[1]
    padded = claims + "=" * (-len(claims) % 4)
    return str(json.loads(base64.urlsafe_b64decode(padded))["sub"])


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode("utf-8", "replace")
