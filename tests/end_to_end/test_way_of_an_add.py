"""How many files somebody has open who follows an add through the code."""

import gc
import sys
from itertools import groupby
from pathlib import Path
from types import FrameType

import chalicelib
from chalicelib.adapters.eventbridge import EventBus
from tests.support.products import MUG

CODE = Path(chalicelib.__file__).parent


def test_an_add_changes_from_file_to_file_15_times_at_most_on_its_way_to_the_bus(
    cloud, ada, monkeypatch
):
    """Each call of a function in another file than the one before counts."""
    ada.add(MUG)  # what is imported and made once is behind it
    entered: list[str] = []
    put = EventBus._try  # noqa: SLF001 - the last step before the bus

    def note(frame: FrameType, event: str, _argument: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and CODE in Path(file).parents:
            entered.append(file)

    def reached(bus, entries):
        sys.setprofile(None)
        return put(bus, entries)

    monkeypatch.setattr(EventBus, "_try", reached)
    gc.collect()  # a generator that an earlier test left would be entered to be closed
    sys.setprofile(note)
    try:
        assert ada.add(MUG).status == 202
    finally:
        sys.setprofile(None)
    files = [Path(file).relative_to(CODE) for file, _ in groupby(entered)]
    assert len(files) <= 15, files
    assert files[-1] == Path("adapters/eventbridge.py")
