"""What happens, as server-sent events (HTML Living Standard, "Server-sent events").

``start`` tells whether what follows continues an earlier stream or begins anew; ``hops`` are the
latest, oldest first; ``state`` holds the time and those parts of the state that have changed.
"""

import json
import queue
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Final

from infra.local.aws.ses import Mail
from infra.local.cloud import LocalCloud
from infra.local.engine.clock import iso
from infra.local.engine.http import Stream
from infra.local.engine.journal import Hop

HEADERS: Final = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"))

HEARTBEAT_SECONDS: Final = 15.0
"""How often at least something is sent: only that way it is noticed that a reader has gone."""
BATCH_SECONDS: Final = 0.05
"""How long hops are collected before they are sent together, with one look at the state."""
RECONNECT_MILLISECONDS: Final = 1_000
LISTED: Final = 50
"""How many schedules and mails are told of, those that are due first and those that came last."""

Subscriber = queue.Queue[Hop]


def stream(
    cloud: LocalCloud,
    run: str,
    last_event_id: str | None = None,
    *,
    heartbeat: float = HEARTBEAT_SECONDS,
    pause: Callable[[float], None] = time.sleep,
) -> Stream:
    """Return the stream of what happens in a local cloud, ``run`` being this one's name.

    With the ``last_event_id`` of an earlier stream it goes on from there if it can; hops that
    are kept no more are left out.
    """
    return Stream(HEADERS, _events(cloud, run, last_event_id, heartbeat, pause))


def _events(
    cloud: LocalCloud,
    run: str,
    last_event_id: str | None,
    heartbeat: float,
    pause: Callable[[float], None],
) -> Generator[bytes]:
    journal = cloud.engine.journal
    subscriber = journal.subscribe()
    try:
        last = _number_in(last_event_id, run)
        yield f"retry: {RECONNECT_MILLISECONDS}\n\n".encode()
        yield _event("start", {"resumed": last is not None})
        hops = [hop for hop in list(journal.hops) if hop.number > (last or 0)]
        known: dict[str, Any] = {}
        while True:
            if hops:
                last = hops[-1].number
                yield _event("hops", [_readable(hop) for hop in hops], f"{run}-{last}")
            yield _event("state", _changes(known, _state(cloud)))
            hops = [hop for hop in _next(subscriber, heartbeat, pause) if hop.number > (last or 0)]
    finally:
        journal.unsubscribe(subscriber)


def _next(
    subscriber: Subscriber, heartbeat: float, pause: Callable[[float], None]
) -> Iterator[Hop]:
    """Yield the hops that come next, or none if none comes until the heartbeat."""
    try:
        yield subscriber.get(timeout=heartbeat)
    except queue.Empty:
        return
    pause(BATCH_SECONDS)
    while not subscriber.empty():
        yield subscriber.get_nowait()


def _number_in(event_id: str | None, run: str) -> int | None:
    """Return the hop's number in an id of this run's stream, otherwise None."""
    of_run, _, number = (event_id or "").partition("-")
    return int(number) if of_run == run and number.isdecimal() else None


def _event(name: str, data: Any, event_id: str | None = None) -> bytes:
    """Write one event; JSON has no line breaks but those that are asked for."""
    named = f"event: {name}\ndata: {json.dumps(data)}\n"
    return (named if event_id is None else f"{named}id: {event_id}\n").encode() + b"\n"


def _changes(known: dict[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of the state that are not known, and know them from now on."""
    changes = {name: part for name, part in state.items() if known.get(name) != part}
    known.update(changes)
    return changes


def _state(cloud: LocalCloud) -> dict[str, Any]:
    parts = cloud.parts
    with cloud.engine.agenda.lock:
        schedules, mails = parts.schedules.state(), parts.inbox.mails
        return {
            "now": iso(cloud.clock.now()),
            "counts": dict(cloud.engine.journal.counts),
            "faults": cloud.faults.state(),
            "queues": parts.queues.state(),
            "schedules": {"total": len(schedules), "next": schedules[:LISTED]},
            "inbox": {
                "total": len(mails),
                "latest": [_listed(mail) for mail in list(mails)[-LISTED:]],
            },
        }


def _listed(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.message_id,
        "to": list(mail.to),
        "subject": mail.subject,
        "sent_at": iso(mail.sent_at),
    }


def _readable(hop: Hop) -> dict[str, Any]:
    return {**hop._asdict(), "at": iso(hop.at)}
