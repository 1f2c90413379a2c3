"""Side by side on one emulator: the till, `@firestore.transactional`, Node's `runTransaction`."""

import contextlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from bench.floor import stock_client
from bench.load.contests import CONTESTS, Contest, unbounded
from bench.load.rivals import Run, node, stock
from bench.load.stage import Stage
from bench.load.trace import Trace, traced
from bench.samples import Samples, drive
from bench.series import Plot, Series, rounded
from firetill.clock import system_clock

OURS, STOCK, NODE = "ours", "`@firestore.transactional`", "Node `runTransaction`"
HEADER = (
    "| work | callers | by | p50 ms | p95 ms | p99 ms | throughput | failed | ours ÷ it |\n"
    "|---|---|---|---|---|---|---|---|---|"
)
APART = (1, 8, 16)
TOGETHER = 8
HOT_COUNT = 100
STOCK_COUNT = 100
STOCK_HOT_COUNT = 16
STOCK_SECONDS = 15.0
WARM_UP = 20
COLD = 3_000
"""So many operations until the emulator's JVM has compiled what it does most."""


@dataclass(frozen=True)
class Match:
    """One level of one contest, and what each side made of it."""

    contest: Contest
    run: Run
    sides: dict[str, Samples]

    @property
    def callers(self) -> str:
        """Say how many callers there were, and what they wanted."""
        if self.run.hot:
            return f"{self.run.workers} on {self.contest.hot}"
        return f"{self.run.workers} apart" if self.run.workers > 1 else "1"

    def rows(self) -> list[str]:
        """Return a row for each side."""
        ours = self.sides[OURS].per_second
        return [
            f"| {self.contest.name} | {self.callers} | {side} | {samples.cells()} "
            f"| {_ratio(ours, samples.per_second)} |"
            for side, samples in self.sides.items()
        ]


def _ratio(ours: float, other: float) -> str:
    return f"{ours / other:,.1f}" if other else "it did none"


def matches(address: str, count: int) -> list[Match]:
    """Hold every contest at every level.

    Args:
        address: the Firestore emulator's, which the environment names too.
        count: how many operations at each level apart; the stock decorator gets fewer.
    """
    found = list[Match]()
    with open(os.devnull, "w") as nowhere, unbounded():
        print("  warming the emulator up …", flush=True)
        with contextlib.redirect_stdout(nowhere):
            stage = Stage(address, f"demo-peers-{uuid.uuid4().hex[:8]}")
            _ours(
                CONTESTS[0], stage, [Run("cold", hot=False, count=min(COLD, 10 * count), workers=8)]
            )
        for contest in CONTESTS:
            print(f"  {contest.name}, side by side …", flush=True)
            with contextlib.redirect_stdout(nowhere):  # the operations' log
                found += _matches(contest, address, count)
    return found


def _matches(contest: Contest, address: str, count: int) -> list[Match]:
    stage = Stage(address, f"demo-peers-{uuid.uuid4().hex[:8]}")
    [one] = contest.apart(stage, 1)
    trace = traced(stage.store, system_clock, one, *contest.own)
    runs = [Run(f"apart{workers}", hot=False, count=count, workers=workers) for workers in APART]
    runs.append(Run("hot", hot=True, count=min(count, HOT_COUNT), workers=TOGETHER))
    sides = {
        OURS: _ours(contest, stage, runs),
        NODE: _node(stage, trace, runs),
        STOCK: _stock(stage, trace, runs),
    }
    return [
        Match(contest, run, {side: samples[number] for side, samples in sides.items()})
        for number, run in enumerate(runs)
    ]


def _ours(contest: Contest, stage: Stage, runs: Sequence[Run]) -> list[Samples]:
    def driven(run: Run) -> Samples:
        make = contest.together if run.hot else contest.apart
        operations = [partial(operate, stage.db) for operate in make(stage, run.count)]
        return drive(operations, threads=run.workers)

    driven(Run("warm", hot=False, count=WARM_UP, workers=1))
    return [driven(run) for run in runs]


def _node(stage: Stage, trace: Trace, runs: Sequence[Run]) -> list[Samples]:
    warm = Run("node-warm", hot=False, count=5 * WARM_UP, workers=1)  # V8 compiles as it goes
    all_runs = [warm, *(replace(run, level=f"node-{run.level}") for run in runs)]
    for run in all_runs:
        trace.prepare(stage.store, run.level, run.count, hot=run.hot)
    return node(stage.project_id, trace, all_runs)[1:]


def _stock(stage: Stage, trace: Trace, runs: Sequence[Run]) -> list[Samples]:
    client = stock_client(stage.project_id)

    def driven(run: Run) -> Samples:
        trace.prepare(stage.store, run.level, run.count, hot=run.hot)
        return stock(client, trace, run, STOCK_SECONDS)

    driven(Run("stock-warm", hot=False, count=WARM_UP, workers=1))
    return [
        driven(
            replace(
                run,
                level=f"stock-{run.level}",
                count=min(run.count, STOCK_HOT_COUNT if run.hot else STOCK_COUNT),
            )
        )
        for run in runs
    ]


def table(found: Sequence[Match]) -> str:
    """Write all matches as a table in Markdown."""
    return "\n".join([HEADER, *(row for match in found for row in match.rows())])


def plots(found: Sequence[Match]) -> list[Plot]:
    """Draw throughput over callers, a plot for each kind of work."""
    made = list[Plot]()
    for contest in CONTESTS:
        apart = [match for match in found if match.contest is contest and not match.run.hot]
        name = contest.name.translate({ord(" "): "-", ord(","): None, ord("'"): None})
        made.append(
            Plot(
                f"throughput-{name}",
                f"Throughput: {contest.name}",
                "callers at once, each on documents of its own",
                "operations a second",
                [
                    Series(
                        side.replace("`", ""),
                        [match.run.workers for match in apart],
                        rounded([match.sides[side].per_second for match in apart]),
                    )
                    for side in (OURS, NODE, STOCK)
                ],
            )
        )
    return made
