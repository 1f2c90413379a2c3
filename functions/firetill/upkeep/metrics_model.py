"""The figures of one day."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """Ledger entries of one kind: how many, and their amounts in all, in whole units."""

    entries: int = 0
    amount: int = 0


class Revenue(msgspec.Struct, frozen=True, kw_only=True):
    """Payments in one currency that were settled: how many, and minor units in all."""

    payments: int = 0
    amount: int = 0


class ActionCounts(msgspec.Struct, frozen=True, kw_only=True):
    """Actions of one kind: how many were charged, and how many of any day were paid back."""

    charged: int = 0
    refunded: int = 0


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """Scans: how many guests were admitted and left, and how many scans were denied.

    `readmitted` is how many of the admitted had been in before and came back.
    """

    admitted: int = 0
    readmitted: int = 0
    left: int = 0
    denied: int = 0


class DayMetrics(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`metrics/{day}`: what happened on one day, UTC, as far as it has been counted.

    `new_users` had their first ledger entry on that day. `denials` are scans by the reason that let
    nobody in, `refusals` calls by the reason of their refusal; the latter miss some.
    """

    day: str
    new_users: int = 0
    ledger: Mapping[str, Moved] = {}
    revenue: Mapping[str, Revenue] = {}
    actions: Mapping[str, ActionCounts] = {}
    door: Door = Door()
    denials: Mapping[str, int] = {}
    refusals: Mapping[str, int] = {}
    updated_at: datetime | None = None
