"""The whole system in one process: start it, send requests, move its clock, inspect it."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self
from unittest import mock

from infra.local.assembly import Parts
from infra.local.aws.ses import Mail
from infra.local.engine.agenda import Worker
from infra.local.engine.clock import Clock, iso
from infra.local.engine.engine import Engine
from infra.local.engine.http import Headers, Request, Response
from infra.local.engine.journal import Hop
from infra.local.engine.network import Network
from infra.local.engine.sdk import Call
from infra.local.project import CartProject, Project
from infra.local.topology import realise
from infra.repair.forget import Forgotten, export, forget
from infra.repair.retry import retry

CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
"""No call leaves this process; without any, clients look for some for seconds."""

LONGEST_ADVANCE: Final = timedelta(days=3653)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""The last moment that the clock may show: times years later must still be possible dates."""


class LocalCloud:
    """A running local cloud; :meth:`start` makes one."""

    def __init__(self, project: Project, engine: Engine) -> None:
        """Build it; the environment's restoration is :meth:`start`'s."""
        self.project = project
        self.names = project.names
        self.engine = engine
        self.account = engine.account
        self.clock = engine.clock
        self.faults = engine.faults
        self.parts = Parts(engine)
        self.client = engine.sdk.client
        self.sign_in = self.parts.identity.sign_in
        self._deploy()

    @classmethod
    @contextmanager
    def start(
        cls,
        project: Project | None = None,
        *,
        clock: Clock | None = None,
        network: Network | None = None,
        output: Callable[[Hop], None] | None = None,
        seed: int | None = None,
    ) -> Iterator[Self]:
        """Run a local cloud for the duration of a ``with`` block.

        By default it runs this project on a clock that stands still, so that work is done only
        by :meth:`settle` and :meth:`advance`; with a running clock it is done by itself.
        ``output`` gets each hop; ``seed`` makes all ids repeatable.

        Raises:
            TopologyError: the templates hold something that cannot be made real.
        """
        project, clock = project or CartProject(), clock or Clock()
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(os.environ))
            stack.callback(project.reset)
            cloud = cls(project, Engine(clock, network=network, output=output, seed=seed))
            if clock.running:
                worker = Worker(cloud.engine.agenda, clock, cloud._report)
                worker.start()
                stack.callback(worker.stop)
            yield cloud

    @property
    def calls(self) -> list[Call]:
        """The calls that the app made to AWS, the latest last."""
        return list(self.engine.sdk.calls)

    @property
    def inbox(self) -> list[Mail]:
        """The mails that were sent, the latest last."""
        return list(self.parts.inbox.mails)

    def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Headers = (),
        body: bytes | str = b"",
    ) -> Response:
        """Send a request to the API; ``target`` is the path, with a query if there is one."""
        path, _, query = target.partition("?")
        pairs = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers)
        content = body.encode() if isinstance(body, str) else body
        return self.handle(Request(method, path, query, pairs, content))

    def handle(self, request: Request) -> Response:
        """Answer a request to the API."""
        with self.engine.agenda.lock:
            return self.parts.gateway.handle(request)

    def settle(self) -> None:
        """Run every step that is due now, including those that these steps plan for now."""
        self.engine.agenda.run_due()

    def advance(self, seconds: float) -> datetime:
        """Move the clock; return the time (UTC) when all that became due is done.

        Raises:
            ValueError: it would go back, on by more than ten years, or past :data:`LATEST`.
        """
        if not 0 <= seconds <= LONGEST_ADVANCE.total_seconds():
            raise ValueError("The clock moves on by 0 seconds to ten years.")
        if self.clock.now() + timedelta(seconds=seconds) > LATEST:
            raise ValueError(f"The clock goes to {LATEST:%Y-%m-%d} at most.")
        self.engine.agenda.advance(timedelta(seconds=seconds))
        now = self.clock.now()
        self.engine.journal.record("cloud", "clock", f"{now:%Y-%m-%d %H:%M:%S}")
        return now

    def redrive(self, queue_name: str) -> int:
        """Move a dead-letter queue's messages back to its source queue; return how many.

        Raises:
            LookupError: there is no such queue.
            ValueError: it is no queue's dead-letter queue.
        """
        with self.engine.agenda.lock:
            return self.parts.queues.redrive(queue_name)

    def report_mail(self, address: str, kind: str) -> None:
        """Have SES report a ``bounce``, a ``complaint`` or that a mail is ``not-spam``.

        Raises:
            ValueError: ``kind`` is something else, or SES publishes no such reports.
        """
        with self.engine.agenda.lock:
            self.parts.mail_feedback.report(address, kind)
        self.engine.journal.record("cloud", "bounce", kind)

    def retry(self, request_id: str) -> list[str]:
        """Put the event of a failed request on the bus again; see :mod:`infra.repair.retry`."""
        with self.engine.agenda.lock:
            return retry(self.client("dynamodb"), self.client("events"), self.names, request_id)

    def forget(self, cart_id: str, address: str | None = None) -> Forgotten:
        """Erase what is kept about a customer; see :mod:`infra.repair.forget`."""
        with self.engine.agenda.lock:
            clients = self.client("dynamodb"), self.client("scheduler")
            return forget(*clients, self.names, cart_id, address)

    def export(self, cart_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return all that is kept about a customer; see :mod:`infra.repair.forget`."""
        with self.engine.agenda.lock:
            return export(self.client("dynamodb"), self.names, cart_id)

    def replay(self, since: datetime, until: datetime, rule: str | None = None) -> int:
        """Put archived events on the bus again; see :meth:`EventBuses.replay`."""
        with self.engine.agenda.lock:
            return self.parts.buses.replay(since, until, rule)

    def state(self) -> dict[str, Any]:
        """Return what ``/_local/state`` answers."""
        parts = self.parts
        with self.engine.agenda.lock:
            return {
                "now": iso(self.clock.now()),
                "events": list(parts.buses.events),
                "invocations": list(parts.functions.invocations),
                "schedules": parts.schedules.state(),
                "queues": parts.queues.state(),
                "third_parties": list(parts.buses.api_destinations.received),
                "inbox": [
                    {
                        "to": ", ".join(mail.to),
                        "subject": mail.subject,
                        "text": mail.text,
                        "html": mail.html,
                        "sent_at": iso(mail.sent_at),
                    }
                    for mail in parts.inbox.mails
                ],
            }

    def hops(self) -> list[Hop]:
        """Return what happened, the latest last."""
        return list(self.engine.journal.hops)

    def _deploy(self) -> None:
        """Deploy the project: its functions, its API and the resources of its templates."""
        parts, project, sdk = self.parts, self.project, self.engine.sdk
        region = self.engine.account.region
        os.environ |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **CREDENTIALS}
        os.environ |= project.environment
        deployment = project.deploy(self.engine)
        sdk.watch_app(deployment.session)
        for function in deployment.functions:
            parts.functions.deploy(function)
        parts.gateway.deploy(deployment.api)
        os.environ |= realise(parts, project.templates, project.parameters, project.environment)
        for keyring in project.keyrings:
            parts.parameters.add_keyring(keyring)
        project.fill(sdk.client("dynamodb"))
        parts.inbox.senders = project.senders

    def _report(self, error: Exception) -> None:
        note = f"{type(error).__name__}: {error}"
        self.engine.journal.record("cloud", "engine", "failed", note=note, failed=True)
