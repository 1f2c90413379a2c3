"""What is on sale: anybody may see it, nobody may change it."""

from collections.abc import Iterator

from tests.rules.case import ADMINS, Case, commit, get, query
from tests.rules.client import Write, increment, where

STAFF_OF_THE_BALL = ("steward_of_ball", "steward_anywhere", "admin_by_claim", "ada")
ANYBODY = ("alice", "alice_anonymously", "nobody")


def selling() -> Iterator[Case]:
    """Yield the cases of events, products and their stock."""
    yield from _shown()
    yield from _hidden()
    yield from _writing()


def _shown() -> Iterator[Case]:
    for caller in ANYBODY:
        for path in ("events/gala", "products/poster"):
            yield Case(f"{caller}: {path}, on sale", caller, get(path), True)
        for collection in ("events", "products"):
            on_sale = where(collection, ("active", "EQUAL", True))
            yield Case(f"{caller}: {collection} on sale", caller, query(on_sale), True)


def _hidden() -> Iterator[Case]:
    for caller in ANYBODY:
        for path in ("events/ball", "products/old", "products/odd", "products/none"):
            yield Case(f"{caller}: {path}, not on sale", caller, get(path), False)
        for collection in ("events", "products"):
            withdrawn = where(collection, ("active", "EQUAL", False))
            yield Case(f"{caller}: {collection} not on sale", caller, query(withdrawn), False)
            yield Case(f"{caller}: all {collection}", caller, query(where(collection)), False)
    for caller in STAFF_OF_THE_BALL:
        yield Case(f"{caller}: an event not on sale", caller, get("events/ball"), True)
        allowed = caller in ADMINS
        yield Case(f"{caller}: a product not on sale", caller, get("products/old"), allowed)
    for caller in ("mia", "mel"):
        yield Case(f"{caller}: another event not on sale", caller, get("events/ball"), False)
    for caller in ("alice", "mia", "admin_by_claim"):
        for path in ("events/gala/inventory/0", "products/poster/inventory/0"):
            allowed = caller in ADMINS
            yield Case(f"{caller}: a part of the stock, {path}", caller, get(path), allowed)


def _writing() -> Iterator[Case]:
    paths = {
        "events/gala": "quantity",
        "events/gala/inventory/0": "quantity",
        "products/poster": "stock",
        "products/poster/inventory/0": "quantity",
    }
    for path, field in paths.items():
        for caller in ("alice", "mia", "max", "admin_by_claim"):
            add = Write(path, mask=(), transforms=(increment(field, 1),))
            yield Case(f"{caller}: add to {path}", caller, commit(add), False)
            yield Case(f"{caller}: delete {path}", caller, commit(Write(path, delete=True)), False)
