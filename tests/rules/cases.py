"""What clients try, and whether the rules let them: the table that every rules test runs.

The documents stand in `documents`: Alice and Bob have a user document and one document in each
collection that users own; Carol has nothing yet. All callers but the last two have a token.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.rules.client import Client, Write, array_union, increment, server_time, where

OWNED = ("sessions", "ledger", "paymentIntents", "checkoutSessions")
SERVERS_OWN = ("stripeEvents", "operations", "jobs", "auditLog", "ledgerCheckpoints")
CALLERS: dict[str, dict[str, Any] | None] = {
    "alice": {},
    "bob": {},
    "carol": {},
    "alice_anonymously": {"firebase": {"sign_in_provider": "anonymous", "identities": {}}},
    "bob_with_claims": {"admin": True, "userId": "alice"},
    "nobody": None,
}
"""Each caller's additional claims; the uid is the name's first word."""

_WALLET = {"credits": 100, "lockedCredits": 0, "seq": 1}
_NOON = datetime(2026, 2, 7, 12, tzinfo=UTC)
_PROFILE = {
    "displayName": "Alice",
    "photoUrl": "https://example.com/alice.png",
    "locale": "en-GB",
    "timeZone": "Europe/London",
    "notifications": {"push": True, "email": False},
}

Act = Callable[[Client], httpx.Response]


@dataclass(frozen=True)
class Case:
    """One request by one caller, and the verdict that the rules owe it."""

    name: str
    caller: str
    act: Act
    allowed: bool


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is in the database before each case."""
    for uid in ("alice", "bob"):
        server_part = {
            "wallet": _WALLET,
            "deadlines": {"redemptionExpiry": _NOON},
            "activeSessionId": "s1",
        }
        yield f"users/{uid}", {**server_part, "displayName": uid, "locale": "en"}
        yield f"users/{uid}/private/notes", {"userId": uid}
        for collection in OWNED:
            yield f"{collection}/of-{uid}", {"userId": uid, "status": "ACTIVE", "createdAt": _NOON}
    for collection in OWNED:
        yield f"{collection}/of-nobody", {"userId": None}
        yield f"{collection}/unmarked", {"status": "ACTIVE"}
        yield f"{collection}/of-alice/parts/1", {"userId": "alice"}
    for collection in (*SERVERS_OWN, "jobs/of-alice/runs", "anything"):
        yield f"{collection}/of-alice", {"userId": "alice"}


def all_cases() -> list[Case]:
    """Return every case; names are unique."""
    return [*_reading_users(), *_reading_owned(), *_reading_others(), *_writing(), *_profiles()]


def _get(path: str) -> Act:
    return lambda client: client.get(path)


def _commit(*writes: Write) -> Act:
    return lambda client: client.commit(*writes)


def _query(structured: dict[str, Any]) -> Act:
    return lambda client: client.query(structured)


def _count(structured: dict[str, Any]) -> Act:
    return lambda client: client.count(structured)


def _reading_users() -> Iterator[Case]:
    yield Case("read one's own user", "alice", _get("users/alice"), True)
    yield Case("read one's own user, anonymous", "alice_anonymously", _get("users/alice"), True)
    yield Case("read one's own user before it exists", "carol", _get("users/carol"), True)
    yield Case("read another's user", "bob", _get("users/alice"), False)
    yield Case("read another's user with claims", "bob_with_claims", _get("users/alice"), False)
    yield Case("read a user without a token", "nobody", _get("users/alice"), False)
    yield Case("list users", "alice", _query(where("users")), False)
    by_name = where("users", ("displayName", "EQUAL", "alice"))
    yield Case("search users", "alice", _query(by_name), False)
    yield Case("count users", "alice", _count(where("users")), False)
    yield Case("list collections", "alice", lambda client: client.collection_ids(), False)


