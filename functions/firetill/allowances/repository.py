"""The tier and the allowance in a user's document."""

from datetime import datetime

import msgspec

from firetill.allowances.model import Allowance
from firetill.catalog import FREE, TIERS, Tier
from firetill.database import Query, Snapshot, Transaction
from firetill.ledger.repository import USERS, user_path
from firetill.wire import fields_of


def tier_in(user: Snapshot) -> Tier:
    """Return the tier of a user; the free one where there is none, or one no longer sold."""
    return TIERS.get((user.data or {}).get("tier") or FREE.tier_id, FREE)


def time_zone_in(user: Snapshot) -> str | None:
    """Return the time zone in a user's profile."""
    zone = (user.data or {}).get("timeZone")
    return zone if isinstance(zone, str) else None


def allowance_in(user: Snapshot) -> Allowance | None:
    """Return the last allowance that a user was granted, if there was one."""
    found = (user.data or {}).get("allowance")
    return None if found is None else msgspec.convert(found, Allowance)


def put_tier(tx: Transaction, user_id: str, tier_id: str) -> None:
    """Write a tier into the user's document, which the transaction has read."""
    tx.merge(user_path(user_id), {"tier": tier_id})


def put_allowance(tx: Transaction, user_id: str, allowance: Allowance) -> None:
    """Write an allowance into the user's document, which the transaction has read."""
    tx.merge(user_path(user_id), {"allowance": fields_of(allowance)})


def due_allowances(at: datetime, *, limit: int) -> Query:
    """Ask for users who have spent of an allowance whose day was over at `at`."""
    return Query(
        USERS,
        limit,
        where=(("allowance.dueAt", "<=", at),),
        order_by=(("allowance.dueAt", "asc"),),
    )
