"""Timing in pairs, so that a machine whose speed drifts cannot favour one side."""

import functools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the report: what was measured, the numbers, the ratio, and its target."""

    name: str
    ours: str
    other: str
    ratio: float | None
    target: str
    met: bool | None

    def row(self) -> str:
        """Return the line as a row of a Markdown table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        verdict = {True: "met", False: "**missed**", None: ""}[self.met]
        return f"| {self.name} | {self.ours} | {self.other} | {ratio} | {self.target} | {verdict} |"


def seconds_of(action: Callable[[], object]) -> float:
    """Return how long one call takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def paired(
    ours: Callable[[int], object], other: Callable[[int], object], *, rounds: int, warm_up: int
) -> tuple[float, float]:
    """Time two actions in turn and return the median seconds of each.

    Args:
        ours: takes the number of the round.
        other: the same.
        rounds: how many pairs count.
        warm_up: how many pairs come before and do not.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(warm_up + rounds):
        pair = ((0, ours), (1, other)) if number % 2 else ((1, other), (0, ours))
        for side, action in pair:
            taken = seconds_of(functools.partial(action, number))
            if number >= warm_up:
                times[side].append(taken)
    return statistics.median(times[0]), statistics.median(times[1])


def milliseconds(seconds: float) -> str:
    """Write a time for the report."""
    return f"{1000 * seconds:.2f} ms"
