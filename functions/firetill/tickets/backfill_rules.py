"""What a batch that came from elsewhere lacks, and what it becomes. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from firetill.fields import is_user_id
from firetill.tickets.codes import Codes, ForgedCodeError, ReadCode
from firetill.tickets.model import Batch, TicketToken
from firetill.tickets.reconciliation_rules import UnreadableBatchError, summary_of

NO_TOKEN: Final = ""


def completed(
    data: Mapping[str, Any] | None, *, event_id: str, rager_id: str, now: datetime
) -> Batch:
    """Return the batch that a document means, with what is absent filled in; maybe without a token.

    Who holds how many must be in it. All else may be absent, but not something else.

    Raises:
        UnreadableBatchError: it is none.
    """
    data = data or {}
    absent: dict[str, Any] = {
        "ragerId": rager_id,
        "eventId": event_id,
        "usedCount": 0,
        "purchaseDate": now,
        "token": NO_TOKEN,
        "code": "",
        "version": 1,
        "orderId": None,
        "createdAt": now,
        "updatedAt": now,
    }
    found = {**absent, **{name: value for name, value in data.items() if value is not None}}
    found.setdefault("active", found["usedCount"] != found.get("ticketQuantity"))
    try:
        batch = msgspec.convert(found, Batch)
    except msgspec.ValidationError as error:
        raise UnreadableBatchError(f"{rager_id}: {error}") from error
    if (
        not is_user_id(batch.user_id)
        or (batch.event_id, batch.rager_id) != (event_id, rager_id)
        or not 0 <= batch.outside <= batch.used_count <= batch.ticket_quantity
        or batch.version < 1
    ):
        raise UnreadableBatchError(f"{rager_id}: what it says contradicts itself")
    return batch


def is_complete(
    codes: Codes,
    stored: Mapping[str, Any] | None,
    batch: Batch,
    record: Mapping[str, Any] | None,
) -> bool:
    """Tell whether a batch lacks nothing.

    Args:
        codes: our keys.
        stored: its document.
        batch: what the document means.
        record: what its token's document says.
    """
    try:
        msgspec.convert(stored, Batch)
    except msgspec.ValidationError:
        return False
    return is_signed(codes, batch) and is_recorded(record, batch)


def is_summed(summary: Mapping[str, Any] | None, batch: Batch) -> bool:
    """Tell whether a guest's summary can be read and names this batch, if there is need to."""
    known = summary_of(summary)
    return known is not None and (not batch.ticket_quantity or batch.rager_id in known.rager_ids)


def is_token(codes: Codes, text: str) -> bool:
    """Tell whether a text can be a bare token."""
    try:
        return codes.read(text) == ReadCode(text)
    except ForgedCodeError:
        return False


def is_signed(codes: Codes, batch: Batch) -> bool:
    """Tell whether a batch's code says what it should, under one of our keys."""
    try:
        return codes.read(batch.code) == ReadCode(batch.token, batch.event_id, batch.version)
    except ForgedCodeError:
        return False


def is_of(record: Mapping[str, Any] | None, batch: Batch) -> bool:
    """Tell whether a token's record names this batch, or nobody yet."""
    return record is None or (record.get("eventId"), record.get("ragerId")) == (
        batch.event_id,
        batch.rager_id,
    )


def is_recorded(record: Mapping[str, Any] | None, batch: Batch) -> bool:
    """Tell whether a token's record is complete."""
    try:
        known = msgspec.convert(record, TicketToken)
    except msgspec.ValidationError:
        return False
    return is_of(record, batch) and known.user_id == batch.user_id


def recorded(record: Mapping[str, Any] | None, batch: Batch, now: datetime) -> TicketToken:
    """Return the record of a batch's token; of a closed one it is revoked."""
    known = record or {}
    created_at = known.get("createdAt")
    return TicketToken(
        event_id=batch.event_id,
        rager_id=batch.rager_id,
        user_id=batch.user_id,
        created_at=created_at if isinstance(created_at, datetime) else now,
        revoked_at=now if batch.closed else None,
        revoked_reason=batch.closed,
    )