def _reading_owned() -> Iterator[Case]:
    for name in OWNED:
        own = ("userId", "EQUAL", "alice")
        newest = [{"field": {"fieldPath": "createdAt"}, "direction": "DESCENDING"}]
        page = where(name, own, orderBy=newest, limit=20)
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

        yield Case(f"{name}: get one's own", "alice", _get(f"{name}/of-alice"), True)
        yield Case(f"{name}: get, anonymous", "alice_anonymously", _get(f"{name}/of-alice"), True)
        yield Case(f"{name}: list one's own", "alice", _query(where(name, own)), True)
        yield Case(f"{name}: page one's own", "alice", _query(page), True)
        yield Case(f"{name}: count one's own", "alice", _count(where(name, own)), True)
        narrower = where(name, own, ("status", "EQUAL", "ACTIVE"))
        yield Case(f"{name}: filter one's own", "alice", _query(narrower), True)

        yield Case(f"{name}: get another's", "bob", _get(f"{name}/of-alice"), False)
        yield Case(f"{name}: get with claims", "bob_with_claims", _get(f"{name}/of-alice"), False)
        yield Case(f"{name}: get without a token", "nobody", _get(f"{name}/of-alice"), False)
        yield Case(f"{name}: get an ownerless one", "nobody", _get(f"{name}/of-nobody"), False)
        yield Case(f"{name}: get an unmarked one", "alice", _get(f"{name}/unmarked"), False)
        yield Case(f"{name}: probe for an id", "alice", _get(f"{name}/absent"), False)
        yield Case(f"{name}: get below one's own", "alice", _get(f"{name}/of-alice/parts/1"), False)
        yield Case(f"{name}: list another's", "bob", _query(where(name, own)), False)
        yield Case(f"{name}: list all", "alice", _query(where(name)), False)
        yield Case(f"{name}: list without a token", "nobody", _query(where(name, own)), False)
        yield Case(f"{name}: list either", "alice", _query(either), False)
        both = where(name, ("userId", "IN", ["alice", "bob"]))
        yield Case(f"{name}: list both", "alice", _query(both), False)
        upwards = where(name, ("userId", "GREATER_THAN_OR_EQUAL", "alice"))
        yield Case(f"{name}: list upwards", "alice", _query(upwards), False)
        by_status = where(name, ("status", "EQUAL", "ACTIVE"))
        yield Case(f"{name}: list by status", "alice", _query(by_status), False)
        yield Case(f"{name}: count all", "alice", _count(where(name)), False)
        yield Case(f"{name}: list the collection group", "alice", _query(group), False)


def _reading_others() -> Iterator[Case]:
    for name in (*SERVERS_OWN, "anything"):
        own = where(name, ("userId", "EQUAL", "alice"))
        yield Case(f"{name}: get", "alice", _get(f"{name}/of-alice"), False)
        yield Case(f"{name}: list", "alice", _query(own), False)
    yield Case("runs: get", "alice", _get("jobs/of-alice/runs/of-alice"), False)
    yield Case("users: get below one's own", "alice", _get("users/alice/private/notes"), False)
    notes = where("private", ("userId", "EQUAL", "alice"))
    notes["from"][0]["allDescendants"] = True
    yield Case("users: list the collection group below", "alice", _query(notes), False)


