"""List prices in US dollars, each with where it is from. Taxes, credits and discounts are left out.

`seen` says what the figure was held against on the date below: the vendor's own page in a stored
copy (whose age varies), somebody else's page, or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

DATE: Final = "2026-11-21"

Seen = Literal["vendor's page", "other pages", "not verified"]

DAYS: Final = 30
"""Days of the month that is reckoned with."""

GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for each `per` units, after `free` units in a month."""

    what: str
    usd: float
    per: float
    unit: str
    free: float
    source: str
    seen: Seen

    def of(self, quantity: float) -> float:
        """Return what so much of it costs in a month."""
        return max(0.0, quantity - self.free) * self.usd / self.per


_FIRESTORE: Final = "cloud.google.com/firestore/pricing"
_RUN: Final = "cloud.google.com/run/pricing"


def _firestore(
    usd: tuple[float, float, float, float], operations: Seen, storage: Seen
) -> Mapping[str, Price]:
    reads, writes, deletes, stored = usd
    return {
        "reads": Price(
            "document reads", reads, 1e5, "reads", 50_000 * DAYS, _FIRESTORE, operations
        ),
        "writes": Price(
            "document writes", writes, 1e5, "writes", 20_000 * DAYS, _FIRESTORE, operations
        ),
        "deletes": Price("TTL deletes", deletes, 1e5, "deletes", 0, _FIRESTORE, operations),
        "storage": Price("stored data and indexes", stored, 1, "GiB-month", 1, _FIRESTORE, storage),
    }


LOCATIONS: Final[Mapping[str, Mapping[str, Price]]] = {
    "nam5": _firestore((0.06, 0.18, 0.02, 0.18), "vendor's page", "not verified"),
    "us-central1": _firestore((0.03, 0.09, 0.01, 0.15), "other pages", "not verified"),
}
"""Firestore, Standard edition, by where the database is."""

PRICES: Final[Mapping[str, Price]] = {
    "vcpu": Price("functions, vCPU", 2.4e-5, 1, "vCPU-s", 180_000, _RUN, "vendor's page"),
    "memory": Price("functions, memory", 2.5e-6, 1, "GiB-s", 360_000, _RUN, "vendor's page"),
    "requests": Price("functions, requests", 0.4, 1e6, "requests", 2e6, _RUN, "vendor's page"),
    "egress": Price(
        "data to the internet",
        0.12,
        1,
        "GiB",
        10,
        "cloud.google.com/vpc/network-pricing",
        "other pages",
    ),
    "logs": Price(
        "logs", 0.5, 1, "GiB", 50, "cloud.google.com/stackdriver/pricing", "vendor's page"
    ),
    "tasks": Price(
        "Cloud Tasks",
        0.4,
        1e6,
        "operations",
        1e6,
        "cloud.google.com/tasks/pricing",
        "vendor's page",
    ),
    "scheduler": Price(
        "Cloud Scheduler", 0.1, 1, "jobs", 3, "cloud.google.com/scheduler/pricing", "vendor's page"
    ),
    "pubsub": Price(
        "Pub/Sub, for the trigger",
        40 / 1024,
        1,
        "GiB",
        10,
        "cloud.google.com/pubsub/pricing",
        "not verified",
    ),
    "secrets": Price(
        "Secret Manager",
        0.06,
        1,
        "versions",
        6,
        "cloud.google.com/secret-manager/pricing",
        "not verified",
    ),
}

IDENTITY_TIERS: Final = ((50_000, 0.0), (100_000, 0.0055), (1e6, 0.0046), (1e7, 0.0032))
"""Identity Platform: up to so many users who were active in the month, each costs so much.

cloud.google.com/identity-platform/pricing, in a stored copy of 2021; beyond the last, 0.0025.
"""


def identity_platform(users: float) -> float:
    """Return what Identity Platform costs, which only the sign-up trigger needs."""
    total, below = 0.0, 0.0
    for upto, usd in (*IDENTITY_TIERS, (float("inf"), 0.0025)):
        total += max(0.0, min(users, upto) - below) * usd
        below = upto
    return total
