"""AWS Lambda: runs functions, at once or asynchronously with retries and destinations."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from infra.local.aws.lambda_invocation import (
    Function,
    LambdaContext,
    Outcome,
    Payload,
    QueuedEvent,
    destination_record,
    run,
)
from infra.local.engine import arns
from infra.local.engine.correlation import correlation_id_of, event_id_of
from infra.local.engine.delivery import DeliveryError
from infra.local.engine.engine import Engine
from infra.local.engine.journal import MAX_LISTED

RETRY_DELAYS: Final = (timedelta(minutes=1), timedelta(minutes=2))
"""How long Lambda waits before the first and the second retry of an asynchronous invocation."""


@dataclass(frozen=True)
class AsyncConfig:
    """A function's configuration for asynchronous invocation; destinations are ARNs."""

    retries: int = 2
    max_age: timedelta = timedelta(hours=6)
    on_success: str | None = None
    on_failure: str | None = None


class Functions:
    """The functions that are deployed, and what was made of their invocations."""

    def __init__(self, engine: Engine) -> None:
        self.invocations: deque[Mapping[str, Any]] = deque(maxlen=MAX_LISTED)
        """Each run for one event (for each message, when it was given a batch)."""
        self._engine = engine
        self._functions: dict[str, Function] = {}
        self._configs: dict[str, AsyncConfig] = {}
        engine.faults.complete_names(self.full_name)
        engine.targets.register("lambda", self._send)

    def deploy(self, function: Function) -> None:
        """Add a function, or replace the one of that name."""
        self._functions[function.name] = function

    def delete(self, name: str) -> None:
        """Remove a function; deliveries to it fail from then on."""
        del self._functions[name]

    def full_name(self, name: str) -> str:
        """Return the name of a function that is given by its name, or by the end of it alone.

        Raises:
            LookupError: there is no function of that name.
        """
        ends = [known for known in self._functions if known.endswith(f"-{name}")]
        return ends[0] if name not in self._functions and len(ends) == 1 else self.get(name).name

    def configure(self, name: str, config: AsyncConfig) -> None:
        """Set how a function is invoked asynchronously."""
        self.get(name)
        self._configs[name] = config

    def get(self, name: str) -> Function:
        """Return a function.

        Raises:
            LookupError: there is no function of that name.
        """
        if name not in self._functions:
            known = ", ".join(sorted(self._functions)) or "none"
            raise LookupError(f"There is no function {name!r} (there are: {known}).")
        return self._functions[name]

    def invoke(self, name: str, payload: Payload, request_id: str | None = None) -> Outcome:
        """Run a function once and return its outcome, which includes what it raised."""
        function = self.get(name)
        request_id = request_id or self._engine.identifiers.uuid()
        context = LambdaContext(function, request_id, self._engine)

        def handler(event: Any, context: Any) -> Any:
            self._engine.faults.strike(name)
            return function.handler(event, context)

        with self._engine.agenda.lock, self._engine.sdk.function_running(name):
            return run(handler, payload, context, self._engine.clock)

    def invoke_async(self, name: str, payload: Payload) -> None:
        """Queue an event for a function, as ``InvocationType=Event`` does."""
        function, now = self.get(name), self._engine.clock.now()
        event = QueuedEvent(function, payload, self._engine.identifiers.uuid(), now)
        self._engine.agenda.plan(f"invoke {name}", lambda: self._attempt(event))

    def record(
        self,
        name: str,
        event: Payload | None,
        *,
        event_id: str,
        attempt: int,
        error: str | None,
        run: Outcome,
    ) -> None:
        """Record what a run of a function made of one event."""
        outcome = "succeeded" if error is None else "failed"
        self.invocations.append(
            {
                "function": name.rpartition("-")[2],  # as the code has it, without app and stage
                "event_id": event_id,
                "attempt": attempt,
                "outcome": outcome,
                "error": error,
                "duration_ms": run.duration_ms,
            }
        )
        self._engine.journal.record(
            "invoke",
            name,
            outcome,
            at=run.ended_at,
            ref=event_id,
            duration_ms=run.duration_ms,
            note=" · ".join(filter(None, (f"attempt {attempt}" if attempt > 1 else "", error))),
            failed=error is not None,
            attempt=attempt,
            payload=event,
        )

    def _send(self, arn: str, payload: Payload, _: Mapping[str, Any]) -> None:
        try:
            self.invoke_async(arns.parse(arn).name, payload)
        except LookupError as error:
            raise DeliveryError("NO_RESOURCE", str(error), retriable=False) from error

    def _attempt(self, event: QueuedEvent) -> None:
        config = self._configs.get(event.function.name, AsyncConfig())
        if self._engine.clock.now() - event.queued_at > config.max_age:
            self._finish(event, config, "EventAgeExceeded", None)
            return
        event.attempts += 1
        name = event.function.name
        outcome = self.invoke(name, event.payload, event.request_id)
        self.record(
            name,
            event.payload,
            event_id=event_id_of(event.payload),
            attempt=event.attempts,
            error=outcome.error,
            run=outcome,
        )
        if outcome.error is None:
            self._finish(event, config, "Success", outcome)
        elif event.attempts > config.retries:
            self._finish(event, config, "RetriesExhausted", outcome)
        else:
            delay = RETRY_DELAYS[event.attempts - 1]
            self._engine.agenda.plan(f"retry {name}", lambda: self._attempt(event), delay)

    def _finish(
        self, event: QueuedEvent, config: AsyncConfig, condition: str, outcome: Outcome | None
    ) -> None:
        """Send the record of an event that Lambda is done with to its destination, if any."""
        name = event.function.name
        succeeded = condition == "Success"
        destination = config.on_success if succeeded else config.on_failure
        if destination is None:
            if not succeeded:
                self._engine.journal.record(
                    "invoke",
                    name,
                    f"LOST after {event.attempts} attempts: no OnFailure destination",
                    ref=event_id_of(event.payload),
                    failed=True,
                    correlation_id=correlation_id_of(event.payload),
                )
            return
        record = destination_record(event, condition, outcome, self._engine)
        for delay in self._engine.network.delays(f"destination:{name}", record):
            self._engine.agenda.plan(
                f"destination of {name}",
                lambda: self._deliver(destination, record, succeeded=succeeded),
                timedelta(seconds=delay),
            )

    def _deliver(self, destination: str, record: dict[str, Any], *, succeeded: bool) -> None:
        self._engine.targets.send(
            destination,
            record,
            {
                "Source": "lambda",
                "DetailType": f"Lambda Function Invocation Result - "
                f"{'Success' if succeeded else 'Failure'}",
                "Resources": [destination, record["requestContext"]["functionArn"]],
            },
        )