def _writing() -> Iterator[Case]:
    for name in (*OWNED, *SERVERS_OWN, "jobs/of-alice/runs", "anything"):
        create = Write(f"{name}/new", {"userId": "alice"}, exists=False)
        change = Write(f"{name}/of-alice", {"status": "COMPLETED"}, mask=("status",))
        add = Write(f"{name}/of-alice", mask=(), transforms=(increment("amount", 1),))
        remove = Write(f"{name}/of-alice", delete=True)
        yield Case(f"{name}: create", "alice", _commit(create), False)
        yield Case(f"{name}: change", "alice", _commit(change), False)
        yield Case(f"{name}: increment", "alice", _commit(add), False)
        yield Case(f"{name}: delete", "alice", _commit(remove), False)

    for caller, uid, allowed in (("alice", "alice", True), ("bob", "alice", False)):
        rename = Write(f"users/{uid}", {"displayName": "A."}, mask=("displayName",))
        yield Case(f"{caller} renames {uid}", caller, _commit(rename), allowed)
    rename = Write("users/alice", {"displayName": "A."}, mask=("displayName",))
    yield Case("anonymous rename", "alice_anonymously", _commit(rename), True)
    yield Case("rename with claims", "bob_with_claims", _commit(rename), False)
    yield Case("rename without a token", "nobody", _commit(rename), False)

    forbidden: dict[str, tuple[Write, ...]] = {
        "delete one's own user": (Write("users/alice", delete=True),),
        "delete another's user": (Write("users/bob", delete=True),),
        "replace one's own user": (Write("users/alice", _PROFILE),),
        "set the wallet": (_patch({"wallet": {"credits": 9}}, "wallet"),),
        "set one balance": (_patch({"wallet": {"credits": 9}}, "wallet.credits"),),
        "add a balance": (_patch({"wallet": {"gold": 9}}, "wallet.gold"),),
        "remove one balance": (_patch({}, "wallet.credits"),),
        "remove the wallet": (_patch({}, "wallet"),),
        "remove the deadlines": (_patch({}, "deadlines"),),
        "move a deadline": (
            _patch(
                {"deadlines": {"redemptionExpiry": datetime(2036, 1, 1, tzinfo=UTC)}},
                "deadlines.redemptionExpiry",
            ),
        ),
        "clear the active session": (_patch({"activeSessionId": None}, "activeSessionId"),),
        "remove the active session": (_patch({}, "activeSessionId"),),
        "rename and set a balance": (
            _patch(
                {"displayName": "A.", "wallet": {"credits": 9}}, "displayName", "wallet.credits"
            ),
        ),
        "increment a balance": (_transform(increment("wallet.credits", 9)),),
        "decrement what is held": (_transform(increment("wallet.lockedCredits", -1)),),
        "rename and increment": (
            Write(
                "users/alice",
                {"displayName": "A."},
                mask=("displayName",),
                transforms=(increment("wallet.credits", 9),),
            ),
        ),
        "stamp a deadline": (_transform(server_time("deadlines.redemptionExpiry")),),
        "stamp the name": (_transform(server_time("displayName")),),
        "stamp a field of one's own": (_transform(server_time("updatedAt")),),
        "make the settings a list": (_transform(array_union("notifications", "push")),),
        "make the name a number": (_transform(increment("displayName", 1)),),
        "add a field": (_patch({"admin": True}, "admin"),),
        "add a field with a dot in its name": (_patch({"wallet.credits": 9}, "`wallet.credits`"),),
        "add a field that only looks like the name": (
            _patch({"displаyName": "Cyrillic"}, "`displаyName`"),  # noqa: RUF001 - that is the point
        ),
        "add a field in other case": (_patch({"displayname": "A."}, "displayname"),),
        "write below the user": (Write("users/alice/wallet/credits", {"displayName": "A."}),),
        "write below the user as a profile": (Write("users/alice/users/alice", _PROFILE),),
        "write to a user within a session": (Write("sessions/of-alice/users/alice", _PROFILE),),
        "rename, and settle in the same batch": (
            _patch({"displayName": "A."}, "displayName"),
            Write("sessions/of-alice", {"status": "COMPLETED"}, mask=("status",)),
        ),
        "rename oneself and another": (
            _patch({"displayName": "A."}, "displayName"),
            Write("users/bob", {"displayName": "B."}, mask=("displayName",)),
        ),
        "rename, then delete": (
            _patch({"displayName": "A."}, "displayName"),
            Write("users/alice", delete=True),
        ),
    }
    for label, writes in forbidden.items():
        yield Case(label, "alice", _commit(*writes), False)

    carol = "users/carol"
    creating: dict[str, tuple[bool, tuple[Write, ...]]] = {
        "whole": (True, (Write(carol, _PROFILE),)),
        "strictly new": (True, (Write(carol, _PROFILE, exists=False),)),
        "in part": (True, (Write(carol, {"displayName": "Carol"}),)),
        "empty": (True, (Write(carol),)),
        "with a wallet": (False, (Write(carol, {**_PROFILE, "wallet": _WALLET}),)),
        "with an empty wallet": (False, (Write(carol, {**_PROFILE, "wallet": {}}),)),
        "with a null wallet": (False, (Write(carol, {**_PROFILE, "wallet": None}),)),
        "with a deadline": (False, (Write(carol, {"deadlines": {"redemptionExpiry": _NOON}}),)),
        "with a session": (False, (Write(carol, {"activeSessionId": "s1"}),)),
        "with an unknown field": (False, (Write(carol, {**_PROFILE, "role": "admin"}),)),
        "with a wrong type": (False, (Write(carol, {**_PROFILE, "displayName": 7}),)),
        "with an incremented wallet": (
            False,
            (Write(carol, _PROFILE, transforms=(increment("wallet.credits", 9),)),),
        ),
        "then with a wallet": (
            False,
            (Write(carol, _PROFILE), Write(carol, {"wallet": _WALLET}, mask=("wallet",))),
        ),
        "for another": (False, (Write("users/dave", _PROFILE),)),
    }
    for label, (allowed, writes) in creating.items():
        yield Case(f"create a profile {label}", "carol", _commit(*writes), allowed)
    yield Case("create a profile unsigned", "nobody", _commit(Write(carol, _PROFILE)), False)


