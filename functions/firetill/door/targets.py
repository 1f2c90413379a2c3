"""What a scan aims at: a batch by its token, a guest's batches, or nothing that could let in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from firetill.database import Database, Transaction
from firetill.door import rules
from firetill.door.model import ScanTicket
from firetill.door.reading import readable
from firetill.errors import CodeForged, ScanDenied, TicketNotFound, WrongEvent
from firetill.tickets import batches, repository
from firetill.tickets.codes import Codes, ForgedCodeError, ReadCode
from firetill.tickets.model import Batch, TicketedEvent, TicketToken

Pick = Callable[[Transaction, TicketedEvent], Batch]
"""Returns the batch by which a scan's guests pass at an event, or raises why they do not."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a scan aims at.

    `event_id` is whose door it is, None if nothing says. The transaction reads `documents` in its
    first batch. Those in `waived` need no check: an admission writes them, and a denial rests on
    one look at them. `user_id` and `rager_id` are whose tickets and which batch, as far as the
    scan itself tells. Without a `pick` nobody gets in, because it is `denied`.
    """

    event_id: str | None
    denied: type[ScanDenied] = TicketNotFound
    pick: Pick | None = None
    documents: Sequence[str] = ()
    waived: Sequence[str] = ()
    user_id: str | None = None
    rager_id: str | None = None


def find(db: Database, codes: Codes, request: ScanTicket) -> Target:
    """Return what a scan aims at; one round trip for a token, none for a guest.

    Raises:
        MissingField, InvalidField: the scan names neither, or both.
        Contention: Firestore did not answer.
    """
    rules.require_target(request)
    if request.token is not None:
        return _by_token(db, codes, request, request.token)
    return _by_guest(request, request.event_id or "", request.user_id or "")


def _by_token(db: Database, codes: Codes, request: ScanTicket, text: str) -> Target:
    event_id = request.event_id
    try:
        code = codes.read(text)
    except ForgedCodeError:
        return Target(event_id, CodeForged)
    [found] = db.get(repository.token_path(code.token))
    record = repository.token_in(found)
    if record is None:
        return Target(event_id or code.event_id)
    event_id = event_id or record.event_id
    if record.event_id != event_id or code.event_id not in (None, event_id):
        return Target(event_id, WrongEvent)
    documents = batches.documents(event_id, record.user_id, record.rager_id)
    return Target(
        event_id,
        pick=partial(_pick_by_token, request, code, record),
        documents=documents,
        waived=documents,
        user_id=record.user_id,
        rager_id=record.rager_id,
    )


def _pick_by_token(
    request: ScanTicket, code: ReadCode, record: TicketToken, tx: Transaction, event: TicketedEvent
) -> Batch:
    [found] = tx.get(repository.batch_path(record.event_id, record.rager_id))
    batch = repository.batch_in(found)
    if batch is None:
        raise TicketNotFound
    if request.direction == "out":
        rules.require_inside(batch, request.count)
        return batch
    if batch.token != code.token and record.revoked_at is None:  # revoked since it was read
        path = repository.token_path(code.token)
        tx.waive(path)
        record = repository.token_in(*tx.get(path)) or record
    rules.require_live_token(batch, code.token, record, code.version)
    rules.require_tickets(batch, request.count, reentry=event.reentry)
    return batch


def _by_guest(request: ScanTicket, event_id: str, user_id: str) -> Target:
    """Aim at a guest's batches: the summary's check stands for all, for it changes with each."""
    summary = repository.summary_path(event_id, user_id)
    return Target(
        event_id,
        pick=partial(_pick_of_guest, request, event_id, user_id),
        documents=[summary],
        user_id=user_id,
    )


def _pick_of_guest(
    request: ScanTicket, event_id: str, user_id: str, tx: Transaction, event: TicketedEvent
) -> Batch:
    [found] = tx.get(repository.summary_path(event_id, user_id))
    held = repository.summary_in(found, event_id, user_id).rager_ids
    paths = [repository.batch_path(event_id, rager_id) for rager_id in held]
    tx.waive(*paths)
    found_batches = [readable(snapshot) for snapshot in tx.get(*paths)]
    batches_held = [batch for batch in found_batches if batch is not None]
    if request.direction == "out":
        return rules.choose_inside(batches_held, request.count)
    return rules.choose(batches_held, request.count, reentry=event.reentry)
