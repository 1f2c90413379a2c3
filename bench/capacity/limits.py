"""What production takes: documented limits and quotas, ours among them, each with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from firetill.tickets.model import SHARDS
from firetill.transport.options import CONCURRENCY
from firetill.transport.tasks import CONCURRENT

INSTANCES: Final = 100
"""`max_instances` of each function that answers requests, in `transport/options.py`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So much of something; `soft`: beyond it things slow down rather than fail."""

    value: float
    unit: str
    source: str
    soft: bool = False


_PRACTICES: Final = "firebase.google.com/docs/firestore/best-practices"
_STRIPE: Final = "docs.stripe.com/rate-limits"

LIMITS: Final[Mapping[str, Limit]] = {
    "document": Limit(1, "writes/s to one document", f"{_PRACTICES}, a rule of thumb", soft=True),
    "sequential": Limit(500, "writes/s to an index whose values rise", _PRACTICES, soft=True),
    "sequential ids": Limit(500, "writes/s to ids that rise", _PRACTICES, soft=True),
    "ramp": Limit(500, "writes/s to a collection that was idle", f"{_PRACTICES}, 500/50/5", True),
    "stock shards": Limit(SHARDS, "shards of an item's stock", "ours: `SHARDS`"),
    "threads": Limit(INSTANCES * CONCURRENCY, "requests at once to one function", "ours: options"),
    "cpu": Limit(INSTANCES, "vCPU of one function", "ours: options"),
    "tasks": Limit(CONCURRENT, "actions under way at once", "ours: `CONCURRENT`"),
    "dispatches": Limit(500, "tasks/s from one queue", "cloud.google.com/tasks/docs/quotas"),
    "stripe": Limit(100, "requests/s to Stripe, live", _STRIPE),
    "stripe endpoint": Limit(25, "requests/s to one endpoint of Stripe", _STRIPE),
    "fcm": Limit(10_000, "pushes/s", "firebase.google.com/docs/cloud-messaging, 600,000/min"),
    "deleted accounts": Limit(10, "accounts deleted/s", "firebase.google.com/docs/auth/limits"),
}
