"""What happens to batches and to their guests' summaries. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from firetill.tickets.model import Batch, Closed, Summary

HASHES_KEPT: Final = 20


class BrokenBatchError(ValueError):
    """A change that would leave a batch with impossible counts; a fault of ours."""


def with_counts(batch: Batch, now: datetime, **changes: object) -> Batch:
    """Return a batch after a change, with `active` as it follows.

    One that was deactivated by hand, while tickets are left, stays so.

    Raises:
        BrokenBatchError: more would be used than there are, or more be outside than were in.
    """
    changed: Batch = msgspec.structs.replace(batch, updated_at=now, **changes)
    if (
        not 0 <= changed.outside <= changed.used_count <= changed.ticket_quantity
        or changed.voided_units < 0
    ):
        raise BrokenBatchError(f"{batch.rager_id}: {changed}")
    by_hand = batch.remaining > 0 and not batch.active
    return msgspec.structs.replace(changed, active=changed.remaining > 0 and not by_hand)


def with_token(batch: Batch, token: str, code: str, old_hash: str) -> Batch:
    """Return a batch whose token was replaced by a new one."""
    hashes = [*batch.previous_token_hashes, old_hash][-HASHES_KEPT:]
    return msgspec.structs.replace(
        batch, token=token, code=code, version=batch.version + 1, previous_token_hashes=hashes
    )


def bought_back(batches: Sequence[Batch], units: int, now: datetime) -> tuple[list[Batch], int]:
    """Return what changes when the money of `units` tickets in all has gone back.

    Unused tickets die for it, as many as there are; used ones cannot, and are only counted. A
    batch whose last unused ticket dies is closed.

    Args:
        batches: the one that was bought, then those that were split off it for somebody else.
        units: how many in all, counting those of earlier calls.
        now: the present instant.

    Returns:
        The batches that changed, and how many tickets died now.
    """
    due = units - sum(batch.refunded_units for batch in batches)
    changed: dict[str, Batch] = {}
    died = 0
    for batch in batches:
        unused = batch.ticket_quantity - batch.used_count
        dead = max(0, min(due, unused))
        if dead:
            closed: Closed | None = "refunded" if dead == unused else batch.closed
            changed[batch.rager_id] = with_counts(
                batch,
                now,
                ticket_quantity=batch.ticket_quantity - dead,
                refunded_units=batch.refunded_units + dead,
                voided_units=batch.voided_units + dead,
                closed=closed,
            )
            due, died = due - dead, died + dead
    for known in batches:
        batch = changed.get(known.rager_id, known)
        used = batch.used_count - (batch.refunded_units - batch.voided_units)
        counted = max(0, min(due, used))
        if counted:
            refunded = batch.refunded_units + counted
            changed[batch.rager_id] = with_counts(batch, now, refunded_units=refunded)
            due -= counted
    return list(changed.values()), died


def summed(summary: Summary, before: Batch | None, after: Batch, now: datetime) -> Summary:
    """Return a guest's summary after one of the guest's batches changed or came.

    Raises:
        BrokenBatchError: the summary's counts do not allow the change; reconcile the event.
    """
    tickets = after.ticket_quantity - (before.ticket_quantity if before else 0)
    used = after.used_count - (before.used_count if before else 0)
    changed = msgspec.structs.replace(
        summary,
        total_tickets=summary.total_tickets + tickets,
        used_count=summary.used_count + used,
        rager_ids=listed(summary.rager_ids, after),
        version=summary.version + 1,
        updated_at=now,
    )
    if not 0 <= changed.used_count <= changed.total_tickets:
        raise BrokenBatchError(f"{summary.event_id}/{summary.user_id}: {changed}")
    return changed


def listed(rager_ids: Sequence[str], batch: Batch) -> list[str]:
    """Return the batches that a summary names after one of them changed or came.

    An empty one goes, unless it is the last, which tells at the door what became of the tickets.
    """
    if batch.ticket_quantity > 0:
        return [*rager_ids] if batch.rager_id in rager_ids else [*rager_ids, batch.rager_id]
    others = [rager_id for rager_id in rager_ids if rager_id != batch.rager_id]
    return others or [batch.rager_id]
