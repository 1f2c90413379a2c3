"""Reading batches of which some may be from elsewhere, and not complete yet."""

import msgspec

from firetill.database import Snapshot
from firetill.logs import log_failure
from firetill.tickets.model import Batch
from firetill.tickets.repository import batch_in


def readable(snapshot: Snapshot) -> Batch | None:
    """Return the batch in a document; one that somebody broke must not hide all the others."""
    try:
        return batch_in(snapshot)
    except msgspec.ValidationError as error:
        log_failure("batch unreadable", error, path=snapshot.path)
        return None
