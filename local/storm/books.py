"""All that the account rests on: the documents, Stripe's objects, and what people were told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from firetill.database import Database, Query
from local.storm.calls import Told

Data = Mapping[str, Any]

_PAGE: Final = 300
_COLLECTIONS: Final = (
    "users",
    "ledger",
    "sessions",
    "actions",
    "orders",
    "fulfillments",
    "products",
    "events",
    "operations",
    "paymentIntents",
    "stripeEvents",
    "ticketTokens",
    "auditLog",
)
_OF_EVENTS: Final = ("ragers", "scans", "inventory")
_AT_STRIPE: Final = ("payment_intent", "charge", "dispute", "refund", "checkout.session")


@dataclass(frozen=True)
class Books:
    """The three sides of the account.

    Attributes:
        documents: by collection, and in it by path: `ragers`, `scans` and `inventory` are those of
            all events, `summaries` the documents below `eventUsers`.
        stripe: the double's objects by kind.
        told: all that people asked for, and what they were answered.
        opened: how many of each item there were in the beginning, by kind and id.
    """

    documents: Mapping[str, Mapping[str, Data]]
    stripe: Mapping[str, Sequence[Data]]
    told: Sequence[Told]
    opened: Mapping[tuple[str, str], int]

    def all(self, collection: str) -> list[Data]:
        """The documents of a collection."""
        return list(self.documents[collection].values())

    def by(self, collection: str, field: str) -> dict[str, list[Data]]:
        """The documents of a collection by the value of a field."""
        return grouped(self.all(collection), lambda one: str(one.get(field)))

    def done(self, *operations: str) -> list[Told]:
        """What people were told was done."""
        return [one for one in self.told if one.ok and one.operation in operations]

    def payments(self, field: str) -> dict[str, Data]:
        """Stripe's PaymentIntents whose metadata have a field: `packId` or `orderId`."""
        found = self.stripe["payment_intent"]
        return {one["id"]: one for one in found if field in one["metadata"]}

    def gone(self, payment: Data) -> int:
        """How much of a payment has gone back, in minor units, as Stripe's objects say."""
        refunded = sum(
            charge["amount_refunded"]
            for charge in self.stripe["charge"]
            if charge["id"] == payment["latest_charge"]
        )
        disputed = sum(
            dispute["amount"]
            for dispute in self.stripe["dispute"]
            if dispute["payment_intent"] == payment["id"] and dispute["status"] != "won"
        )
        return int(min(payment["amount_received"], refunded + disputed))


def grouped(found: Iterable[Data], key: Callable[[Data], str]) -> dict[str, list[Data]]:
    """Some things by what they have in common."""
    groups: dict[str, list[Data]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups


def read(
    database: Database,
    objects: Callable[[str], Sequence[Data]],
    told: Sequence[Told],
    opened: Mapping[tuple[str, str], int],
) -> Books:
    """Read the books once everything is at rest.

    Args:
        database: what the functions left.
        objects: Stripe's objects of a kind.
        told: what people were told.
        opened: how many of each item there were in the beginning.
    """
    documents = {name: _all(database, name) for name in _COLLECTIONS}
    for name in _OF_EVENTS:
        documents[name] = {
            path: data
            for event in documents["events"]
            for path, data in _all(database, f"{event}/{name}").items()
        }
    documents["summaries"] = {
        path: data
        for event in documents["events"]
        for path, data in _all(
            database, f"eventUsers/{event.removeprefix('events/')}/users"
        ).items()
    }
    return Books(documents, {kind: objects(kind) for kind in _AT_STRIPE}, list(told), opened)


def _all(database: Database, collection: str) -> dict[str, Data]:
    found: dict[str, Data] = {}
    query = Query(collection, _PAGE)
    while page := database.query(query):
        found |= {one.path: one.data or {} for one in page}
        if len(page) < _PAGE:
            break
        query = replace(query, start_after=query.cursor(page[-1]))
    return found