def _patch(fields: dict[str, Any], *mask: str) -> Write:
    return Write("users/alice", fields, mask=mask)


def _transform(transform: dict[str, Any]) -> Write:
    return Write("users/alice", mask=(), transforms=(transform,))


_GOOD: dict[str, tuple[Any, ...]] = {
    "displayName": ("x", "x" * 100, "é" * 100, "名前", "😀 O'Hara-Núñez"),
    "photoUrl": (
        "https://example.com",
        "https://lh3.googleusercontent.com/a-/AOh14G?sz=96#top",
        "https://localhost:5000/p.png",
        "https://example.com/" + "p" * 2028,
    ),
    "locale": ("en", "pt-BR", "zh-Hant-TW", "en_GB", "de-DE-1996", "sl-rozaj-biske"),
    "timeZone": ("UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "America/Port-au-Prince"),
    "notifications": ({}, {"push": False}, {"email": True}, {"push": True, "email": True}),
}
_NOT_TEXT: tuple[Any, ...] = (None, 7, 1.5, True, ["x"], {"x": "x"}, b"x", _NOON, "")
_BAD: dict[str, tuple[Any, ...]] = {
    "displayName": (*_NOT_TEXT, "x" * 101, "😀" * 101, "x" * 100_000),
    "photoUrl": (
        *_NOT_TEXT,
        "https://",
        "http://example.com/p.png",
        "//example.com/p.png",
        "example.com/p.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "https://good.example@evil.example/",
        "https://exämple.com/",
        "https://example.com/a b",
        "https://example.com/\nhttps://example.com",
        "x https://example.com/",
        "https://example.com/" + "p" * 2029,
    ),
    "locale": (
        *_NOT_TEXT,
        "e",
        "englishes",
        "en-",
        "en GB",
        "en\n",
        "-en",
        "en-GB;q=1",
        "ён",
        "en-" + "a" * 9,
        "en" + "-abcdefgh" * 3 + "-abcdefg",
    ),
    "timeZone": (
        *_NOT_TEXT,
        "/UTC",
        "UTC/",
        "../../etc/passwd",
        "America/../UTC",
        "America//UTC",
        "A/B/C/D",
        "+05:00",
        "Europe/London ",
        "Еurope/London",  # noqa: RUF001 - a Cyrillic capital
        "Europe/" + "L" * 58,
    ),
    "notifications": (
        None,
        True,
        "push",
        ["push"],
        {"push": "yes"},
        {"push": None},
        {"email": 1},
        {"push": True, "email": {"daily": True}},
        {"sms": True},
        {"push": True, "email": True, "wallet": True},
    ),
}


def _profiles() -> Iterator[Case]:
    for name, values in _GOOD.items():
        for number, value in enumerate(values):
            act = _commit(_patch({name: value}, name))
            yield Case(f"{name} {number}: {_short(value)}", "alice", act, True)
        yield Case(f"{name}: remove", "alice", _commit(_patch({}, name)), True)
    for name, values in _BAD.items():
        for number, value in enumerate(values):
            act = _commit(_patch({name: value}, name))
            yield Case(f"bad {name} {number}: {_short(value)}", "alice", act, False)


def _short(value: Any) -> str:
    return ascii(value)[:40]
