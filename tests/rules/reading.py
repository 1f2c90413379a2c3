"""What clients try to read."""

from collections.abc import Iterator

from firetill.database import Query
from tests.client_queries import OWNED, client_queries, public_queries, staff_queries
from tests.rules.case import SERVERS_OWN, Act, Case, count, get, query
from tests.rules.client import where

_OPERATORS = {"==": "EQUAL", "<=": "LESS_THAN_OR_EQUAL", ">=": "GREATER_THAN_OR_EQUAL"}


def reading() -> Iterator[Case]:
    """Yield the cases that read."""
    yield from _users()
    yield from _items()
    yield from _owned()
    yield from _as_apps_do()
    yield from _usernames()
    yield from _others()


def _users() -> Iterator[Case]:
    yield Case("read one's own user", "alice", get("users/alice"), True)
    yield Case("read one's own user, anonymous", "alice_anonymously", get("users/alice"), True)
    yield Case("read one's own user before it exists", "carol", get("users/carol"), True)
    yield Case("read another's user", "bob", get("users/alice"), False)
    yield Case("read another's user with claims", "bob_with_claims", get("users/alice"), False)
    yield Case("read a user without a token", "nobody", get("users/alice"), False)
    yield Case("list users", "alice", query(where("users")), False)
    by_name = where("users", ("displayName", "EQUAL", "alice"))
    yield Case("search users", "alice", query(by_name), False)
    yield Case("count users", "alice", count(where("users")), False)
    yield Case("list collections", "alice", lambda client: client.collection_ids(), False)


def _items() -> Iterator[Case]:
    for caller, allowed in (("alice", True), ("alice_anonymously", True), ("bob", False)):
        item = get("users/alice/items/ember_theme")
        yield Case(f"{caller}: an item that alice bought", caller, item, allowed)
        absent = get("users/alice/items/streak_shield")
        yield Case(f"{caller}: an item that alice did not buy", caller, absent, allowed)
        listing = query(where("items"), "users/alice")
        yield Case(f"{caller}: all items that alice bought", caller, listing, allowed)
    everybodys = where("items")
    everybodys["from"][0]["allDescendants"] = True
    yield Case("everybody's items", "alice", query(everybodys), False)
    yield Case("an item, unsigned", "nobody", get("users/alice/items/ember_theme"), False)


def _owned() -> Iterator[Case]:
    for name in OWNED:
        own = ("userId", "EQUAL", "alice")
        either = where(name, own)
        either["where"] = {
            "compositeFilter": {
                "op": "OR",
                "filters": [
                    *where(name, own)["where"]["compositeFilter"]["filters"],
                    *where(name, ("status", "EQUAL", "ACTIVE"))["where"]["compositeFilter"][
                        "filters"
                    ],
                ],
            }
        }
        group = where(name, own)
        group["from"][0]["allDescendants"] = True

        yield Case(f"{name}: get one's own", "alice", get(f"{name}/of-alice"), True)
        yield Case(f"{name}: get, anonymous", "alice_anonymously", get(f"{name}/of-alice"), True)
        yield Case(f"{name}: list one's own", "alice", query(where(name, own)), True)
        yield Case(f"{name}: count one's own", "alice", count(where(name, own)), True)
        narrower = where(name, own, ("status", "EQUAL", "ACTIVE"))
        yield Case(f"{name}: filter one's own", "alice", query(narrower), True)

        yield Case(f"{name}: get another's", "bob", get(f"{name}/of-alice"), False)
        yield Case(f"{name}: get with claims", "bob_with_claims", get(f"{name}/of-alice"), False)
        yield Case(f"{name}: get without a token", "nobody", get(f"{name}/of-alice"), False)
        yield Case(f"{name}: get an ownerless one", "nobody", get(f"{name}/of-nobody"), False)
        yield Case(f"{name}: get an unmarked one", "alice", get(f"{name}/unmarked"), False)
        yield Case(f"{name}: probe for an id", "alice", get(f"{name}/absent"), False)
        yield Case(f"{name}: get below one's own", "alice", get(f"{name}/of-alice/parts/1"), False)
        yield Case(f"{name}: list another's", "bob", query(where(name, own)), False)
        yield Case(f"{name}: list all", "alice", query(where(name)), False)
        yield Case(f"{name}: list without a token", "nobody", query(where(name, own)), False)
        yield Case(f"{name}: list either", "alice", query(either), False)
        both = where(name, ("userId", "IN", ["alice", "bob"]))
        yield Case(f"{name}: list both", "alice", query(both), False)
        upwards = where(name, ("userId", "GREATER_THAN_OR_EQUAL", "alice"))
        yield Case(f"{name}: list upwards", "alice", query(upwards), False)
        by_status = where(name, ("status", "EQUAL", "ACTIVE"))
        yield Case(f"{name}: list by status", "alice", query(by_status), False)
        yield Case(f"{name}: count all", "alice", count(where(name)), False)
        yield Case(f"{name}: list the collection group", "alice", query(group), False)


def _as_apps_do() -> Iterator[Case]:
    for listing in client_queries("alice"):
        label = f"{listing.collection} by {[name for name, _ in listing.order_by]}"
        yield Case(f"apps list {label}", "alice", sent(listing), True)
        yield Case(f"apps list another's {label}", "bob", sent(listing), False)
    for listing in staff_queries("gala"):
        yield Case(f"staff lists {listing.collection}", "mia", sent(listing), True)
        yield Case(f"a guest lists {listing.collection}", "alice", sent(listing), False)

    for listing in public_queries():
        for caller in ("alice", "nobody"):
            yield Case(f"{caller} lists {listing.collection}", caller, sent(listing), True)


def sent(listing: Query) -> Act:
    """Return a query as an app sends it."""
    parent, _, collection = listing.collection.rpartition("/")
    conditions = [(name, _OPERATORS[operator], value) for name, operator, value in listing.where]
    order = [
        {"field": {"fieldPath": name}, "direction": f"{way.upper()}ENDING"}
        for name, way in listing.order_by
    ]
    structured = where(collection, *conditions, orderBy=order, limit=listing.limit)
    structured["from"][0]["allDescendants"] = listing.group
    return query(structured, parent)


def _usernames() -> Iterator[Case]:
    for caller in ("alice", "bob", "alice_anonymously"):
        yield Case(f"{caller}: a taken username", caller, get("usernames/ada"), True)
        yield Case(f"{caller}: a free username", caller, get("usernames/grace"), True)
    yield Case("a taken username, unsigned", "nobody", get("usernames/ada"), False)
    yield Case("a free username, unsigned", "nobody", get("usernames/grace"), False)
    own = where("usernames", ("userId", "EQUAL", "alice"))
    yield Case("list one's own username", "alice", query(own), False)
    yield Case("list usernames", "alice", query(where("usernames")), False)
    yield Case("count usernames", "alice", count(where("usernames")), False)
    yield Case("get below a username", "alice", get("usernames/ada/parts/1"), False)


def _others() -> Iterator[Case]:
    for name in (*SERVERS_OWN, "anything"):
        own = where(name, ("userId", "EQUAL", "alice"))
        yield Case(f"{name}: get", "alice", get(f"{name}/of-alice"), False)
        yield Case(f"{name}: list", "alice", query(own), False)
    yield Case("runs: get", "alice", get("jobs/of-alice/runs/of-alice"), False)
    yield Case("users: get below one's own", "alice", get("users/alice/private/notes"), False)
    notes = where("private", ("userId", "EQUAL", "alice"))
    notes["from"][0]["allDescendants"] = True
    yield Case("users: list the collection group below", "alice", query(notes), False)
