"""Jobs and checkpoints as documents, and the queries that reconciliation pages through.

`jobs/{job}` holds where each lane stands, `jobs/{job}/runs` its runs.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from firetill.database import Query, Snapshot, Transaction
from firetill.door.repository import SCANS
from firetill.ledger.model import Entry, Fault
from firetill.ledger.repository import LEDGER, USERS, entry_in
from firetill.payments.repository import PAYMENT_INTENTS
from firetill.subscriptions.repository import SUBSCRIPTIONS
from firetill.tickets.repository import EVENTS
from firetill.upkeep.model import Checkpoint, Run
from firetill.upkeep.retention import Collection
from firetill.wire import fields_of

METRICS = "metrics"
METRICS_LANES = "metricsLanes"
REFUSAL_COUNTS = "refusalCounts"
JOBS = "jobs"
RUNS = "runs"
CHECKPOINTS = "ledgerCheckpoints"


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
    tx.merge(run_path(run.job, run.run_id), fields_of(run))


def run_in(snapshot: Snapshot) -> Run | None:
    """Return the record of a run in a document, if there is one."""
    return None if snapshot.data is None else msgspec.convert(snapshot.data, Run)


def checkpoint_path(user_id: str) -> str:
    """Return the path of a user's checkpoint."""
    return f"{CHECKPOINTS}/{user_id}"


def checkpoint_in(snapshot: Snapshot) -> Checkpoint | None:
    """Return the checkpoint in a document; None if there is none that can be read."""
    try:
        return msgspec.convert(snapshot.data, Checkpoint)
    except msgspec.ValidationError:
        return None


def put_checkpoint(tx: Transaction, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, which the transaction has read."""
    tx.merge(checkpoint_path(checkpoint.user_id), fields_of(checkpoint))


def stored_wallet(user: Snapshot) -> Any:
    """Return whatever a user's document has for a wallet; None if it has nothing."""
    return (user.data or {}).get("wallet")


def line_in(document: Snapshot) -> Entry | Fault:
    """Return the entry in a ledger document, or what is wrong with the document."""
    try:
        entry = entry_in(document)
    except msgspec.ValidationError as error:
        says = f"it cannot be read: {error}"
        return Fault(entry_id=document.document_id, seq=0, says=says)
    if entry.entry_id != document.document_id:
        says = f"its document is {document.document_id}"
        return Fault(entry_id=entry.entry_id, seq=entry.seq, says=says)
    return entry


def entries_of_shard(shard: int, until: datetime, *, limit: int) -> Query:
    """Ask for the entries in one part of the ledger's time index, in the order of their stamps."""
    return Query(
        LEDGER,
        limit,
        where=(("shard", "==", shard), ("createdAt", "<=", until)),
        order_by=(("createdAt", "asc"),),
    )


def settled_payments(shard: int, until: datetime, *, limit: int) -> Query:
    """Ask for the mirrors of one part of all payments that were settled, as they were settled."""
    return Query(
        PAYMENT_INTENTS,
        limit,
        where=(("shard", "==", shard), ("settledAt", "<=", until)),
        order_by=(("settledAt", "asc"),),
    )


def all_payments(*, limit: int) -> Query:
    """Ask for the mirrors of all payments in the order of their ids."""
    return Query(PAYMENT_INTENTS, limit)


def all_subscriptions(*, limit: int) -> Query:
    """Ask for the mirrors of all subscriptions in the order of their ids."""
    return Query(SUBSCRIPTIONS, limit)


def scans_decided(event_id: str, until: datetime, *, limit: int) -> Query:
    """Ask for an event's scans by the instant that they count as of."""
    return Query(
        f"{EVENTS}/{event_id}/{SCANS}",
        limit,
        where=(("at", "<=", until),),
        order_by=(("at", "asc"),),
    )


def scans_received(event_id: str, until: datetime, *, limit: int) -> Query:
    """Ask for an event's scans that were uploaded, as they came."""
    return Query(
        f"{EVENTS}/{event_id}/{SCANS}",
        limit,
        where=(("receivedAt", "<=", until),),
        order_by=(("receivedAt", "asc"),),
    )


def refusals_of(day: str, *, limit: int) -> Query:
    """Ask for what the instances have counted of one day's refusals."""
    return Query(REFUSAL_COUNTS, limit, where=(("day", "==", day),))


def metrics_path(day: str) -> str:
    """Return the path of a day's figures."""
    return f"{METRICS}/{day}"


def metrics_lane_path(lane: str) -> str:
    """Return the path of where one of the counts stands."""
    return f"{METRICS_LANES}/{lane}"


def all_users(*, limit: int) -> Query:
    """Ask for users in the order of their ids."""
    return Query(USERS, limit)


def documents_of(collection: Collection, group: bool, *, limit: int) -> Query:
    """Ask for a collection's documents, or those of all of that id, in the order of their names."""
    return Query(collection, limit, group=group)


def all_checkpoints(*, limit: int) -> Query:
    """Ask for checkpoints in the order of the users' ids."""
    return Query(CHECKPOINTS, limit)
