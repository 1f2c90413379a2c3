"""What happens at an event's doors: scans, and what their operations take and give."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId, UserId

DenialReason = Literal[
    "already_used",
    "none_remaining",
    "not_inside",
    "ticket_inactive",
    "ticket_revoked",
    "ticket_refunded",
    "ticket_transferred",
    "ticket_not_found",
    "wrong_event",
    "outside_window",
    "event_inactive",
    "code_forged",
]
"""Why a scan let nobody through; each is the reason of a refusal."""

Direction = Literal["in", "out"]

Result = Literal["admitted", "left", "denied"]

Label = Annotated[str, Meta(min_length=1, max_length=64)]
"""What staff call a gate or a device."""

Text = Annotated[str, Meta(min_length=1, max_length=200)]

CODE_CHARACTERS = 400
"""More than any code has."""


class ScanTicket(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `scanTicket`: a token, or a guest and an event; whether they go in or out.

    `token` is the content of the QR code, or the bare token. With it, `event_id` says at whose
    door it was shown. `scan_id` is the device's own id for this attempt, and random. If
    `expected_version` is given, the guest's tickets must be as that version's preview showed them.
    """

    scan_id: DocumentId
    token: Annotated[str, Meta(min_length=1, max_length=CODE_CHARACTERS)] | None = None
    user_id: UserId | None = None
    event_id: DocumentId | None = None
    count: Annotated[int, Meta(ge=1, le=100)] = 1
    gate: Label | None = None
    device: Label | None = None
    expected_version: Annotated[int, Meta(ge=0)] | None = None
    direction: Direction = "in"


class PreviewScan(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `previewScan`."""

    user_id: UserId
    event_id: DocumentId


class UndoScan(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `undoScan`; `event_id` is needed only if several events know the scan's id."""

    scan_id: DocumentId
    reason: Text
    event_id: DocumentId | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A batch's tickets, how many of them are used and left; `remaining_total` of the guest's.

    `inside` counts the batch's guests who are in at the moment.
    """

    ticket_quantity: int
    used_count: int
    remaining: int
    remaining_total: int
    inside: int


class Admission(Counts, frozen=True, kw_only=True, rename="camel"):
    """Result of `scanTicket`: `count` guests may pass; the counts are those after the scan.

    `readmitted` of them came back and use no ticket. `replayed` says that this very scan was
    answered before, and that nothing was written now.
    """

    ok: Literal[True] = True
    scan_id: str
    event_id: str
    user_id: str
    rager_id: str
    direction: Direction
    readmitted: int
    replayed: bool


class PreviewItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of a guest's batches."""

    rager_id: str
    ticket_quantity: int
    used_count: int
    remaining: int
    outside: int
    active: bool
    purchase_date: datetime


class Preview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `previewScan`: a guest's batches, those with the most left first.

    `next_candidate` is the batch that a scan of this guest would take from, None if nobody may go
    in. `version` is for the scan's `expectedVersion`.
    """

    items: list[PreviewItem]
    remaining_total: int
    next_candidate: str | None
    version: int


class Undone(Counts, frozen=True, kw_only=True, rename="camel"):
    """Result of `undoScan`: the counts right after the scan was taken back."""

    scan_id: str
    event_id: str
    user_id: str
    rager_id: str
    undone_at: datetime


class Scan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`events/{eventId}/scans/{scanId}`: one attempt to get in or out, and what came of it.

    `at` is when the till decided. `count` is how many wanted through. Of those who went in,
    `counted` used a ticket, which is what the batch's `used_count` rose by, and `readmitted` came
    back to one. `left` is by how many the batch's `outside` rose. All three are 0 if denied, and
    of an offline scan they go as far as the batch goes. `data` is what a denial said. The counts
    are those after the scan, None where no batch was found. `scanned_at` is an offline scan's
    instant by the device's own clock, and `conflict` says that it contradicts what the till knows.
    """

    scan_id: str
    event_id: str
    result: Result
    reason: DenialReason | None
    data: Mapping[str, Any]
    rager_id: str | None
    user_id: str | None
    count: int
    counted: int
    gate: str | None
    device: str | None
    staff_id: str
    at: datetime
    fingerprint: str
    direction: Direction = "in"
    readmitted: int = 0
    left: int = 0
    source: Literal["online", "offline"] = "online"
    scanned_at: datetime | None = None
    conflict: bool = False
    ticket_quantity: int | None = None
    used_count: int | None = None
    remaining: int | None = None
    remaining_total: int | None = None
    inside: int | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None
    undo_reason: str | None = None
    undone_counts: Counts | None = None
