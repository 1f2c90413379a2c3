"""Many timed operations, several at once: percentiles, throughput, failures."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

MAKERS = 8
"""How many threads make operations ready."""


@dataclass(frozen=True)
class Samples:
    """What became of some operations: how long each took, failed ones too, and all together."""

    seconds: Sequence[float]
    failed: int
    elapsed: float
    errors: Counter[str] = field(default_factory=Counter)

    def percentile(self, percent: float) -> float:
        """Return the time in seconds that so many of a hundred did not exceed (nearest rank)."""
        ranked = sorted(self.seconds)
        return ranked[max(0, -int(-len(ranked) * percent // 100) - 1)]

    @property
    def per_second(self) -> float:
        """Return the operations that succeeded in a second."""
        return (len(self.seconds) - self.failed) / self.elapsed

    def show_errors(self, what: str) -> None:
        """Print the most frequent errors, if there were any."""
        for error, count in self.errors.most_common(3):
            print(f"  {what}: {count} × {error}", flush=True)

    def cells(self) -> str:
        """Return p50, p95, p99 in ms, throughput and failures, as cells of a Markdown table."""
        times = " | ".join(f"{1000 * self.percentile(percent):.1f}" for percent in (50, 95, 99))
        return f"{times} | {self.per_second:,.0f}/s | {failures(self.failed, len(self.seconds))}"


def failures(failed: int, count: int) -> str:
    """Write how many failed, of how many if any did."""
    return f"{failed} of {count}" if failed else "none"


def drive(
    operations: Sequence[Callable[[], object]],
    *,
    threads: int,
    limit_seconds: float | None = None,
) -> Samples:
    """Run each operation once, on several threads.

    Args:
        operations: whatever raises has failed.
        threads: how many at once; each takes the next as soon as it has done one.
        limit_seconds: after how long no thread takes up another; what is left counts for nothing.
    """
    waiting, seconds, errors = iter(operations), list[float](), Counter[str]()
    started = time.perf_counter()
    deadline = started + (limit_seconds or float("inf"))

    def work(_: int) -> None:
        for operation in waiting:  # a list's iterator may be shared by threads
            begun = time.perf_counter()
            try:
                operation()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is counted and shown
                errors[f"{type(error).__name__}: {error}"[:200]] += 1
            ended = time.perf_counter()
            seconds.append(ended - begun)
            if ended >= deadline:
                return

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return Samples(seconds, errors.total(), time.perf_counter() - started, errors)


def make_all(make: Callable[[int], T], count: int) -> list[T]:
    """Make so many of something, several at once, in the order of their numbers."""
    with ThreadPoolExecutor(MAKERS) as pool:
        return list(pool.map(make, range(count)))


def chunks(count: int, size: int) -> list[range]:
    """Split the numbers below `count` into runs of at most `size`."""
    return [range(first, min(first + size, count)) for first in range(0, count, size)]


def in_chunks(make: Callable[[range], Sequence[T]], count: int, size: int) -> list[T]:
    """Make so many of something, a chunk in one go, several chunks at once."""
    parts = chunks(count, size)
    return list(itertools.chain(*make_all(lambda number: make(parts[number]), len(parts))))
