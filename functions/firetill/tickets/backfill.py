"""Giving batches that came from elsewhere their tokens, codes and summaries.

The counts of a batch never change here, so its guest's summary need not be in the same commit; it
is made afterwards, from all of the guest's batches.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Final

import msgspec

from firetill.access import Caller
from firetill.clock import monotonic_seconds
from firetill.database import Database, Snapshot, Transaction
from firetill.logs import log
from firetill.tickets import backfill_rules as rules
from firetill.tickets import reconciliation, repository
from firetill.tickets.backfill_model import Backfilled, BackfillTokens
from firetill.tickets.codes import Codes, new_token
from firetill.tickets.model import Batch
from firetill.tickets.reconciliation import Case
from firetill.tickets.reconciliation_model import Difference
from firetill.tickets.reconciliation_rules import UnreadableBatchError

PAGE: Final = 100
THREADS: Final = 8
SECONDS: Final = 60.0
"""When a call stops taking up pages; well before the platform would end it."""


@dataclass(slots=True)
class _Counts:
    processed: int = 0
    created: int = 0
    summaries: int = 0
    failed: int = 0


def backfill_tokens(
    db: Database,
    codes: Codes,
    caller: Caller,
    request: BackfillTokens,
    *,
    budget_seconds: float = SECONDS,
) -> Backfilled:
    """Give each batch of an event what it lacks; harmless when repeated.

    A code that no key of ours has signed, or no longer, is signed anew.

    Raises:
        NotAdmin: the caller is no administrator.
        EventNotFound: there is no such event.
        Contention: Firestore did not answer; what is done stays done.
    """
    case = reconciliation.opened(db, caller, request.event_id, dry_run=request.dry_run)
    deadline = monotonic_seconds() + budget_seconds
    counts, last = _Counts(), request.start_after
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            query = repository.all_batches(request.event_id, limit=PAGE, start_after=last)
            page = db.query(query)
            _handle(case, codes, page, pool, counts)
            last = page[-1].document_id if len(page) == PAGE else None
            if last is None or monotonic_seconds() >= deadline:
                break
    return Backfilled(
        event_id=request.event_id, dry_run=request.dry_run, next=last, **asdict(counts)
    )


def _handle(
    case: Case, codes: Codes, page: Sequence[Snapshot], pool: ThreadPoolExecutor, counts: _Counts
) -> None:
    """Complete the batches of a page, then the summaries of their guests."""
    counts.processed += len(page)
    batches = [batch for one in page if (batch := _read(case, one, counts))]
    lacking, unsummed = _wanting(case, codes, page, batches)
    counts.created += len(lacking)
    if not case.dry_run:
        # Consumed, so that an error in a thread is one here.
        list(pool.map(partial(_complete, case, codes), lacking))
    for user_id, came_of in zip(unsummed, pool.map(partial(_settle, case), unsummed), strict=True):
        if came_of is None:
            _report(case, counts, f"{case.event_id}/{user_id}", "the summary cannot be made")
        else:
            counts.summaries += came_of


def _read(case: Case, found: Snapshot, counts: _Counts) -> Batch | None:
    try:
        return _completed(case, found)
    except UnreadableBatchError as error:
        _report(case, counts, found.path, str(error))
        return None


def _report(case: Case, counts: _Counts, item: str, error: str) -> None:
    counts.failed += 1
    log("WARNING", "backfill failed", item=item, error=error[:300], runId=case.run_id)


def _completed(case: Case, found: Snapshot) -> Batch:
    return rules.completed(
        found.data, event_id=case.event_id, rager_id=found.document_id, now=case.db.now()
    )


def _wanting(
    case: Case, codes: Codes, page: Sequence[Snapshot], batches: Sequence[Batch]
) -> tuple[list[str], list[str]]:
    """Return which batches lack something, and the guests whose summary does not name theirs."""
    stored = {one.document_id: one.data for one in page}
    tokens = [one.token if rules.is_token(codes, one.token) else None for one in batches]
    paths = {repository.token_path(token) for token in tokens if token}
    paths |= {repository.summary_path(case.event_id, one.user_id) for one in batches}
    known = {one.path: one.data for one in case.db.get(*sorted(paths))} if paths else {}
    lacking, unsummed = list[str](), dict[str, None]()
    for batch, token in zip(batches, tokens, strict=True):
        record = known[repository.token_path(token)] if token else None
        if not rules.is_complete(codes, stored[batch.rager_id], batch, record):
            lacking.append(batch.rager_id)
        if not rules.is_summed(known[repository.summary_path(case.event_id, batch.user_id)], batch):
            unsummed[batch.user_id] = None
    return lacking, list(unsummed)


def _complete(case: Case, codes: Codes, rager_id: str) -> None:
    fresh = new_token()

    def body(tx: Transaction) -> None:
        [found] = tx.get(repository.batch_path(case.event_id, rager_id))
        batch = _completed(case, found)
        record: Any = None
        for token in (batch.token, fresh):
            if rules.is_token(codes, token):
                batch = msgspec.structs.replace(batch, token=token)
                [document] = tx.get(repository.token_path(token))
                record = document.data
                if rules.is_of(record, batch):
                    break
        if rules.is_complete(codes, found.data, batch, record):
            return  # done meanwhile
        if not rules.is_recorded(record, batch):
            repository.put_token(tx, batch.token, rules.recorded(record, batch, tx.now))
        if not rules.is_signed(codes, batch):
            code = codes.sign(batch.token, batch.event_id, batch.version)
            batch = msgspec.structs.replace(batch, code=code)
        repository.put_batch(tx, msgspec.structs.replace(batch, updated_at=tx.now))

    case.db.run_transaction(body)


def _settle(case: Case, user_id: str) -> bool | None:
    """Make a guest's summary; tell whether that was needed, None if it is not possible."""
    try:
        came_of = reconciliation.settle(case, user_id)
    except UnreadableBatchError:
        return None
    return None if came_of == "moving" else isinstance(came_of, Difference)
