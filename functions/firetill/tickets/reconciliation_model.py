"""What holding summaries against batches takes, gives and leaves behind."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId, UserId


class ReconcileEventUsers(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `reconcileEventUsersNow`; `start_after` is the `next` of a call that ran late."""

    event_id: DocumentId
    dry_run: bool = False
    start_after: UserId | None = None


class Totals(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a guest holds, in all; `batches` is how many batches that is."""

    total_tickets: int
    used_count: int
    batches: int


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A summary that is not what the batches give; `actual` is null if it cannot be read."""

    user_id: str
    expected: Totals
    actual: Totals | None


class Reconciled(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `reconcileEventUsersNow`.

    `diffs` shows the first 500 differences, `found` counts all of them, `applied` those that were
    mended, `failed` the guests about whom nothing could be said. `next` is null if all were seen.
    """

    run_id: str
    event_id: str
    dry_run: bool
    checked: int
    found: int
    applied: int
    failed: int
    diffs: list[Difference]
    next: str | None


class ReconciliationRun(Reconciled, frozen=True, kw_only=True, rename="camel"):
    """`reconciliations/{eventId}/runs/{runId}`: what one run found and mended."""

    started_by: str
    started_at: datetime
    finished_at: datetime
    expires_at: datetime


class Held(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The counts of a batch, also of one from before there were codes."""

    ticket_quantity: Annotated[int, Meta(ge=0)]
    used_count: Annotated[int, Meta(ge=0)] = 0
    outside: Annotated[int, Meta(ge=0)] = 0
