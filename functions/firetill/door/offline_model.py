"""Scans that devices decided while they were offline: what they send, and what is kept of it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from firetill.door.model import DenialReason, Direction, Label, Scan, Text
from firetill.fields import DocumentId
from firetill.tickets.model import Quantity, TokenEnd

ConflictReason = Literal[
    "code_forged",
    "unknown_ticket",
    "wrong_event",
    "revoked_before_scan",
    "revoked_after_scan",
    "more_admitted_than_held",
    "not_inside",
    "deactivated",
    "scan_id_reused",
    "clock",
    "event_inactive",
    "outside_window",
    "offline_not_allowed",
]
"""What a scan contradicts; of several the first in this order."""

Status = Literal["recorded", "replayed", "conflict", "retry"]

LONGEST_CODE = 294
"""Characters of a code with the longest event id, version and token that there can be."""


class OfflineScan(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """One scan as its device decided it, at `scanned_at` by the device's own clock.

    `code` is the content of the QR code, or the bare token; of a longer content its beginning.
    `reason` is why a denied one was denied, `forced_reason` why a supervisor let guests in against
    the verdict.
    """

    scan_id: DocumentId
    code: Annotated[str, Meta(min_length=1, max_length=LONGEST_CODE)]
    scanned_at: Annotated[datetime, Meta(tz=True)]
    verdict: Literal["admitted", "denied"]
    count: Quantity = 1
    gate: Label | None = None
    reason: DenialReason | None = None
    direction: Direction = "in"
    forced_reason: Text | None = None

    def __post_init__(self) -> None:
        try:
            self.scanned_at.astimezone(UTC)
        except OverflowError:
            raise ValueError("scannedAt is outside of the years 1 to 9999") from None
        if self.forced_reason is not None and (self.direction, self.verdict) != ("in", "admitted"):
            raise ValueError("forcedReason goes with guests who were let in")


class UploadScans(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Input of `uploadScans`; each scan's own id makes it idempotent."""

    event_id: DocumentId
    device: Label
    scans: Annotated[list[OfflineScan], Meta(min_length=1, max_length=100)]


class UploadedScan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of one scan: `retry` if it could not be recorded now, the others stand recorded.

    `reason` says what it contradicts, if anything. The counts are the batch's after it, None where
    there is no batch.
    """

    scan_id: str
    status: Status
    reason: ConflictReason | None = None
    used_count: int | None = None
    remaining: int | None = None
    inside: int | None = None


class Uploaded(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `uploadScans`, in the order of the scans."""

    results: list[UploadedScan]


class OfflineRecord(Scan, frozen=True, kw_only=True, rename="camel"):
    """What a scan's document holds beyond `Scan` if it was decided offline.

    `at` is the instant that it counts as of: `scanned_at`, unless the device's clock is off; then
    `received_at`. `over_admitted` is how many of the guests whom it let in no ticket stood for.
    `forced_by` is the supervisor who let them in against the verdict.
    """

    token_hash: str
    received_at: datetime
    conflict_reason: ConflictReason | None
    over_admitted: int
    forced_reason: str | None = None
    forced_by: str | None = None


class ConflictSide(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of two scans that contradict each other, at `at` by its own clock."""

    scan_id: str
    device: str | None
    gate: str | None
    at: datetime


class Revocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """When a token died, and of what."""

    reason: TokenEnd
    at: datetime


class Conflict(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`events/{eventId}/conflicts/{scanId}`: an offline scan that contradicts what the till knows.

    `this` is the scan, `other` the one that it contradicts, `revocation` the end of its token.
    `over_admitted` of its `count` guests had no ticket left. `note` is what a supervisor wrote
    who has looked at it.
    """

    scan_id: str
    event_id: str
    reason: ConflictReason
    rager_id: str | None
    this: ConflictSide
    other: ConflictSide | None
    revocation: Revocation | None
    count: int
    over_admitted: int
    created_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    note: str | None = None
