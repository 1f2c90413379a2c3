"""`firestore.indexes.json` holds what the code's queries need, and no more.

The emulator answers any query, so only this keeps production from refusing one.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from firetill.database import Query
from tests.client_queries import (
    client_queries,
    operator_queries,
    public_queries,
    staff_queries,
)
from tests.unit.indexes import console, queries
from tests.unit.indexes.modelled import documents
from tests.unit.indexes.plan import idle, load, unserved
from tests.unit.indexes.queries import Site

ROOT = Path(__file__).parents[3]
FILE = ROOT / "firestore.indexes.json"
INDEXES = load(FILE)
DOCUMENTS = list(documents(queries.SOURCE / "firetill"))

GROWING = {
    "ledger": ("createdAt", "seq", "metadata", "legs", "balanceAfter", "hash", "prevHash"),
    "sessions": ("startTime", "endTime", "native.lastCheckedAt", "native.evidence", "settlement"),
    "paymentIntents": ("createdAt", "updatedAt", "disputes"),
    "checkoutSessions": ("createdAt", "updatedAt"),
    "orders": ("createdAt", "updatedAt", "expiresAt", "status", "lines", "stripeDue"),
    "fulfillments": ("createdAt", "lines"),
    "notifications": ("createdAt", "sentAt", "expiresAt", "data", "channels"),
    "actions": ("createdAt", "finishedAt", "expiresAt", "input", "output", "context", "status"),
    "savedReplies": ("createdAt", "text"),
    "operations": ("createdAt", "fingerprint", "intent", "result"),
    "stripeEvents": ("receivedAt", "processedAt", "nextAttemptAt", "expiresAt", "payload"),
    "users": ("wallet.seq", "wallet.head", "wallet.credits"),
}
"""Fields that rise with time or hold much. An index on one alone is a hot spot or a waste."""


def all_queries() -> list[Query]:
    in_code = [query for site in queries.sites() for query in queries.built_at(site)]
    clients = [*client_queries("alice"), *public_queries(), *staff_queries("gala")]
    return [*in_code, *clients, *operator_queries("alice", "gala")]


def test_every_query_has_its_index() -> None:
    assert unserved(all_queries(), INDEXES) == []


def test_every_list_of_the_console_has_its_index() -> None:
    found = list(console.queries())
    assert len(found) > 10, "the console lists more than that"
    assert unserved(found, INDEXES) == []


def test_every_list_of_the_console_is_among_those_that_the_rules_are_tried_on() -> None:
    known = {console.shape(one) for one in all_queries()}
    assert [one for one in console.queries() if console.shape(one) not in known] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            """query(collection(f, "events", eventId, "scans"), where("at", ">=", since),
                orderBy("at", "desc"), limit(MOST))""",
            Query("scans", 1, where=(("at", ">=", None),), order_by=(("at", "desc"),)),
        ),
        (
            'query(collectionGroup(f, "ragers"), where("userId", "==", userId))',
            Query("ragers", 1, where=(("userId", "==", None),), group=True),
        ),
        (
            'query(collection(f, "metrics"), orderBy(documentId()), startAt(day))',
            Query("metrics", 1),
        ),
        (
            'query(\n  collection(f, "jobs"),\n  orderBy("a"),\n), orderBy("b")',
            Query("jobs", 1, order_by=(("a", "asc"),)),
        ),
    ],
)
def test_a_list_of_the_console_is_read_from_its_code(text: str, expected: Query) -> None:
    assert list(console.queries_in(f"const live = {text};")) == [expected]


def test_without_any_one_index_some_query_lacks_it() -> None:
    """So no index is idle, and none can get lost unnoticed."""
    assert len(list(INDEXES.declared())) > 10
    assert idle(all_queries(), INDEXES) == []


@pytest.mark.parametrize("site", queries.sites(), ids=lambda s: f"{s.module}.{s.function}")
def test_queries_are_made_by_functions_of_a_repository(site: Site) -> None:
    assert site.path.name == "repository.py" or site.module == "firetill.operations"
    assert site.function is not None
    beside = [each for each in queries.sites() if each.path == site.path]
    assert [each.function for each in beside].count(site.function) == 1
    for query in queries.built_at(site):
        assert isinstance(query, Query)


def test_queries_are_found_under_their_name() -> None:
    assert queries.aliases() == []
    assert len(queries.sites()) >= 6


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("def f():\n    return Query('a', 1)", "f"),
        ("def f():\n    return database.Query('a', 1)", "f"),
        ("def f():\n    def g():\n        return Query('a', 1)", "f"),
        ("PAGE = Query('a', 1)", None),
        ("class A:\n    def f(self):\n        return Query('a', 1)", None),
    ],
)
def test_the_search_finds_each_form(tmp_path: Path, text: str, function: str | None) -> None:
    path = tmp_path / "service.py"
    path.write_text(text)
    assert [site.function for site in queries.sites(tmp_path)] == [function]


def test_the_search_finds_another_name(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text("from firetill.database import Query as Q")
    assert queries.aliases(tmp_path) == ["service.py:1"]


@pytest.mark.parametrize(
    ("collection", "field"),
    [(collection, field) for collection, fields in GROWING.items() for field in fields],
)
def test_no_growing_field_is_indexed_alone(collection: str, field: str) -> None:
    assert INDEXES.on_field(collection, field) == frozenset()


def test_expired_documents_go_by_themselves() -> None:
    expiring = {each.collection for each in DOCUMENTS if "expires_at" in each.fields}
    expiring.remove("orders")  # it is the order that expires, not the document
    expiring.add("operations")  # written without a model, since their results differ
    assert "stripeEvents" in expiring
    assert {(collection, "expiresAt") for collection in expiring} == INDEXES.expiring


def test_no_collection_is_indexed_by_default() -> None:
    known = {each.collection for each in DOCUMENTS} | {
        query.collection.rpartition("/")[2] for query in all_queries()
    }
    assert known >= {"users", "ledger", "sessions", "stripeEvents"}
    assert known <= {collection for collection, path in INDEXES.overrides if path == "*"}


def test_firebase_accepts_the_file() -> None:
    assert _validate(json.loads(FILE.read_text())) == ""


def test_firebase_refuses_a_broken_file() -> None:
    spec = json.loads(FILE.read_text())
    spec["fieldOverrides"][0]["ttl"] = "yes"
    assert '"ttl" must be of type boolean' in _validate(spec)


def _validate(spec: Mapping[str, Any]) -> str:
    """Return what the installed firebase-tools has against a file that it is to deploy."""
    script = """
        const {FirestoreApi} = require('firebase-tools/lib/firestore/api');
        const api = new FirestoreApi();
        try { api.validateSpec(api.upgradeOldSpec(JSON.parse(process.argv[1]))); }
        catch (error) { console.log(error.message); }
    """
    command = ["node", "--eval", script, json.dumps(spec)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
