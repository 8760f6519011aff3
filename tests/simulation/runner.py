"""Plays many histories, on as many processors as there are."""

import gc
import multiprocessing
import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from functools import cache
from itertools import islice
from typing import Final

from tests.simulation.history import history_of
from tests.simulation.play import Outcome, play
from tests.simulation.setting import WatchedProject
from tests.simulation.shrinking import shrink

BATCH: Final = 5
"""How many histories a process plays before it reports."""


@cache
def project() -> WatchedProject:
    """Return this process's copy of the project."""
    return WatchedProject()


def play_seed(seed: int) -> Outcome:
    """Play the history of a seed."""
    return play(history_of(seed), project())


def play_seeds(seeds: Iterable[int], processes: int | None = None) -> Iterator[Outcome]:
    """Play the histories of these seeds, in no order; give up the rest when no longer asked."""
    processes = processes or os.cpu_count()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        processes,
        mp_context=context,
        initializer=gc.set_threshold,  # to look for garbage often takes long and finds little
        initargs=(20_000,),
    ) as pool:
        futures = [pool.submit(_play_batch, batch) for batch in _batches(seeds)]
        try:
            for future in as_completed(futures):
                yield from future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def simplest(outcome: Outcome) -> Outcome:
    """Return the outcome of a smaller history that breaks a promise, too."""
    shrunk = shrink(outcome.history, lambda history: bool(play(history, project()).broken))
    return play(shrunk, project())


def _batches(seeds: Iterable[int]) -> Iterator[tuple[int, ...]]:
    left = iter(seeds)
    while batch := tuple(islice(left, BATCH)):
        yield batch


def _play_batch(seeds: tuple[int, ...]) -> list[Outcome]:
    return [_light(seed) for seed in seeds]


def _light(seed: int) -> Outcome:
    """Play a seed; leave out what is long and can be had again by playing it."""
    begun = time.process_time()
    outcome = play_seed(seed)
    outcome.figures["CPU milliseconds"] = round(1000 * (time.process_time() - begun))
    return replace(outcome, timeline=())
