"""What supervisors do at their desk: find a guest, look at a conflict and close it."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.door.model import Text
from firetill.fields import DocumentId


class FindGuests(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `findGuests`: a user's id, a username, an e-mail address or an order's id."""

    event_id: DocumentId
    search: Annotated[str, Meta(min_length=1, max_length=254)]


class FoundGuest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A guest of the event, and how many tickets the guest holds for it."""

    user_id: str
    display_name: str | None
    username: str | None
    total_tickets: int
    used_count: int
    remaining: int


class FoundGuests(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `findGuests`; nobody who holds nothing for this event is in it."""

    guests: list[FoundGuest]


class ResolveConflict(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `resolveConflict`; `note` says what came of looking at it."""

    event_id: DocumentId
    scan_id: DocumentId
    note: Text


class ResolvedConflict(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `resolveConflict`: who has closed it first, when, and with which note."""

    event_id: str
    scan_id: str
    resolved_at: datetime
    resolved_by: str
    note: str
