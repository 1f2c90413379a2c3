"""The model's inputs in one place, and the volumes of a month that follow from them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from bench.capacity import job_costs, plays
from bench.capacity.footprints import Change, Footprint
from bench.capacity.job_costs import JobCost
from bench.capacity.profile import Habits, monthly
from tests.costs import rows
from tests.metering import Usage
from tests.unit.indexes.plan import Indexes, load

INDEX_FILE: Final = Path(__file__).parents[2] / "firestore.indexes.json"

OVERHEAD_SECONDS: Final = 0.020
TRIP_SECONDS: Final = 0.025
STRIPE_SECONDS: Final = 0.3
PROVIDER_SECONDS: Final = 8.0
CPU_SECONDS: Final = 0.008
"""Taken, not measured: what a request, a round trip to Firestore in the same region, a call of
Stripe, and an answer of the provider of actions take, and the CPU time of a request in Python."""

STRIPE_CALLS: Final[Mapping[str, Mapping[str, int]]] = {
    "prepare a payment": {"POST payment_intents": 1},
    plays.TICKETS_ALONE: {"POST payment_intents": 1},
    plays.GOODS_ALONE: {"POST payment_intents": 1},
    "open an order, a product and an event": {"POST payment_intents": 1},
    "open a Checkout Session": {"POST checkout/sessions": 1},
    "make a Stripe customer": {"POST customers": 1},
    "cancel a payment that was due (job)": {"POST payment_intents/cancel": 1},
    "event: order refunded": {"GET payment_intents": 1},
    "event: payment of an invoice": {"GET invoice_payments": 1},
    "event: subscription updated": {"GET subscriptions": 1},
    "event: invoice paid": {"GET subscriptions": 1, "GET invoices": 1},
    "subscribe": {"GET prices": 1, "POST subscriptions": 1, "GET subscriptions": 1},
    "cancel a subscription": {"POST subscriptions/cancel": 1, "GET subscriptions": 1},
}
"""What each operation asks of Stripe, by endpoint."""

_INNER: Final = frozenset({"make a Stripe customer", "cancel a payment that was due (job)"})
"""Parts of other operations, without a request of their own."""


@dataclass(frozen=True)
class Model:
    """Counted costs, recorded documents, indexes, jobs and habits."""

    costs: Mapping[str, Usage]
    prints: Mapping[str, Footprint]
    jobs: Mapping[str, JobCost]
    indexes: Indexes
    habits: Habits = field(default_factory=Habits)

    def monthly(self, users: float) -> Mapping[str, float]:
        """Return how often each operation is done in a month, by all users."""
        return {name: users * often for name, often in monthly(self.habits).items()}

    def created(self, users: float) -> Mapping[str, float]:
        """Return how many documents a month adds, by collection, as far as they were recorded."""
        found = defaultdict[str, float](float)
        for name, often in self.monthly(users).items():
            for change in self.changes(name):
                if change.before is None:
                    found[change.collection] += often
        return found

    def changes(self, name: str) -> Iterator[Change]:
        """Yield what an operation writes; nothing if it was not recorded."""
        if name in self.prints:
            yield from self.prints[name].changes


@cache
def measured() -> Model:
    """Return the model of this checkout: its table of costs, its code and its indexes."""
    prints = plays.footprints()
    costs = {**{name: one.usage for name, one in prints.items()}, **rows()}
    return Model(costs, prints, job_costs.job_costs(), load(INDEX_FILE))


def is_request(operation: str) -> bool:
    """Tell whether a function is called for it: not for what a job or another operation does."""
    return not operation.endswith("(job)") and operation not in _INNER


def function_of(operation: str) -> str:
    """Return the deployed function that does an operation; operations of one word are its own."""
    if operation.startswith("event:"):
        return "handleStripeWebhook"
    return operation.partition(",")[0]


def seconds_of(operation: str, usage: Usage) -> float:
    """Return how long a request takes, most of it waiting."""
    asked = sum(STRIPE_CALLS.get(operation, {}).values())
    provider = PROVIDER_SECONDS if operation == "do an action (task)" else 0.0
    waits = usage.round_trips * TRIP_SECONDS + asked * STRIPE_SECONDS + provider
    return OVERHEAD_SECONDS + waits
