import threading
from collections.abc import Callable

from infra.local.engine.fair_lock import FairLock


def in_a_thread(action: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    return thread


def test_the_same_thread_may_take_it_again() -> None:
    lock = FairLock()
    with lock, lock:
        pass
    taken: list[int] = []

    def take() -> None:
        with lock:
            taken.append(1)

    in_a_thread(take).join(5)
    assert taken == [1]


def test_threads_get_it_in_the_order_in_which_they_asked() -> None:
    lock = FairLock()
    order: list[int] = []
    threads = []

    def take(number: int) -> Callable[[], None]:
        def run() -> None:
            with lock:
                order.append(number)

        return run

    with lock:
        for number in range(8):
            threads.append(in_a_thread(take(number)))
            while len(lock._waiting) <= number:  # noqa: SLF001 - until it stands in line
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(5)
    assert order == list(range(8))


def test_only_one_thread_has_it_at_a_time() -> None:
    lock = FairLock()
    counts = {"inside": 0, "most": 0, "done": 0}

    def work() -> None:
        for _ in range(200):
            with lock:
                counts["inside"] += 1
                counts["most"] = max(counts["most"], counts["inside"])
                counts["done"] += 1
                counts["inside"] -= 1

    for thread in [in_a_thread(work) for _ in range(8)]:
        thread.join(10)
    assert counts == {"inside": 0, "most": 1, "done": 1_600}
