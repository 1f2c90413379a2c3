"""Whether a guest's summary is what the guest's batches give. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from firetill.tickets.model import Summary
from firetill.tickets.reconciliation_model import Difference, Held, Totals


class UnreadableBatchError(ValueError):
    """A document among the batches that is none; somebody has to look at it."""


def held_in(rager_id: str, data: Mapping[str, Any] | None) -> Held:
    """Return the counts of a batch.

    Raises:
        UnreadableBatchError: the document has none, or impossible ones.
    """
    try:
        held = msgspec.convert(data, Held)
    except msgspec.ValidationError as error:
        raise UnreadableBatchError(f"{rager_id}: {error}") from error
    if not held.outside <= held.used_count <= held.ticket_quantity:
        raise UnreadableBatchError(f"{rager_id}: {held}")
    return held


def summary_of(data: Mapping[str, Any] | None) -> Summary | None:
    """Return the summary in a document; None if there is none that can be read."""
    try:
        return msgspec.convert(data, Summary)
    except msgspec.ValidationError:
        return None


def agrees(summary: Summary | None, batches: Mapping[str, Held]) -> bool:
    """Tell whether a summary has the sums of a guest's batches, and names all that matter.

    It may name empty ones as well. A guest without batches needs no summary.
    """
    if summary is None:
        return False
    holding = {rager_id for rager_id, held in batches.items() if held.ticket_quantity}
    named = set(summary.rager_ids)
    return (
        (summary.total_tickets, summary.used_count) == _sums(batches)
        and holding <= named <= set(batches)
        and len(named) == len(summary.rager_ids)
    )


def mended(
    data: Mapping[str, Any] | None,
    batches: Mapping[str, Held],
    *,
    event_id: str,
    user_id: str,
    now: datetime,
) -> Summary:
    """Return the summary that a guest's batches give; its version goes on from the one there is."""
    version = (data or {}).get("version", 0)
    tickets, used = _sums(batches)
    return Summary(
        event_id=event_id,
        user_id=user_id,
        total_tickets=tickets,
        used_count=used,
        rager_ids=_to_name(batches),
        version=version + 1 if type(version) is int else 1,
        updated_at=now,
    )


def difference(user_id: str, summary: Summary | None, batches: Mapping[str, Held]) -> Difference:
    """Return what a summary should say, and what it says."""
    tickets, used = _sums(batches)
    count = len(_to_name(batches))
    return Difference(
        user_id=user_id,
        expected=Totals(total_tickets=tickets, used_count=used, batches=count),
        actual=Totals(
            total_tickets=summary.total_tickets,
            used_count=summary.used_count,
            batches=len(summary.rager_ids),
        )
        if summary
        else None,
    )


def _sums(batches: Mapping[str, Held]) -> tuple[int, int]:
    return (
        sum(held.ticket_quantity for held in batches.values()),
        sum(held.used_count for held in batches.values()),
    )


def _to_name(batches: Mapping[str, Held]) -> list[str]:
    holding = sorted(rager_id for rager_id, held in batches.items() if held.ticket_quantity)
    return holding or sorted(batches)[:1]
