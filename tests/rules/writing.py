"""What clients try to write, apart from the values of their profile."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.client_queries import OWNED
from tests.rules.case import NOON, SERVERS_OWN, WALLET, Case, commit
from tests.rules.client import Write, array_union, increment, server_time

_PROFILE = {
    "displayName": "Alice",
    "photoUrl": "https://example.com/alice.png",
    "locale": "en-GB",
    "timeZone": "Europe/London",
    "notifications": {"push": True, "email": False},
}


def writing() -> Iterator[Case]:
    """Yield the cases that write."""
    yield from _elsewhere()
    yield from _renaming()
    yield from _leaving()
    yield from _overreaching()
    yield from _creating()


def _elsewhere() -> Iterator[Case]:
    for name in (
        *OWNED,
        *SERVERS_OWN,
        "usernames",
        "users/alice/items",
        "jobs/of-alice/runs",
        "anything",
    ):
        create = Write(f"{name}/new", {"userId": "alice"}, exists=False)
        change = Write(f"{name}/of-alice", {"status": "COMPLETED"}, mask=("status",))
        add = Write(f"{name}/of-alice", mask=(), transforms=(increment("amount", 1),))
        remove = Write(f"{name}/of-alice", delete=True)
        yield Case(f"{name}: create", "alice", commit(create), False)
        yield Case(f"{name}: change", "alice", commit(change), False)
        yield Case(f"{name}: increment", "alice", commit(add), False)
        yield Case(f"{name}: delete", "alice", commit(remove), False)


def _renaming() -> Iterator[Case]:
    rename = _patch({"displayName": "A."}, "displayName")
    yield Case("rename oneself", "alice", commit(rename), True)
    yield Case("rename another", "bob", commit(rename), False)
    yield Case("anonymous rename", "alice_anonymously", commit(rename), True)
    yield Case("rename with claims", "bob_with_claims", commit(rename), False)
    yield Case("rename without a token", "nobody", commit(rename), False)


def _leaving() -> Iterator[Case]:
    rename = Write("users/mel", {"displayName": "Mel"}, mask=("displayName",))
    yield Case("rename an account that is being deleted", "mel", commit(rename), False)
    stay = Write("users/mel", mask=("deleting",))
    yield Case("stay although being deleted", "mel", commit(stay), False)
    leave = Write("users/alice", {"deleting": True}, mask=("deleting",))
    yield Case("mark oneself as being deleted", "alice", commit(leave), False)


def _overreaching() -> Iterator[Case]:
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
        "take a username": (_patch({"username": "ada"}, "username"),),
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
        yield Case(label, "alice", commit(*writes), False)


def _creating() -> Iterator[Case]:
    carol = "users/carol"
    creating: dict[str, tuple[bool, tuple[Write, ...]]] = {
        "whole": (True, (Write(carol, _PROFILE),)),
        "strictly new": (True, (Write(carol, _PROFILE, exists=False),)),
        "in part": (True, (Write(carol, {"displayName": "Carol"}),)),
        "empty": (True, (Write(carol),)),
        "with a wallet": (False, (Write(carol, {**_PROFILE, "wallet": WALLET}),)),
        "with an empty wallet": (False, (Write(carol, {**_PROFILE, "wallet": {}}),)),
        "with a null wallet": (False, (Write(carol, {**_PROFILE, "wallet": None}),)),
        "with a deadline": (False, (Write(carol, {"deadlines": {"redemptionExpiry": NOON}}),)),
        "with a session": (False, (Write(carol, {"activeSessionId": "s1"}),)),
        "with a username": (False, (Write(carol, {**_PROFILE, "username": "ada"}),)),
        "with an unknown field": (False, (Write(carol, {**_PROFILE, "role": "admin"}),)),
        "with a wrong type": (False, (Write(carol, {**_PROFILE, "displayName": 7}),)),
        "with an incremented wallet": (
            False,
            (Write(carol, _PROFILE, transforms=(increment("wallet.credits", 9),)),),
        ),
        "then with a wallet": (
            False,
            (Write(carol, _PROFILE), Write(carol, {"wallet": WALLET}, mask=("wallet",))),
        ),
        "for another": (False, (Write("users/dave", _PROFILE),)),
    }
    for label, (allowed, writes) in creating.items():
        yield Case(f"create a profile {label}", "carol", commit(*writes), allowed)
    yield Case("create a profile unsigned", "nobody", commit(Write(carol, _PROFILE)), False)


def _patch(fields: dict[str, Any], *mask: str) -> Write:
    return Write("users/alice", fields, mask=mask)


def _transform(transform: dict[str, Any]) -> Write:
    return Write("users/alice", mask=(), transforms=(transform,))
