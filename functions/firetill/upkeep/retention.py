"""How long documents are kept that are not kept for ever. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

Collection = Literal[
    "actions",
    "auditLog",
    "notifications",
    "operations",
    "pairingCodes",
    "rateLimits",
    "refusalCounts",
    "runs",
    "stripeEvents",
    "usernameAttempts",
]


@dataclass(frozen=True, slots=True)
class Retention:
    """Documents of one collection, or of all collections of that id, go `age` after `field`.

    A document without an instant there is kept: an action that has not ended has none.
    """

    collection: Collection
    field: str = "expiresAt"
    age: timedelta = timedelta(0)
    group: bool = False


RETENTIONS: Final = (
    Retention("actions"),
    Retention("notifications"),
    Retention("operations"),
    Retention("pairingCodes"),
    Retention("rateLimits"),
    Retention("refusalCounts"),
    Retention("stripeEvents"),
    Retention("usernameAttempts"),
    Retention("runs", group=True),
    Retention("auditLog", "at", age=timedelta(days=2_557)),
)
"""Whatever is not named here is kept: money, consent, tickets and scans, what users saved."""


def is_over(retention: Retention, data: Mapping[str, Any] | None, now: datetime) -> bool:
    """Tell whether a document's time is over."""
    since = (data or {}).get(retention.field)
    return isinstance(since, datetime) and since + retention.age <= now
