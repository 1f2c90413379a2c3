import threading
import time
from functools import partial

from bench.samples import Samples, chunks, drive, in_chunks


def test_percentiles_are_times_that_were_measured() -> None:
    samples = Samples([float(number) for number in range(100, 0, -1)], failed=0, elapsed=1)
    assert [samples.percentile(percent) for percent in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert Samples([3.0, 1.0, 2.0], failed=0, elapsed=1).percentile(99) == 3.0
    assert Samples([7.0], failed=0, elapsed=1).percentile(50) == 7.0


def test_each_operation_is_done_once_by_as_many_threads_as_told() -> None:
    met, done = threading.Barrier(4, timeout=10), list[int]()

    def operation(number: int) -> None:
        met.wait()
        done.append(number)

    samples = drive([partial(operation, number) for number in range(40)], threads=4)
    assert sorted(done) == list(range(40))
    assert (len(samples.seconds), samples.failed) == (40, 0)


def test_failures_are_counted_by_what_was_raised_and_are_no_throughput() -> None:
    def fail() -> None:
        raise ValueError("no")

    samples = drive([fail, lambda: None, fail], threads=1)
    assert (samples.failed, samples.errors) == (2, {"ValueError: no": 2})
    assert round(samples.per_second * samples.elapsed, 6) == 1
    assert samples.cells().endswith("2 of 3")


def test_nothing_is_begun_after_the_limit() -> None:
    samples = drive([lambda: time.sleep(0.02)] * 50, threads=1, limit_seconds=0.05)
    assert 2 <= len(samples.seconds) < 10


def test_chunks_cover_all_numbers_in_order() -> None:
    assert chunks(5, 2) == [range(2), range(2, 4), range(4, 5)]
    assert in_chunks(list, 5, 2) == [0, 1, 2, 3, 4]
