"""The daily allowance, and what a spending took from where."""

from datetime import datetime

import msgspec

from firetill.ledger.model import Wallet


class Allowance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`allowance` in a user's document: the present day's, as it was granted.

    `limit` is what the day began with, in credits. The day began at `started_at` in `time_zone`;
    the next one is granted from `ends_at` on. `due_at` is that instant while something of the
    allowance is spent, else None: a full one needs no reset.
    """

    limit: int
    time_zone: str
    started_at: datetime
    ends_at: datetime
    due_at: datetime | None = None


class Split(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a spending took: from the allowance of the day that began at `day`, and for good."""

    daily: int
    credits: int
    day: datetime


class GetCredits(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `getCredits`: nothing."""


class Today(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Today's allowance: how much it was, how much is left, and when the next one comes."""

    limit: int
    remaining: int
    resets_at: datetime
    time_zone: str


class Credits(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `getCredits`; `spendable` is what an action may cost now, in credits."""

    tier: str
    spendable: int
    allowance: Today
    wallet: Wallet
