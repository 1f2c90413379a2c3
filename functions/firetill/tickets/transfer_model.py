"""What passing tickets on takes and gives."""

from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.fields import DocumentId, IdempotencyKey, UserId
from firetill.tickets.model import Quantity

EmailAddress = Annotated[
    str,
    Meta(
        max_length=254,
        # No control characters: Python's and JavaScript's ideas of white space differ in them.
        pattern=r"^[^@\s\x00-\x1f\x7f-\x9f\ufeff]+@[^@\s\x00-\x1f\x7f-\x9f\ufeff]+(?!\n)$",
        description="An e-mail address that its owner has proved to own.",
    ),
]


class TransferTicket(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `transferTicket`; it names the recipient by id or by address, one of the two."""

    event_id: DocumentId
    rager_id: DocumentId
    quantity: Quantity
    idempotency_key: IdempotencyKey
    to_user_id: UserId | None = None
    to_email: EmailAddress | None = None


class Transferred(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `transferTicket`: the recipient's new batch, and what the giver has left.

    `remaining` counts what may still go in by the giver's batch, which has a new token as well.
    """

    rager_id: str
    token: str
    event_id: str
    quantity: int
    remaining: int
