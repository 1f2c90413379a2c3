"""Running a job now: in earnest, for show, or exactly as shown."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from firetill import access, audit
from firetill.access import Caller
from firetill.admin.model import RunJob
from firetill.database import Database, Transaction
from firetill.errors import InvalidField, JobNotFound, NotAdmin, PlanNotFound, PlanOutdated
from firetill.transport.schedules import Job
from firetill.upkeep.model import Run
from firetill.upkeep.repository import run_in, run_path

AUDITED: Final = "job_run"

BUDGET_SECONDS: Final = 45.0
"""When a run by hand stops taking up work; the caller waits for it."""

PLANS_LAST: Final = timedelta(hours=1)
"""How old a dry run may be that is carried out."""


class Databases(Protocol):
    """Makes the databases that runs by hand work on, besides the real one."""

    def rehearsal(self, job: Job) -> Database:
        """Return the database of a dry run, which writes nothing but the run's record."""

    def application(self, job: Job, plan: Run) -> Database:
        """Return the database that lets a run do what a dry run has shown, and nothing else."""


def run(
    db: Database, jobs: Mapping[str, Job], others: Databases, caller: Caller, request: RunJob
) -> msgspec.Struct:
    """Run a job now; what is left when the time ends is the next run's.

    Args:
        db: the database.
        jobs: every job by name.
        others: makes the database of a run that is not free to do all there is to do.
        caller: who wants it; of a run in earnest the audit log keeps that.
        request: which job, and whether for show, or which plan.

    Returns:
        The run's record.

    Raises:
        NotAdmin: the caller is no administrator.
        InvalidField: a dry run is to carry out a plan.
        JobNotFound: there is no such job.
        PlanNotFound: the job has no dry run of that id that has ended.
        PlanOutdated: that dry run began more than an hour ago.
        Contention: Firestore did not answer; a job that had begun left its record.
    """
    if caller.user_id is None:
        raise NotAdmin
    roles = access.admin_documents(caller)
    record_id = uuid.uuid4().hex
    plans = [run_path(request.job, request.plan_id)] if request.plan_id else []

    def body(tx: Transaction) -> tuple[Job, Run | None]:
        tx.waive(*roles, *plans)
        recorded, *_ = tx.get(audit.record_path(record_id), *roles, *plans)
        actor = access.require_admin(caller, tx.get(*roles))
        job = jobs.get(request.job)
        if job is None:
            raise JobNotFound(request.job)
        if request.plan_id is not None and request.dry_run:
            raise InvalidField("planId", "a dry run carries out no plan")
        plan = _plan(tx, request.job, request.plan_id) if request.plan_id else None
        if not request.dry_run and not recorded.exists:
            asked = {"planId": request.plan_id, "reason": request.reason}
            given = {name: value for name, value in asked.items() if value is not None}
            audit.record(tx, record_id, AUDITED, actor=actor, job=job.name, **given)
        return job, plan

    job, plan = db.run_transaction(body)
    if request.dry_run:
        return job.run(others.rehearsal(job), BUDGET_SECONDS)
    return job.run(others.application(job, plan) if plan else db, BUDGET_SECONDS)


def _plan(tx: Transaction, job: str, plan_id: str) -> Run:
    [found] = tx.get(run_path(job, plan_id))
    plan = run_in(found)
    if plan is None or not plan.dry_run or plan.finished_at is None:
        raise PlanNotFound(plan_id)
    if plan.started_at < tx.now - PLANS_LAST:
        raise PlanOutdated(plan_id)
    return plan
