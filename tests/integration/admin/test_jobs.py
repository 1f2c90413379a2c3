"""Running a job by hand."""

from dataclasses import dataclass

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.admin import jobs
from firetill.admin.model import RunJob
from firetill.database import Database, Query, Store
from firetill.errors import InvalidField, JobNotFound, NotAdmin, PlanNotFound, PlanOutdated
from firetill.transport.schedules import Job
from firetill.upkeep import service
from firetill.upkeep.application import Application
from firetill.upkeep.jobs import JOBS
from firetill.upkeep.model import Run
from firetill.upkeep.rehearsal import Rehearsal
from tests.factories import ManualClock, buy_credits
from tests.integration.admin.desk import write
from tests.integration.tickets.holders import ADMIN
from tests.integration.upkeep.test_expiry import stale_sessions, start


@dataclass(frozen=True)
class Stores:
    """The databases of runs by hand, before a store and in the tests' time."""

    store: Store
    clock: ManualClock

    def rehearsal(self, job: Job) -> Rehearsal:
        return Rehearsal(self.store, self.clock, lists_only=job.asks_outside)

    def application(self, job: Job, plan: Run) -> Application:
        return Application(self.store, self.clock, plan, lists_only=job.asks_outside)


def run(
    db: Database,
    store: Store,
    clock: ManualClock,
    job: str = "expireStaleSessions",
    *,
    dry_run: bool = False,
    plan_id: str | None = None,
    reason: str | None = None,
    caller: Caller = ADMIN,
) -> Run:
    request = RunJob(job=job, dry_run=dry_run, plan_id=plan_id, reason=reason)
    done = jobs.run(db, JOBS, Stores(store, clock), caller, request)
    assert isinstance(done, Run)
    return done


def test_a_plan_then_exactly_that(db: Database, store: Store, clock: ManualClock) -> None:
    [(_, planned)] = stale_sessions(db, clock, 1).items()
    plan = run(db, store, clock, dry_run=True)
    for user_id in ("eve", "fay"):
        buy_credits(db, user_id, 100)
    later = [start(db, user_id) for user_id in ("eve", "fay")]
    clock.advance(minutes=30)
    done = run(db, store, clock, plan_id=plan.run_id, reason="They asked for it.")
    assert (done.plan_id, done.results, done.changed) == (plan.run_id, {"expired": 1}, [])
    assert [one.item for one in done.shown] == [f"sessions/{planned}"]
    statuses = {
        session_id: (db.get(f"sessions/{session_id}")[0].data or {})["status"]
        for session_id in (planned, *later)
    }
    assert statuses == {planned: "FAILED", **dict.fromkeys(later, "ACTIVE")}
    [record] = [
        one.data or {}
        for one in db.query(Query("auditLog", 100))
        if (one.data or {})["kind"] == "job_run"
    ]
    assert (record["planId"], record["reason"]) == (plan.run_id, "They asked for it.")

    again = run(db, store, clock, plan_id=plan.run_id)
    assert again.results == {}
    assert [(one.item, one.now) for one in again.changed] == [(f"sessions/{planned}", None)]


def test_plans_that_are_none(db: Database, store: Store, clock: ManualClock) -> None:
    stale_sessions(db, clock, 1)
    plan = run(db, store, clock, dry_run=True)
    with pytest.raises(PlanNotFound):
        run(db, store, clock, "expireRedemptions", plan_id=plan.run_id)
    with pytest.raises(PlanNotFound):
        run(db, store, clock, plan_id="0f" * 16)
    with pytest.raises(InvalidField):
        run(db, store, clock, dry_run=True, plan_id=plan.run_id)
    write(db, f"jobs/expireStaleSessions/runs/{plan.run_id}", {"finishedAt": None})
    with pytest.raises(PlanNotFound):
        run(db, store, clock, plan_id=plan.run_id)
    with pytest.raises(NotAdmin):
        run(db, store, clock, plan_id=plan.run_id, caller=access.user("bob", {}))
    assert audited(db) == []
    done = run(db, store, clock)
    assert done.results == {"expired": 1}
    with pytest.raises(PlanNotFound):
        run(db, store, clock, plan_id=done.run_id)


def test_a_plan_lasts_an_hour(db: Database, store: Store, clock: ManualClock) -> None:
    stale_sessions(db, clock, 1)
    plan = run(db, store, clock, dry_run=True)
    clock.advance(minutes=60)
    assert run(db, store, clock, plan_id=plan.run_id).results == {"expired": 1}
    clock.advance(milliseconds=1)
    with pytest.raises(PlanOutdated):
        run(db, store, clock, plan_id=plan.run_id)


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
