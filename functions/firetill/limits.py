"""How often a user may do what can be abused.

A limit counts what took effect, in the commit of the effect itself: a refused call leaves nothing
behind and counts for nothing. To have asked Stripe is such an effect, whatever Stripe says to it.
Windows are fixed, so at most twice the number falls into any one.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from firetill.database import Transaction
from firetill.errors import RateLimited
from firetill.wire import derived_id, fields_of

COLLECTION: Final = "rateLimits"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times within so many seconds."""

    times: int
    seconds: int


LIMITS: Final[Mapping[str, Limit]] = {
    "runAction": Limit(60, 60),
    "saveReply": Limit(60, 60),
    "purchase": Limit(20, 600),
    "createOrder": Limit(20, 600),
    "subscribe": Limit(20, 600),
    "exportData": Limit(30, 3_600),
    "mergeAccount": Limit(5, 3_600),
    "createPairingCode": Limit(60, 600),
}
"""The limits of one user, by what they count; `docs/endpoints.md` lists them."""


class RateCount(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`rateLimits/{id}`: how often one user did one thing since `since`.

    It counts until `expires_at`, and is removed some time after.
    """

    user_id: str
    limit: str
    since: datetime
    count: int
    expires_at: datetime


def path(user_id: str, name: str) -> str:
    """Return the path of a user's count, for an operation's first read."""
    return f"{COLLECTION}/{derived_id('limit', user_id, name)}"


def take(tx: Transaction, user_id: str, name: str) -> None:
    """Count one more time, if that is allowed.

    Args:
        tx: the transaction; name `path` in its first `get`, so that this costs no round trip.
        user_id: who.
        name: what, of `LIMITS`.

    Raises:
        RateLimited: it was done too often; it counts again after so many seconds.
    """
    limit = LIMITS[name]
    [found] = tx.get(path(user_id, name))
    known = None if found.data is None else msgspec.convert(found.data, RateCount)
    if known is None or known.expires_at <= tx.now:
        known = RateCount(
            user_id=user_id,
            limit=name,
            since=tx.now,
            count=0,
            expires_at=tx.now + timedelta(seconds=limit.seconds),
        )
    if known.count >= limit.times:
        wait = math.ceil((known.expires_at - tx.now).total_seconds())
        raise RateLimited(retry_after_seconds=wait)
    tx.merge(found.path, fields_of(msgspec.structs.replace(known, count=known.count + 1)))
