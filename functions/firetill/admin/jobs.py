"""Running a job now, in earnest or for show."""

import uuid
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from firetill import access, audit
from firetill.access import Caller
from firetill.admin.model import RunJob
from firetill.database import Database, Transaction
from firetill.errors import JobNotFound, NotAdmin
from firetill.transport.schedules import Job
from firetill.upkeep.rehearsal import Rehearsal

AUDITED: Final = "job_run"

BUDGET_SECONDS: Final = 45.0
"""When a run by hand stops taking up work; the caller waits for it."""


def run(
    db: Database,
    jobs: Mapping[str, Job],
    rehearsal: Callable[[Job], Rehearsal],
    caller: Caller,
    request: RunJob,
) -> msgspec.Struct:
    """Run a job now; what is left when the time ends is the next run's.

    Args:
        db: the database.
        jobs: every job by name.
        rehearsal: makes the database of a dry run, which writes nothing but the run's record.
        caller: who wants it; of a run in earnest the audit log keeps that.
        request: which job, and whether for show.

    Returns:
        The run's record.

    Raises:
        NotAdmin: the caller is no administrator.
        JobNotFound: there is no such job.
        Contention: Firestore did not answer; a job that had begun left its record.
    """
    if caller.user_id is None:
        raise NotAdmin
    roles = access.admin_documents(caller)
    record_id = uuid.uuid4().hex

    def body(tx: Transaction) -> Job:
        tx.waive(*roles)
        recorded, *_ = tx.get(audit.record_path(record_id), *roles)
        actor = access.require_admin(caller, tx.get(*roles))
        job = jobs.get(request.job)
        if job is None:
            raise JobNotFound(request.job)
        if not request.dry_run and not recorded.exists:
            audit.record(tx, record_id, AUDITED, actor=actor, job=job.name)
        return job

    job = db.run_transaction(body)
    return job.run(rehearsal(job) if request.dry_run else db, BUDGET_SECONDS)
