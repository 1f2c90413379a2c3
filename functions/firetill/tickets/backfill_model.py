"""What giving batches from elsewhere their tokens takes and gives."""

from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId

BatchName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=375,  # Firestore takes 1,500 bytes, and a character may have four
        pattern=r"^(?!\.{1,2}(?!\n)$|__[^/]*__(?!\n)$)[^/]+(?!\n)$",  # as Firestore has it
        description="The id of a batch, whoever made it.",
    ),
]


class BackfillTokens(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `backfillTicketTokens`; `start_after` is the `next` of a call that ran late."""

    event_id: DocumentId
    dry_run: bool = False
    start_after: BatchName | None = None


class Backfilled(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `backfillTicketTokens`.

    Of the batches that were looked at, `created` counts those that were given what they lacked
    (with a dry run: that lack something), `failed` those that are no batches. `summaries` counts
    the guests whose summary was mended. `next` is null if all batches were seen.
    """

    event_id: str
    dry_run: bool
    processed: int
    created: int
    summaries: int
    failed: int
    next: str | None
