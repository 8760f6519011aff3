import json
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import pytest

from infra.local.console.feed import stream
from infra.local.engine.journal import KEPT
from tests.unit.infra.local.conftest import Shop

RUN = "ab12"


class Reader:
    """Reads the events of a stream, one after the other."""

    def __init__(self, chunks: Generator[bytes]) -> None:
        self._chunks = chunks
        self.last_id: str | None = None

    def next(self) -> tuple[str, Any]:
        """Return the name and the data of the next event."""
        lines = dict(
            line.split(": ", 1) for line in next(self._chunks).decode().splitlines() if line
        )
        self.last_id = lines.get("id", self.last_id)
        return lines.get("event", ""), json.loads(lines.get("data", "null"))

    def skip_to(self, name: str) -> Any:
        while True:
            event, data = self.next()
            if event == name:
                return data


def open_stream(shop: Shop, last_event_id: str | None = None) -> Generator[bytes]:
    pauses: list[float] = []
    opened = stream(shop.cloud, RUN, last_event_id, heartbeat=0.001, pause=pauses.append)
    assert dict(opened.headers)["Content-Type"] == "text/event-stream"
    return opened.chunks


@pytest.fixture
def reader(shop: Shop) -> Iterator[Reader]:
    with closing(open_stream(shop)) as chunks:
        yield Reader(chunks)


def test_it_says_how_soon_to_reconnect_and_that_it_begins_anew(reader: Reader) -> None:
    assert reader.next() == ("", None)
    assert reader.next() == ("start", {"resumed": False})


def test_what_happened_before_comes_first(shop: Shop) -> None:
    shop.put("Ordered", metadata={"event_id": "e", "correlation_id": "c"})
    shop.cloud.settle()
    with closing(open_stream(shop)) as chunks:
        hops = Reader(chunks).skip_to("hops")
    assert [hop["number"] for hop in hops] == list(range(1, len(hops) + 1))
    event = hops[0]
    assert (event["kind"], event["what"], event["correlation_id"]) == ("event", "Ordered", "c")
    assert event["at"] == "2026-03-02T12:00:00.000Z"
    assert event["payload"]["detail"]["metadata"]["event_id"] == "e"


def test_what_happens_next_comes_when_it_happens(shop: Shop, reader: Reader) -> None:
    reader.skip_to("state")
    shop.put("Ordered", order=1)
    assert [hop["kind"] for hop in reader.skip_to("hops")] == ["event", "rule"]
    assert reader.skip_to("state")["counts"] == {"event/Ordered": 1, "rule/to-bill": 1}


def test_only_what_changed_of_the_state_is_sent_again(shop: Shop, reader: Reader) -> None:
    parts = {"now", "counts", "faults", "queues", "schedules", "inbox"}
    assert set(reader.skip_to("state")) == parts
    shop.schedule("wake-up", "at(2026-03-03T12:00:00)")
    changes = reader.skip_to("state")
    assert set(changes) == {"counts", "schedules"}
    assert changes["schedules"]["total"] == 1


def test_a_heartbeat_tells_what_changed_without_a_hop(shop: Shop, reader: Reader) -> None:
    reader.skip_to("state")
    assert reader.next() == ("state", {})
    shop.cloud.faults.arm("ses", 3)
    assert reader.next() == ("state", {"faults": {"ses": 3}})


def test_a_reader_who_comes_back_misses_nothing_and_hears_nothing_twice(
    shop: Shop, reader: Reader
) -> None:
    shop.put("Ordered", order=1)
    first = reader.skip_to("hops")
    shop.put("Packed", order=1)
    with closing(open_stream(shop, reader.last_id)) as chunks:
        again = Reader(chunks)
        assert again.skip_to("start") == {"resumed": True}
        second = again.skip_to("hops")
    assert second[0]["what"] == "Packed"
    assert second[0]["number"] == first[-1]["number"] + 1


@pytest.mark.parametrize("last_event_id", ["", "other-7", RUN, f"{RUN}-", f"{RUN}-x", "7"])
def test_a_stream_of_another_run_is_not_continued(shop: Shop, last_event_id: str) -> None:
    with closing(open_stream(shop, last_event_id)) as chunks:
        assert Reader(chunks).skip_to("start") == {"resumed": False}


def test_a_flood_keeps_no_more_than_is_kept_anyway(shop: Shop, reader: Reader) -> None:
    reader.skip_to("state")
    for _ in range(KEPT):
        shop.put("Ordered", order=1)
    assert len(reader.skip_to("hops")) == KEPT


def test_nothing_is_kept_for_a_reader_who_has_gone(shop: Shop) -> None:
    chunks = open_stream(shop)
    next(chunks)
    (subscriber,) = shop.cloud.engine.journal._subscribers  # noqa: SLF001 - nothing else shows it
    chunks.close()
    shop.put("Ordered", order=1)
    assert subscriber.empty()
