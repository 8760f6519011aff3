"""The Amazon EventBridge bus on which everything that happens to a cart is published.

``infra/templates/subscriptions.yaml`` says which consumer gets which event,
and ``chalicelib/entrypoints/consumers.py`` what it does.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from chalicelib.adapters.sdk import translated_errors
from chalicelib.domain.errors import EventsNotAccepted
from chalicelib.domain.events import Envelope

Entry = dict[str, Any]

_MOST_ENTRIES: Final = 10  # of one PutEvents call
_PAUSES: Final = (0.05, 0.2)  # seconds before the first and the second retry


class EventBus:
    """One bus; ``sleep`` takes seconds, ``jitter`` returns a number from 0 to 1."""

    def __init__(
        self,
        client: Any,
        bus_name: str,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._bus_name = bus_name
        self._sleep = sleep
        self._jitter = jitter

    @translated_errors
    def publish(self, *envelopes: Envelope[Any]) -> None:
        """Put events on the bus; when this returns, EventBridge has accepted them all.

        PutEvents answers 200 even if it took none of them, and says so of each entry. Only what
        it did not take is sent again, twice at most. If some are not taken even then, others may
        have been: publishing the same events again is harmless.

        Raises:
            EventsNotAccepted: some events were refused.
            TransientError: EventBridge could not be asked.
        """
        entries = [self._entry(envelope) for envelope in envelopes]
        for start in range(0, len(entries), _MOST_ENTRIES):
            self._put(entries[start : start + _MOST_ENTRIES])

    def _entry(self, envelope: Envelope[Any]) -> Entry:
        """Return an event as PutEvents takes it, with the invocation's X-Ray trace if it has one.

        EventBridge hands the trace to what its rules lead to. Archived events have none: a replay
        is a trace of its own, and so is a reminder, a day later. Lambda sets it anew for each
        invocation, so it is asked for each time.
        Source: "Amazon EventBridge integration with AWS X-Ray" in the EventBridge user guide.
        """
        trace_header = os.environ.get("_X_AMZN_TRACE_ID")
        entry = {
            "Source": envelope.data.source,
            "DetailType": envelope.data.detail_type,
            "Detail": msgspec.json.encode(envelope).decode(),
            "EventBusName": self._bus_name,
            "Time": envelope.metadata.occurred_at,
        }
        return entry if trace_header is None else entry | {"TraceHeader": trace_header}

    def _put(self, entries: Sequence[Entry]) -> None:
        refused = self._try(entries)
        for pause in _PAUSES:
            if not refused:
                return
            # Half of the pause is fixed, half of it spreads callers that failed together.
            self._sleep(pause * (1 + self._jitter()) / 2)
            refused = self._try([entry for entry, _ in refused])
        if refused:
            codes = sorted({code for _, code in refused})
            raise EventsNotAccepted(
                "The bus did not accept every event.", events=len(refused), aws_codes=codes
            )

    def _try(self, entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
        """Return the entries that were refused, found by their position, each with the reason."""
        results = self._client.put_events(Entries=entries)["Entries"]
        return [
            (entry, result["ErrorCode"])
            for entry, result in zip(entries, results, strict=True)
            if "ErrorCode" in result
        ]
