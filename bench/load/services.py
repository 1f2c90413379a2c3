"""Through services: the operations as functions, with no door before them."""

import contextlib
import os
import uuid
from collections.abc import Sequence
from functools import partial

from bench.load.row import LEVELS, Row, counted
from bench.load.stage import Prepared, Stage
from bench.load.workloads import WORKLOADS, Workload
from bench.samples import drive
from firetill.clock import system_clock
from firetill.database import Database
from firetill.firestore import connect_emulator
from tests.costs import documented
from tests.metering import Meter, Usage

WAY = "services"
WARM_UP = 20


class CostChangedError(RuntimeError):
    """An operation cost something else under load than the documents say."""


def rows(address: str, count: int) -> list[Row]:
    """Drive every workload on each level of concurrency.

    Args:
        address: the Firestore emulator's.
        count: how many operations at each level.

    Raises:
        CostChangedError: an operation, alone, costs something else than is documented.
    """
    found = list[Row]()
    with open(os.devnull, "w") as nowhere:
        for workload in WORKLOADS:
            print(f"  {workload.name}, through services …", flush=True)
            stage = Stage(address, f"demo-load-{uuid.uuid4().hex[:8]}")
            with contextlib.redirect_stdout(nowhere):  # the operations' log
                found += _rows(workload, stage, count)
    return found


def _rows(workload: Workload, stage: Stage, count: int) -> list[Row]:
    used = cost(workload, stage, WARM_UP)
    levels = [(threads, workload.prepare(stage, count)) for threads in LEVELS]
    return [
        Row(
            workload.name,
            WAY,
            threads,
            drive(calls(prepared, stage.db), threads=threads),
            counted(used, 1),
        )
        for threads, prepared in levels
    ]


def calls(prepared: Sequence[Prepared], db: Database) -> list[partial[object]]:
    """Return operations that are ready, each as a call without arguments."""
    return [partial(one.run, db) for one in prepared]


def cost(workload: Workload, stage: Stage, count: int) -> Usage:
    """Do a workload's operations one by one; return what each used.

    Raises:
        CostChangedError: it is not what is documented.
    """
    meter = Meter()
    db = Database(connect_emulator(stage.address, stage.project_id, meter), system_clock)
    expected = documented(workload.cost)
    for one in workload.prepare(stage, count):
        with meter.measure() as used:
            one.run(db)
        if used != expected:
            raise CostChangedError(f"{workload.name}: {used}; documented are {expected}")
    return expected
