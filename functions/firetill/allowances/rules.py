"""When a new allowance is due, and what a spending takes from where. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.allowances.model import Allowance, Split
from firetill.allowances.zones import day_of, first_day_from, zone_of
from firetill.catalog import Tier
from firetill.errors import InsufficientCredits
from firetill.ledger.model import Account, Posting, Wallet
from firetill.wire import iso

_AFTER_A_MOVE: Final = timedelta(hours=24)
"""The least time from one allowance to the next when the user's time zone has changed."""


def current(known: Allowance | None, tier: Tier, time_zone: str | None, now: datetime) -> Allowance:
    """Return the allowance of the present day: the known one while its day lasts, else a new one.

    A new time zone counts from the next allowance on, and that one lasts until a day begins there
    at least 24 hours later. So whoever moves, or says so, never has more allowances than days.

    Args:
        known: the last that was granted.
        tier: the user's present one.
        time_zone: what the user's profile says.
        now: the present instant.
    """
    if known is not None and now < known.ends_at:
        return known
    zone = zone_of(time_zone)
    began, ends = day_of(now, zone)
    if known is not None and known.time_zone != zone.key:
        began = max(began, known.ends_at)
        ends = first_day_from(began + _AFTER_A_MOVE, zone)
    return Allowance(limit=tier.daily_credits, time_zone=zone.key, started_at=began, ends_at=ends)


def reset(wallet: Wallet, allowance: Allowance) -> list[Posting]:
    """Return what sets the wallet to a new day's allowance; nothing if it is that already."""
    change = allowance.limit - wallet.daily_credits
    day = iso(allowance.started_at)
    lapsed = {"lapsed": wallet.daily_credits, "granted": allowance.limit}
    return _reset(change, ("day", day), f"allowance:{day}", lapsed)


def top_up(allowance: Allowance, limit: int) -> tuple[Allowance, list[Posting]]:
    """Return the present day's allowance under a better tier, and what the wallet then gains.

    A lesser tier counts from the next day on.
    """
    more = limit - allowance.limit
    if more <= 0:
        return allowance, []
    day = iso(allowance.started_at)
    postings = _reset(more, ("tier", day, str(limit)), f"allowance:{day}", {"granted": more})
    return msgspec.structs.replace(allowance, limit=limit), postings


def split(wallet: Wallet, allowance: Allowance, cost: int) -> Split:
    """Return from where a cost is taken: from the allowance first, then from the credits.

    Raises:
        InsufficientCredits: both together do not cover it, or the balance is negative.
    """
    daily = min(cost, wallet.daily_credits)
    if wallet.credits < 0 or cost - daily > wallet.credits:
        raise InsufficientCredits(balance=spendable(wallet), required=cost)
    return Split(daily=daily, credits=cost - daily, day=allowance.started_at)


def spendable(wallet: Wallet) -> int:
    """Return what an action may cost now: nothing can be spent while the balance is negative."""
    return wallet.credits if wallet.credits < 0 else wallet.credits + wallet.daily_credits


def legs(taken: Split, sign: int) -> dict[Account, int]:
    """Return the legs of a spending (`sign` -1) or of its refund (+1)."""
    parts: dict[Account, int] = {
        "dailyCredits": sign * taken.daily,
        "credits": sign * taken.credits,
    }
    return {account: moved for account, moved in parts.items() if moved}


def lapse(taken: Split, allowance: Allowance, cause: tuple[str, ...]) -> list[Posting]:
    """Return what takes a refund's part of an allowance away again if its day is over."""
    if not taken.daily or taken.day == allowance.started_at:
        return []
    key = f"allowance:{iso(taken.day)}"
    return _reset(-taken.daily, ("lapse", *cause), key, {"lapsed": taken.daily, "granted": 0})


def after(allowance: Allowance, wallet: Wallet) -> Allowance:
    """Return the allowance with the instant at which it has to be reset, if it has to be."""
    due = allowance.ends_at if wallet.daily_credits != allowance.limit else None
    return msgspec.structs.replace(allowance, due_at=due)


def _reset(
    change: int, cause: tuple[str, ...], key: str, metadata: Mapping[str, int]
) -> list[Posting]:
    if not change:
        return []
    return [
        Posting(
            kind="daily_reset",
            amount=abs(change),
            legs={"dailyCredits": change},
            cause=cause,
            idempotency_key=key,
            metadata=metadata,
        )
    ]
