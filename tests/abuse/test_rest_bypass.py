"""Past the functions: Firestore's own REST interface, with a user's token, under the rules.

What `tests/rules` proves by `get`, `commit`, `runQuery` and counting is tried here by every other
method that the interface has.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from local.emulators import FirestoreEmulator
from tests.rules.client import signed_in
from tests.rules.project import RuledProject

RULES: Final = Path(__file__).parents[2] / "firestore.rules"
THEIRS: Final = (
    "users/bob",
    "users/bob/private/notes",
    "users/bob/items/ember_theme",
    "sessions/of-bob",
    "ledger/of-bob",
    "orders/of-bob",
    "paymentIntents/of-bob",
    "fulfillments/of-bob",
    "actions/of-bob",
    "notifications/of-bob",
    "events/gala/ragers/of-bob",
    "events/gala/scans/s1",
    "events/ball",
    "eventUsers/gala/users/bob",
    "eventStaff/gala/members/mia",
    "adminUsers/ada",
    *(f"{name}/of-alice" for name in ("stripeEvents", "operations", "customers", "ticketTokens")),
)
"""Under one rule each; the others of the server's own fall under the last rule, as these do."""

OWN: Final = (
    "users/alice",
    "ledger/of-alice",
    "orders/of-alice",
    "eventUsers/gala/users/alice",
    "adminUsers/alice",
    "eventStaff/gala/members/alice",
)
"""What Alice may read, if anything, and not write."""

NINE: Final = {"mapValue": {"fields": {"credits": {"integerValue": "999999"}}}}
GRANTED: Final = {"wallet": NINE, "role": {"stringValue": "supervisor"}}


@dataclass
class Attacker:
    """Alice, with a client of her own making."""

    http: httpx.Client
    root: str
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        return self.http.request(
            method, f"/v1/{path}", json=body, params=params, headers=self.headers
        )

    def call(self, verb: str, body: Any, parent: str = "") -> httpx.Response:
        at = f"{self.root}/{parent}" if parent else self.root
        return self.ask("POST", f"{at}:{verb}", body)

    def name(self, path: str) -> str:
        return f"{self.root}/{path}"


@pytest.fixture(scope="module")
def project(firestore_emulator: FirestoreEmulator) -> Iterator[tuple[httpx.Client, str]]:
    name = f"demo-{uuid.uuid4().hex[:20]}"
    with httpx.Client(base_url=firestore_emulator.url, timeout=30) as http:
        RuledProject(http, name, RULES.read_text())
        yield http, name


@pytest.fixture
def alice(project: tuple[httpx.Client, str]) -> Attacker:
    http, name = project
    root = f"projects/{name}/databases/(default)/documents"
    return Attacker(http, root, {"Authorization": signed_in(name, "alice")})


@pytest.fixture
def owner(alice: Attacker) -> Attacker:
    """Whom the rules do not bind: sees what really is there."""
    return Attacker(alice.http, alice.root, {"Authorization": "Bearer owner"})


