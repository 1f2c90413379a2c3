"""A job under load: runs of `expireStaleSessions`, each over sessions that have fallen silent."""

import contextlib
import os
import time
import uuid
from collections.abc import Callable

from bench.load.over_http import WAY as HTTP
from bench.load.row import Row, counted
from bench.load.services import WAY as SERVICES
from bench.load.serving import outside, served
from bench.load.stage import Stage
from bench.load.wire import Wire
from bench.load.workloads import running
from bench.samples import Samples
from firetill.clock import system_clock
from firetill.database import Database, Query
from firetill.firestore import connect_emulator
from firetill.upkeep.service import expire_stale_sessions
from tests.metering import Meter

JOB = "expireStaleSessions"
SESSIONS = 50
SILENT_SECONDS = 660
NAME = f"`{JOB}`, {SESSIONS} sessions a run"


def rows(address: str, count: int) -> list[Row]:
    """Run the job so often through its service, then over HTTP.

    Args:
        address: the Firestore emulator's.
        count: how many runs.
    """
    print(f"  {JOB} …", flush=True)
    stage = Stage(address, f"demo-job-{uuid.uuid4().hex[:8]}")
    meter = Meter()
    db = Database(connect_emulator(address, stage.project_id, meter), system_clock)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        samples = _runs(stage, lambda: expire_stale_sessions(db), count)
    found = [Row(NAME, SERVICES, 1, samples, counted(meter.total, count))]
    with outside(address) as around, served(JOB, stage.project_id, around) as port:
        wire = Wire(port)
        samples = _runs(stage, lambda: wire.post(("/", b"", {})), count)
    return [*found, Row(NAME, HTTP, 1, samples)]


def _runs(stage: Stage, run: Callable[[], object], count: int) -> Samples:
    seconds, failed = list[float](), 0
    for _ in range(count):
        running(stage, SESSIONS, since_seconds=SILENT_SECONDS)
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
        left = stage.db.query(Query("sessions", 1, where=(("status", "==", "ACTIVE"),)))
        failed += len(left)
    return Samples(seconds, failed, sum(seconds))
