"""Running a job by hand."""

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import jobs
from firetill.admin.model import RunJob
from firetill.database import Database, Query, Store
from firetill.errors import JobNotFound, NotAdmin
from firetill.transport.schedules import Job
from firetill.upkeep import service
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.model import Run
from firetill.upkeep.rehearsal import Rehearsal
from tests.factories import ManualClock
from tests.integration.tickets.holders import ADMIN
from tests.integration.upkeep.test_expiry import stale_sessions


def run(
    db: Database,
    store: Store,
    clock: ManualClock,
    job: str = "expireStaleSessions",
    *,
    dry_run: bool = False,
    caller: Caller = ADMIN,
) -> Run:
    def rehearsal(job: Job) -> Rehearsal:
        return Rehearsal(store, clock, lists_only=job.asks_outside)

    done = jobs.run(db, JOBS, rehearsal, caller, RunJob(job=job, dry_run=dry_run))
    assert isinstance(done, Run)
    return done


def audited(db: Database) -> list[tuple[str, str]]:
    found = [one.data or {} for one in db.query(Query("auditLog", 100))]
    return [(one["actor"], one["job"]) for one in found if one["kind"] == "job_run"]


def test_a_dry_run_then_the_run(db: Database, store: Store, clock: ManualClock) -> None:
    [(_, session_id)] = stale_sessions(db, clock, 1).items()
    dry = run(db, store, clock, dry_run=True)
    assert (dry.dry_run, dry.results) == (True, {"expired": 1})
    assert [one.item for one in dry.shown] == [f"sessions/{session_id}"]
    assert (db.get(f"sessions/{session_id}")[0].data or {})["status"] == "ACTIVE"
    assert audited(db) == []

    done = run(db, store, clock)
    assert (done.dry_run, done.results) == (False, {"expired": 1})
    assert (db.get(f"sessions/{session_id}")[0].data or {})["status"] == "FAILED"
    assert audited(db) == [("root", "expireStaleSessions")]
    assert service.expire_stale_sessions(db).results == {}


def test_what_there_is_not(db: Database, store: Store, clock: ManualClock) -> None:
    with pytest.raises(JobNotFound):
        run(db, store, clock, "sweepTheFloor")


@pytest.mark.parametrize("caller", [SERVER, access.user("bob", {})])
def test_nobody_else_may(db: Database, store: Store, clock: ManualClock, caller: Caller) -> None:
    with pytest.raises(NotAdmin):
        run(db, store, clock, caller=caller)
    with pytest.raises(NotAdmin):
        run(db, store, clock, "sweepTheFloor", dry_run=True, caller=caller)
