"""The deep audit: every chain in turn, anew from its first entry."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from firetill.database import Database, Snapshot
from firetill.ledger.model import Wallet
from firetill.ledger.repository import entries_after
from firetill.upkeep import progress, reconciliation, repository, rules
from firetill.upkeep.reconciliation import PAGE, Case
from firetill.upkeep.rules import Chain
from firetill.upkeep.tasks import Task, reports, verification

READS_PER_RUN: Final = 300


def chains_in_turn(case: Case) -> Iterator[list[Task]]:
    """Follow some chains anew from their first entry, going on where the last run stopped.

    So what was verified once is verified again, and an old entry that was changed or removed is
    found as well, at a cost that does not grow. A chain of any length is followed over many runs.

    Raises:
        Overtaken: another run is ahead.
    """
    before = progress.standing(case.db, case.job).get("chains")
    place: _Place | None = _place_in(before)
    tasks, reads = list[Task](), 0
    while place is not None and reads < READS_PER_RUN:
        step = _audit(case, place, READS_PER_RUN - reads)
        place, reads = step.place, reads + step.reads
        tasks += step.tasks
    if tasks:
        yield tasks
    after = msgspec.to_builtins(place) if place is not None else None
    if after != before:
        progress.advance(case.db, case.job, "chains", before, after)


class _Place(msgspec.Struct, frozen=True, rename="camel"):
    """Where the round over chains stands: within a user's, or behind it if `wallet` is None."""

    user_id: str = ""
    wallet: Wallet | None = None
    broken: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """Where the round stands after a step, None at its end; what to do; documents read."""

    place: _Place | None
    tasks: list[Task]
    reads: int


def _audit(case: Case, place: _Place, reads: int) -> _Step:
    """Follow the chain at `place`, or the next one, through at most `reads` entries."""
    document = _checkpoint_at(case.db, place)
    if document is None:
        return _Step(None, [], 1)
    user_id = document.document_id
    behind = _Place(user_id)
    checkpoint = repository.checkpoint_in(document)
    if checkpoint is None:  # removed, or changed by somebody: verifying makes it anew
        return _Step(behind, [verification(case, user_id)], 3)
    begun = place.wallet or Wallet()
    verified = checkpoint.wallet
    limit = min(PAGE, reads, verified.seq - begun.seq + 1)
    page = case.db.query(entries_after(user_id, begun.seq, limit=limit))
    chain = rules.followed(Chain(begun), map(repository.line_in, page), until=verified.seq)
    cost = 1 + max(1, len(page))
    at_end = chain.ended or len(page) < limit or _seq_of(page[-1]) >= verified.seq
    broken = place.broken or chain.broken
    if not at_end:
        there = _Place(user_id, chain.wallet, broken)
        return _Step(there, reports(case, user_id, chain.faults), cost)
    faults = list(chain.faults)
    if not broken:
        faults += rules.audit_faults(verified, chain.wallet)

    def conclude() -> str:
        if (broken or faults) and reconciliation.is_leaving(case.db, user_id):
            return "leaving"
        reconciliation.report(case, user_id, faults)
        if broken or any(fault.breaks_chain for fault in faults):
            reconciliation.keep(case.db, document, user_id, verified, faulty=True)
            return "faulty"
        if checkpoint.faulty or verified != chain.wallet:
            reconciliation.keep(case.db, document, user_id, chain.wallet)
        return reconciliation.verify(case, user_id)

    return _Step(behind, [Task(document.path, conclude)], cost + 2)


def _checkpoint_at(db: Database, place: _Place) -> Snapshot | None:
    """Return the checkpoint of the chain at `place`, or of the next one; None if there is none."""
    if place.wallet is not None:
        return db.get(repository.checkpoint_path(place.user_id))[0]
    query = repository.all_checkpoints(limit=1)
    start = [repository.checkpoint_path(place.user_id)] if place.user_id else None
    found = db.query(progress.resumed(query, start))
    return found[0] if found else None


def _place_in(lane: Any) -> _Place:
    try:
        return msgspec.convert(lane or {}, _Place)
    except msgspec.ValidationError:
        return _Place()  # somebody changed it: begin a new round


def _seq_of(document: Snapshot) -> int:
    return rules.claimed_seq(document.data) or 0
