"""How far an account's deletion has come, and what its operation takes and gives."""

from datetime import datetime
from typing import Literal

import msgspec

from firetill.fields import IdempotencyKey

Step = Literal[
    "sessions",
    "actions",
    "orders",
    "purchases",
    "subscriptions",
    "personal",
    "roles",
    "ledger",
    "tickets",
    "mirrors",
    "stripe",
    "sign_in",
    "waiting",
    "done",
]
"""What is to be done next; see `docs/adr/0015-accounts.md`."""


class DeleteAccount(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `deleteAccount`; an account is deleted once, so the key is not needed."""

    confirm: bool
    idempotency_key: IdempotencyKey | None = None


class DeletedAccount(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `deleteAccount`; while it is `deleting`, a job goes on with it."""

    status: Literal["deleting", "deleted"]
    deletion_id: str


class Deletion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`deletions/{deletionId}`: an account's deletion; its id is the user's pseudonym.

    All steps are gone through twice: at once, and again when the last ID token has run out, for
    what somebody did with it meanwhile. `user_id` goes with the last step. From `gone_at` on
    nothing is left; at `due_at` the job goes on, None at the end.
    """

    deletion_id: str
    user_id: str | None
    step: Step
    round: int
    started_at: datetime
    updated_at: datetime
    gone_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
