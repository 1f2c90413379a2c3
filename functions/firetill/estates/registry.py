"""Where the data of a person is: the one list by which it is exported and deleted.

A test holds it against the collections that the documents name: each of them is here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from firetill.database import Query
from firetill.estates import repository
from firetill.estates.repository import Owned

Find = Callable[..., Query]
"""Takes a user's id and, as `limit`, how many documents at most."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One way in which a collection holds what is a person's.

    Attributes:
        collection: its name as the documents have it.
        fate: what a deletion does with it. What money rests on stays, under a pseudonym.
        find: the query for all documents of a user; None if there is one, whose id is the user's.
        people: the fields that hold users' ids. Others' ids are not exported.
        keys: the fields that hold clients' idempotency keys, which may say anything.
        step: whether the deletion has a step of its own for it, as it takes more than one document.
    """

    collection: str
    fate: Literal["deleted", "pseudonymised"]
    find: Find | None = None
    people: tuple[str, ...] = ("userId",)
    keys: tuple[str, ...] = ()
    step: bool = False

    @property
    def name(self) -> str:
        """Return what cursors call it."""
        return f"{self.collection}:{','.join(self.people)}"


def _owned(collection: Owned) -> Find:
    return partial(repository.owned, collection)


_SCANNED: Final = ("userId", "staffId", "undoneBy", "forcedBy")
_AUDITED: Final = ("userId", "actor", "staffId")
_KEY: Final = ("idempotencyKey",)

HOLDINGS: Final[tuple[Holding, ...]] = (
    Holding("users", "deleted", step=True),
    Holding("users/{uid}/items", "deleted", repository.items_of, ()),
    Holding("sessions", "deleted", _owned("sessions")),
    Holding("ledger", "pseudonymised", _owned("ledger"), keys=_KEY, step=True),
    Holding("actions", "deleted", _owned("actions")),
    Holding("savedReplies", "deleted", _owned("savedReplies")),
    Holding("notifications", "deleted", _owned("notifications")),
    Holding("pushDevices", "deleted"),
    Holding("usernames", "deleted", _owned("usernames")),
    Holding("usernameLooks", "deleted", _owned("usernameLooks")),
    Holding("usernameAttempts", "deleted"),
    Holding("consents", "pseudonymised", _owned("consents")),
    Holding("orders", "pseudonymised", _owned("orders"), keys=_KEY),
    Holding("fulfillments", "pseudonymised", _owned("fulfillments")),
    Holding("paymentIntents", "pseudonymised", _owned("paymentIntents"), keys=_KEY),
    Holding("checkoutSessions", "pseudonymised", _owned("checkoutSessions"), keys=_KEY),
    Holding("subscriptions", "pseudonymised", _owned("subscriptions")),
    Holding("buyers", "deleted"),
    Holding("customers", "deleted", step=True),
    Holding(
        "eventUsers/{eventId}/users",
        "pseudonymised",
        partial(repository.owned_in_group, "users"),
        step=True,
    ),
    Holding(
        "events/{eventId}/ragers",
        "pseudonymised",
        partial(repository.owned_in_group, "ragers"),
        step=True,
    ),
    Holding("ticketTokens", "pseudonymised", _owned("ticketTokens")),
    Holding(
        "events/{eventId}/scans",
        "pseudonymised",
        partial(repository.owned_in_group, "scans"),
        _SCANNED,
    ),
    Holding(
        "events/{eventId}/scans",
        "pseudonymised",
        partial(repository.scans_handled, "staffId"),
        ("staffId", "userId", "undoneBy", "forcedBy"),
    ),
    Holding(
        "events/{eventId}/scans",
        "pseudonymised",
        partial(repository.scans_handled, "undoneBy"),
        ("undoneBy", "staffId", "userId", "forcedBy"),
    ),
    Holding(
        "events/{eventId}/conflicts",
        "pseudonymised",
        repository.conflicts_resolved,
        ("resolvedBy",),
    ),
    Holding(
        "events/{eventId}/devices",
        "deleted",
        partial(repository.devices_handled, "deviceId"),
        ("deviceId", "pairedBy", "revokedBy"),
    ),
    Holding(
        "events/{eventId}/devices",
        "pseudonymised",
        partial(repository.devices_handled, "pairedBy"),
        ("pairedBy", "revokedBy"),
    ),
    Holding(
        "events/{eventId}/devices",
        "pseudonymised",
        partial(repository.devices_handled, "revokedBy"),
        ("revokedBy", "pairedBy"),
    ),
    Holding("eventStaff/{eventId}/members", "deleted", step=True),
    Holding("adminUsers", "deleted"),
    Holding(
        "operations",
        "pseudonymised",
        _owned("operations"),
        ("userId", "intent.userId"),
        (*_KEY, "intent.idempotencyKey"),
    ),
    Holding("rateLimits", "deleted", _owned("rateLimits")),
    Holding("ledgerCheckpoints", "deleted"),
    Holding("auditLog", "pseudonymised", _owned("auditLog"), _AUDITED),
    Holding(
        "auditLog",
        "pseudonymised",
        partial(repository.audited, "actor"),
        ("actor", "userId", "staffId"),
    ),
    Holding(
        "auditLog",
        "pseudonymised",
        partial(repository.audited, "staffId"),
        ("staffId", "userId", "actor"),
    ),
)
"""In the order in which an export goes through them."""

STATED: Final[Mapping[str, str]] = {
    "products": "nobody's: what is on sale",
    "events": "nobody's: what is on sale",
    "events/{eventId}/inventory": "nobody's: stock",
    "products/{productId}/inventory": "nobody's: stock",
    "pairingCodes": "names who made a code and which device used it, and goes within a day",
    "reconciliations/{eventId}/runs": "names users' ids, and goes after 90 days",
    "stripeEvents": "what Stripe wrote of events that failed, and goes after 90 days",
    "jobs": "where a job stands, for the moment",
    "metrics": "counts of a day, of all users together",
    "metricsLanes": "where counting goes on",
    "refusalCounts": "counts of reasons, of all users together",
    "jobs/{job}/runs": "names the ids of what failed, and goes after 30 days",
    "deletions": "names pseudonyms, and a user's id only until the deletion is done",
}
"""The collections that are not exported, and that a deletion leaves alone; with the reason."""
