"""What a job leaves behind about each of its runs, and what is known of each user's ledger."""

from datetime import datetime
from typing import Literal

import msgspec

from firetill.ledger.model import Wallet

RunOutcome = Literal["running", "finished", "out_of_time", "overtaken", "failed"]
"""How a run ended: all done; the rest left to the next run; the rest left to a run that is ahead;
broken off by an error. A run that was killed stays `running`."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One item that could not be handled."""

    item: str
    error: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a dry run, and what would come of it."""

    item: str
    result: str


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a plan that was left, since something else would come of it by now.

    `now` is None if the job did not come across it any more.
    """

    item: str
    planned: str
    now: str | None


class Run(msgspec.Struct, kw_only=True, rename="camel"):
    """`jobs/{job}/runs/{runId}`: one run's progress and outcome.

    `results` counts the items that were handled by what came of them, `failed` those that could
    not be; `first_failures` shows a few of these. A dry run has written nothing but this, and
    `shown` says of its first items what would come of them. A run with a `plan_id` has carried out
    what that dry run showed and nothing else: `shown` says what came of it, `changed` what it left.
    """

    job: str
    run_id: str
    started_at: datetime
    expires_at: datetime
    outcome: RunOutcome = "running"
    finished_at: datetime | None = None
    pages: int = 0
    results: dict[str, int] = msgspec.field(default_factory=dict)
    failed: int = 0
    first_failures: list[Failure] = msgspec.field(default_factory=list)
    dry_run: bool = False
    shown: list[Shown] = msgspec.field(default_factory=list)
    plan_id: str | None = None
    changed: list[Changed] = msgspec.field(default_factory=list)


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`ledgerCheckpoints/{userId}`: how far a user's chain was followed, and what it gave there.

    `faulty` says that something is wrong with the entries: nothing is mended by itself until a
    person has put them right and the deep audit has found them so.
    """

    user_id: str
    wallet: Wallet
    faulty: bool
    verified_at: datetime
