"""What a case is: one request by one caller, and the verdict that the rules owe it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.client_queries import OWNED
from tests.rules.client import Client, Write

SERVERS_OWN = (
    "stripeEvents",
    "operations",
    "jobs",
    "auditLog",
    "ledgerCheckpoints",
    "pairingCodes",
    "pushDevices",
    "customers",
    "usernameLooks",
    "usernameAttempts",
    "ticketTokens",
    "buyers",
    "consents",
    "deletions",
    "metrics",
    "metricsLanes",
    "rateLimits",
    "refusalCounts",
)
CALLERS: dict[str, dict[str, Any] | None] = {
    "alice": {},
    "bob": {},
    "carol": {},
    "alice_anonymously": {"firebase": {"sign_in_provider": "anonymous", "identities": {}}},
    "bob_with_claims": {"supervisor": True, "userId": "alice"},
    "nobody": None,
    "steward_of_gala": {"staff": ["opening", "gala"]},
    "steward_anywhere": {"staff": True},
    "steward_of_ball": {"staff": ["ball"]},
    "steward_by_map": {"staff": {"gala": True}},
    "steward_by_name": {"staff": "gala"},
    "head_of_gala": {"supervisor": ["gala"]},
    "head_anywhere": {"supervisor": True},
    "admin_by_claim": {"admin": True},
    "admin_by_word": {"admin": "true"},
    "ada": {},
    "mia": {},
    "max": {},
    "mel": {},
}
"""Each caller's additional claims; the uid is the name's first word."""

ADMINS = ("admin_by_claim", "ada")

WALLET = {"credits": 100, "lockedCredits": 0, "seq": 1}
NOON = datetime(2026, 2, 7, 12, tzinfo=UTC)
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
            "wallet": WALLET,
            "deadlines": {"redemptionExpiry": NOON},
            "activeSessionId": "s1",
        }
        yield f"users/{uid}", {**server_part, "displayName": uid, "locale": "en"}
        yield f"users/{uid}/private/notes", {"userId": uid}
        yield f"users/{uid}/items/ember_theme", {"itemId": "ember_theme", "quantity": 1}
        for collection in OWNED:
            yield f"{collection}/of-{uid}", {"userId": uid, "status": "ACTIVE", "createdAt": NOON}
    yield "users/mel", {"deleting": True}
    for collection in OWNED:
        yield f"{collection}/of-nobody", {"userId": None}
        yield f"{collection}/unmarked", {"status": "ACTIVE"}
        yield f"{collection}/of-alice/parts/1", {"userId": "alice"}
    for collection in (*SERVERS_OWN, "jobs/of-alice/runs", "reconciliations/gala/runs", "anything"):
        yield f"{collection}/of-alice", {"userId": "alice"}
    yield "usernames/ada", {"username": "ada", "userId": "alice"}
    yield from _on_sale()
    yield from _at_the_door()


def _on_sale() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is for sale, and what is not, or not yet."""
    for active, name in ((True, "gala"), (False, "ball")):
        yield f"events/{name}", {"name": name, "active": active, "quantity": 5}
        yield f"events/{name}/inventory/0", {"quantity": 5, "reserved": 0}
    for name, fields in (("poster", {"active": True}), ("old", {"active": False}), ("odd", {})):
        yield f"products/{name}", {"stock": 5, **fields}
        yield f"products/{name}/inventory/0", {"quantity": 5, "reserved": 0}


def _at_the_door() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield two events' tickets and scans, and who is whose staff.

    Mia is staff of the gala, Max its supervisor, Mel was staff once; Ada is an administrator.
    """
    for event in ("gala", "ball"):
        yield f"events/{event}/scans/s1", {"scanId": "s1", "userId": "alice", "at": NOON}
        yield f"events/{event}/conflicts/s1", {"scanId": "s1", "userId": "alice"}
        for uid in ("mia", "mel", "phone"):
            yield f"events/{event}/devices/{uid}", {"deviceId": uid, "pairedBy": "max"}
        for uid in ("alice", "bob"):
            yield f"events/{event}/ragers/of-{uid}", {"userId": uid, "code": "FT1"}
            yield f"eventUsers/{event}/users/{uid}", {"userId": uid, "totalTickets": 1}
    for uid, role in (("mia", "staff"), ("max", "supervisor"), ("mel", "former")):
        yield f"eventStaff/gala/members/{uid}", {"role": role}
    yield "adminUsers/ada", {}


def get(path: str) -> Act:
    return lambda client: client.get(path)


def commit(*writes: Write) -> Act:
    return lambda client: client.commit(*writes)


def query(structured: dict[str, Any], parent: str = "") -> Act:
    return lambda client: client.query(structured, parent)


def count(structured: dict[str, Any]) -> Act:
    return lambda client: client.count(structured)
