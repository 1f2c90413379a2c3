"""Growing each history and measuring what is done before it."""

import contextlib
import os
import statistics
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bench.growth.entries import Entries
from bench.growth.event import Event
from bench.growth.history import History, Probe
from bench.growth.past import Past
from bench.growth.users import Users
from bench.load.contests import unbounded
from bench.load.row import counted
from bench.load.stage import Stage
from bench.measure import seconds_of
from bench.scale import scaled
from bench.series import Plot, Series, rounded
from firetill.clock import system_clock
from firetill.database import Database, RetryPolicy
from firetill.firestore import connect_emulator
from tests.metering import Meter

SIZES = tuple(map(scaled, (1_000, 10_000, 100_000)))
ROUNDS_OF_WARM_UP = 3
"""One more for each so many that are timed."""

PATIENT = RetryPolicy(seconds=600, request_seconds=120)
"""Searching 100,000 documents may take the emulator longer than the till waits in production."""

HISTORIES: tuple[Callable[[Stage], History], ...] = (Entries, Users, Past, Event)


@dataclass(frozen=True)
class Point:
    """One operation at one size: the median in seconds, and what each used."""

    size: int
    p50: float
    used: str


@dataclass(frozen=True)
class Curve:
    """One operation as one history grows."""

    history: str
    probe: Probe
    points: Sequence[Point]

    def row(self, columns: int) -> str:
        """Return the curve as a row of a Markdown table with so many columns for sizes."""
        first, last = self.points[0], self.points[-1]
        times = " | ".join(
            f"{1000 * self.points[number].p50:,.1f}" if number < len(self.points) else "-"
            for number in range(columns)
        )
        used = list(dict.fromkeys(point.used for point in self.points))
        same = len(used) == 1
        verdict = "the same" if same else self.probe.grows or "**grows**"
        return (
            f"| {self.history} | {self.probe.name} | {times} | {last.p50 / first.p50:.2f} "
            f"| {' → '.join(used)} | {verdict} |"
        )


def curves(
    make: Callable[[Stage], History], address: str, sizes: Sequence[int] = SIZES
) -> list[Curve]:
    """Let one history grow, and measure at each size.

    Args:
        make: begins the history.
        address: the Firestore emulator's, which keeps all of it in memory.
        sizes: rising.
    """
    stage = Stage(address, f"demo-growth-{uuid.uuid4().hex[:8]}", policy=PATIENT)
    meter = Meter()
    store = connect_emulator(address, stage.project_id, meter)
    db = Database(store, system_clock, policy=PATIENT)
    with open(os.devnull, "w") as nowhere, unbounded():
        quiet = partial(contextlib.redirect_stdout, nowhere)  # the operations' log
        with quiet():
            history = make(stage)
        points: dict[Probe, list[Point]] = {probe: [] for probe in history.probes()}
        before = 0
        for size in sizes:
            print(f"  {history.name}: {size:,} …", flush=True)
            with quiet():
                history.grow(before, size)
                for probe, known in points.items():
                    if probe.up_to is None or size <= probe.up_to:
                        known.append(_point(probe, size, db, meter))
            before = size
    return [Curve(history.name, probe, known) for probe, known in points.items()]


def _point(probe: Probe, size: int, db: Database, meter: Meter) -> Point:
    seconds = list[float]()
    warm_up = probe.rounds // ROUNDS_OF_WARM_UP
    for number in range(warm_up + probe.rounds):
        act = probe.ready()
        with meter.measure() as used:
            taken = seconds_of(partial(act, db))
        if number >= warm_up:
            seconds.append(taken)
    return Point(size, statistics.median(seconds), counted(used, 1))


def table(found: Sequence[Curve]) -> str:
    """Write the curves as a table in Markdown."""
    columns = len(found[0].points)
    sizes = " | ".join(f"{point.size:,}: p50 ms" for point in found[0].points)
    header = f"| history | operation | {sizes} | last ÷ first | trips, reads, writes, checks | |"
    line = "|---" * (5 + columns)
    return "\n".join([header, f"{line}|", *(curve.row(columns) for curve in found)])


def plots(found: Sequence[Curve]) -> list[Plot]:
    """Draw each history's operations, but for those that are documented to grow."""
    made = list[Plot]()
    for history in dict.fromkeys(curve.history for curve in found):
        steady = [one for one in found if one.history == history and one.probe.grows is None]
        name = "-".join(word.strip(",") for word in history.split() if len(word) > 3)
        made.append(
            Plot(
                f"growth-{name}",
                f"Median time as history grows: {history}",
                history,
                "p50, ms",
                [
                    Series(
                        curve.probe.name.replace("`", ""),
                        [point.size for point in curve.points],
                        rounded([1000 * point.p50 for point in curve.points]),
                    )
                    for curve in steady
                ],
                log_x=True,
                log_y=True,
            )
        )
    return made
