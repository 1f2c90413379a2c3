"""What the console shows to administrators: they may read it, and change nothing."""

from collections.abc import Iterator

from firetill.metering.repository import SAVED_REPLIES
from tests.client_queries import operator_queries
from tests.rules.case import ADMINS, Case, commit, count, get, query
from tests.rules.client import Write, where
from tests.rules.reading import sent

OTHERS = ("bob", "mia", "head_anywhere", "admin_by_word", "nobody")
"""Who may read nothing of Alice's that is not the doors', whatever their role there."""

SHOWN = (
    "actions",
    "auditLog",
    "checkoutSessions",
    "customers",
    "deletions",
    "fulfillments",
    "jobs",
    "jobs/of-alice/runs",
    "ledger",
    "ledgerCheckpoints",
    "metrics",
    "notifications",
    "orders",
    "paymentIntents",
    "reconciliations/gala/runs",
    "sessions",
    "stripeEvents",
    "subscriptions",
)
"""Collections with a document `of-alice` that only she, if it is hers, and administrators see."""

HIDDEN = (
    "anything",
    "buyers",
    "consents",
    "metricsLanes",
    "operations",
    "pairingCodes",
    "pushDevices",
    "rateLimits",
    "refusalCounts",
    SAVED_REPLIES,
    "ticketTokens",
    "usernameAttempts",
    "usernameLooks",
)
"""What administrators may not read either: secrets, and what no page shows."""


def operating() -> Iterator[Case]:
    """Yield the cases of the console."""
    yield from _shown()
    yield from _users()
    yield from _hidden()
    yield from _as_the_console_does()
    yield from _writing()


def _shown() -> Iterator[Case]:
    for collection in SHOWN:
        parent, _, name = collection.rpartition("/")
        for caller in (*ADMINS, *OTHERS):
            allowed = caller in ADMINS
            one = get(f"{collection}/of-alice")
            yield Case(f"console {caller}: one of {collection}", caller, one, allowed)
            everything = query(where(name), parent)
            yield Case(f"console {caller}: all {collection}", caller, everything, allowed)


def _users() -> Iterator[Case]:
    for caller in (*ADMINS, *OTHERS):
        allowed = caller in ADMINS
        if caller != "bob":
            yield Case(f"console {caller}: bob", caller, get("users/bob"), allowed)
        yield Case(f"console {caller}: all users", caller, query(where("users")), allowed)
        yield Case(f"console {caller}: count users", caller, count(where("users")), allowed)
        items = query(where("items"), "users/alice")
        yield Case(f"console {caller}: a user's items", caller, items, allowed)


def _hidden() -> Iterator[Case]:
    for caller in ADMINS:
        for name in HIDDEN:
            yield Case(f"hidden {caller}: one of {name}", caller, get(f"{name}/of-alice"), False)
            yield Case(f"hidden {caller}: all {name}", caller, query(where(name)), False)
        notes = get("users/alice/private/notes")
        yield Case(f"hidden {caller}: below a user", caller, notes, False)
        part = get("ledger/of-alice/parts/1")
        yield Case(f"hidden {caller}: below a document", caller, part, False)
        for name in ("runs", "items", "ledger"):
            group = where(name)
            group["from"][0]["allDescendants"] = True
            yield Case(f"hidden {caller}: {name} anywhere", caller, query(group), False)


def _as_the_console_does() -> Iterator[Case]:
    for listing in operator_queries("alice", "gala"):
        names = [name for name, *_ in (*listing.where, *listing.order_by)]
        label = f"{listing.collection} by {names}"
        for caller in ADMINS:
            yield Case(f"console {caller}: lists {label}", caller, sent(listing), True)
        yield Case(f"a stranger lists {label} as the console", "bob", sent(listing), False)


def _writing() -> Iterator[Case]:
    for path in (*(f"{name}/of-alice" for name in SHOWN), "users/alice", "products/poster"):
        for caller in ADMINS:
            change = commit(Write(path, {"amount": 1}, mask=("amount",)))
            yield Case(f"console {caller}: change {path}", caller, change, False)
            remove = commit(Write(path, delete=True))
            yield Case(f"console {caller}: delete {path}", caller, remove, False)