def _denied(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and "PERMISSION_DENIED" in answer.text


READS: Final[dict[str, Callable[[Attacker, str], httpx.Response]]] = {
    "get with a mask": lambda alice, path: alice.ask(
        "GET", alice.name(path), **{"mask.fieldPaths": "userId"}
    ),
    "get with an empty mask": lambda alice, path: alice.ask(
        "GET", alice.name(path), **{"mask.fieldPaths": "__name__"}
    ),
    "batchGet": lambda alice, path: alice.call("batchGet", {"documents": [alice.name(path)]}),
    "batchGet beside one's own": lambda alice, path: alice.call(
        "batchGet", {"documents": [alice.name("users/alice"), alice.name(path)]}
    ),
    "batchGet in a new transaction": lambda alice, path: alice.call(
        "batchGet", {"documents": [alice.name(path)], "newTransaction": {"readOnly": {}}}
    ),
    "list with a mask": lambda alice, path: alice.ask(
        "GET", alice.name(path.rpartition("/")[0]), **{"mask.fieldPaths": "userId", "pageSize": 1}
    ),
    "list with what is missing": lambda alice, path: alice.ask(
        "GET", alice.name(path.rpartition("/")[0]), showMissing="true"
    ),
    "query by name": lambda alice, path: _query(
        alice,
        path,
        where={
            "fieldFilter": {
                "field": {"fieldPath": "__name__"},
                "op": "EQUAL",
                "value": {"referenceValue": alice.name(path)},
            }
        },
    ),
    "query for names alone": lambda alice, path: _query(
        alice, path, select={"fields": [{"fieldPath": "__name__"}]}
    ),
    "query with an offset": lambda alice, path: _query(alice, path, offset=1, limit=1),
    "query of the collection group": lambda alice, path: alice.call(
        "runQuery",
        {
            "structuredQuery": {
                "from": [{"collectionId": path.split("/")[-2], "allDescendants": True}]
            }
        },
    ),
    "list of what is below": lambda alice, path: alice.call("listCollectionIds", {}, path),
    "a sum": lambda alice, path: alice.call(
        "runAggregationQuery",
        {
            "structuredAggregationQuery": {
                "structuredQuery": {"from": [{"collectionId": path.split("/")[-2]}]},
                "aggregations": [{"sum": {"field": {"fieldPath": "wallet.credits"}}}],
            }
        },
        "/".join(path.split("/")[:-2]),
    ),
}


def _query(alice: Attacker, path: str, **more: Any) -> httpx.Response:
    collection = path.split("/")[-2]
    structured = {"from": [{"collectionId": collection}], **more}
    return alice.call("runQuery", {"structuredQuery": structured}, "/".join(path.split("/")[:-2]))


@pytest.mark.parametrize("way", READS)
def test_reading_what_is_not_hers(way: str, alice: Attacker) -> None:
    for path in THEIRS:
        if path == "events/ball" and way == "list of what is below":
            continue
        answer = READS[way](alice, path)
        assert _denied(answer), (path, answer.status_code, answer.text[:300])


def _in_transaction(alice: Attacker, path: str) -> httpx.Response:
    begun = alice.call("beginTransaction", {"options": {"readWrite": {}}})
    update = {"update": {"name": alice.name(path), "fields": GRANTED}}
    transaction = begun.json().get("transaction")
    return alice.call("commit", {"writes": [update], "transaction": transaction})


WRITES: Final[dict[str, Callable[[Attacker, str], httpx.Response]]] = {
    "patch": lambda alice, path: alice.ask("PATCH", alice.name(path), {"fields": GRANTED}),
    "patch of one balance": lambda alice, path: alice.ask(
        "PATCH",
        alice.name(path),
        {"fields": {"wallet": NINE}},
        **{"updateMask.fieldPaths": "wallet.credits"},
    ),
    "patch of what is not there": lambda alice, path: alice.ask(
        "PATCH", alice.name(path), {"fields": {}}, **{"updateMask.fieldPaths": "wallet"}
    ),
    "patch if it is there": lambda alice, path: alice.ask(
        "PATCH",
        alice.name(path),
        {"fields": GRANTED},
        **{"currentDocument.exists": "true", "updateMask.fieldPaths": "role"},
    ),
    "create": lambda alice, path: alice.ask(
        "POST",
        alice.name(path.rpartition("/")[0]),
        {"fields": GRANTED},
        documentId=f"new-{uuid.uuid4().hex[:8]}",
    ),
    "delete": lambda alice, path: alice.ask("DELETE", alice.name(path)),
    "batchWrite": lambda alice, path: _batch(
        alice, {"update": {"name": alice.name(path), "fields": GRANTED}}
    ),
    "batchWrite of a delete": lambda alice, path: _batch(alice, {"delete": alice.name(path)}),
    "commit of a transform": lambda alice, path: alice.call(
        "commit",
        {
            "writes": [
                {
                    "transform": {
                        "document": alice.name(path),
                        "fieldTransforms": [
                            {"fieldPath": "wallet.credits", "increment": {"integerValue": "9"}}
                        ],
                    }
                }
            ]
        },
    ),
    "commit of transforms with an update": lambda alice, path: alice.call(
        "commit",
        {
            "writes": [
                {
                    "update": {"name": alice.name(path), "fields": {}},
                    "updateMask": {"fieldPaths": []},
                    "updateTransforms": [
                        {"fieldPath": "wallet.credits", "maximum": {"integerValue": "999999"}},
                        {"fieldPath": "deadlines.redemptionExpiry", "setToServerValue": 1},
                    ],
                }
            ]
        },
    ),
    "commit in a transaction": _in_transaction,
}


def _batch(alice: Attacker, write: dict[str, Any]) -> httpx.Response:
    return alice.call("batchWrite", {"writes": [write]})


@pytest.mark.parametrize("way", WRITES)
def test_writing_what_is_the_servers(way: str, alice: Attacker, owner: Attacker) -> None:
    before = _everything(owner)
    for path in (*THEIRS, *OWN):
        answer = WRITES[way](alice, path)
        refused = _denied(answer) or '"code": 7' in answer.text
        assert refused, (path, answer.status_code, answer.text[:300])
    assert _everything(owner) == before


def _everything(owner: Attacker) -> dict[str, Any]:
    names = [owner.name(path) for path in (*THEIRS, *OWN)]
    found = owner.call("batchGet", {"documents": names}).json()
    assert len(found) == len(names)
    return {
        one["found"]["name"] if "found" in one else one["missing"]: one.get("found")
        for one in found
    }


@pytest.mark.parametrize(
    "trick",
    [
        "users/alice/../bob",
        "users/alice/%2e%2e/bob",
        "users/alice%2F..%2Fbob",
        "users//bob",
        "users/%62ob",
        "users/bob/",
        "users/bob%00",
        "./users/bob",
        "users/alice;/../bob",
    ],
)
def test_tricks_with_paths(trick: str, alice: Attacker) -> None:
    answer = alice.http.get(f"/v1/{alice.root}/{trick}", headers=alice.headers)
    assert answer.status_code in {400, 403, 404}, answer.text
    assert "displayName" not in answer.text
    assert "wallet" not in answer.text


@pytest.mark.parametrize("database", ["(default)", "other", "..", ""])
def test_other_databases(database: str, alice: Attacker) -> None:
    root = alice.root.replace("(default)", database)
    answer = alice.ask("GET", f"{root}/users/bob")
    assert answer.status_code in {400, 403, 404}, answer.text
