"""Jobs as documents: `jobs/{job}` holds where each lane stands, `jobs/{job}/runs` its runs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from firetill.database import Snapshot, Transaction
from firetill.upkeep.model import Run

JOBS = "jobs"
RUNS = "runs"


def job_path(job: str) -> str:
    """Return the path of a job's state."""
    return f"{JOBS}/{job}"


def run_path(job: str, run_id: str) -> str:
    """Return the path of the record of one run."""
    return f"{JOBS}/{job}/{RUNS}/{run_id}"


def lanes_in(job: Snapshot) -> dict[str, Any]:
    """Return where each lane of a job stands; empty where it never ran."""
    lanes = (job.data or {}).get("lanes")
    return dict(lanes) if isinstance(lanes, Mapping) else {}


def put_lanes(tx: Transaction, job: str, lanes: Mapping[str, Any]) -> None:
    """Write where each lane stands, into the job's document, which the transaction has read."""
    tx.merge(job_path(job), {"lanes": lanes, "updatedAt": tx.now})


def put_run(tx: Transaction, run: Run) -> None:
    """Write a run's record, which the transaction has read."""
    fields: Mapping[str, Any] = msgspec.to_builtins(run, builtin_types=(datetime,))
    tx.merge(run_path(run.job, run.run_id), fields)
