"""How many operations several threads get done."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.measure import Figure

THREADS = 8


class Throughput:
    """How many operations succeeded and failed, and in what time."""

    def __init__(self, done: int, failed: int, seconds: float) -> None:
        self.done = done
        self.failed = failed
        self.seconds = seconds

    @property
    def per_second(self) -> float:
        """Return the successful operations in a second."""
        return self.done / self.seconds

    def __str__(self) -> str:
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} in {self.seconds:.1f} s{failed}"


def run(
    operate: Callable[[int], bool],
    count: int,
    *,
    threads: int = THREADS,
    limit_seconds: float = math.inf,
) -> Throughput:
    """Run `operate` for each number below `count`, on several threads.

    Args:
        operate: takes the number, and returns whether it succeeded.
        count: how many.
        threads: how many at once.
        limit_seconds: after how long no more are begun; those count for nothing.
    """
    started = time.perf_counter()

    def attempt(number: int) -> bool | None:
        return operate(number) if time.perf_counter() - started < limit_seconds else None

    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(attempt, range(count)))
    seconds = time.perf_counter() - started
    return Throughput(results.count(True), results.count(False), seconds)


def figure(
    name: str,
    ours: Throughput,
    other: Throughput,
    peer: str,
    least: float | None,
    *,
    no_failures: bool = False,
) -> Figure:
    """Compare two throughputs; `least` is the ratio to reach, None if it is for comparison."""
    ratio = ours.per_second / max(other.per_second, 1e-9)
    if least is None:
        return Figure(name, str(ours), peer + str(other), ratio, "for comparison", None)
    met = ratio >= least and not (no_failures and ours.failed)
    target = f"≥ {least} ×" + (", 0 failures" if no_failures else "")
    return Figure(name, str(ours), peer + str(other), ratio, target, met)
