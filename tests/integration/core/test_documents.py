"""Documents and queries through the whole store, on the emulator."""

from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from firetill.database import Conflict, Database, Query, Store, Transaction, Write

EVERY_TYPE = {
    "null": None,
    "yes": True,
    "whole": -(2**63),
    "fraction": 1.5,
    "text": "Grüße 🎟",
    "bytes": b"\x00\xff",
    "instant": datetime(2026, 2, 7, 9, 30, 0, 123456, UTC),
    "list": [1, "two", {"three": []}],
    "map": {"world:stripe": -5, "empty": {}},
}


def test_every_type_is_kept(store: Store) -> None:
    store.commit([Write("a/1", "put", EVERY_TYPE)], seconds=5)
    assert store.read(["a/1"], seconds=5)[0].data == EVERY_TYPE


@pytest.mark.parametrize(
    "name", ["with.dot", "with-dash", "1st", "`tick`", "back\\slash", "ü", " "]
)
def test_a_merge_takes_a_field_s_name_as_it_is(database: Database, name: str) -> None:
    def merge(tx: Transaction, value: int) -> None:
        tx.get("a/1")
        tx.merge("a/1", {name: value})

    for value in (1, 2):
        database.run_transaction(lambda tx, value=value: merge(tx, value))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    assert database.get("a/1")[0].data == {name: 2}


def test_documents_come_in_the_order_asked(store: Store) -> None:
    store.commit([Write(f"a/{n}", "put", {"n": n}) for n in range(30)], seconds=5)
    asked = [f"a/{n}" for n in (7, 3, 99, 29, 3, 0, 12)]
    assert [found.path for found in store.read(asked, seconds=5)] == asked


def test_the_same_read_gives_the_same_version_and_a_change_another(store: Store) -> None:
    store.commit([Write("a/1", "put", {"n": 1})], seconds=5)
    [first], [again] = store.read(["a/1"], seconds=5), store.read(["a/1"], seconds=5)
    assert first.version == again.version
    store.commit([Write("a/1", "put", {"n": 2}, version=first.version)], seconds=5)
    assert store.read(["a/1"], seconds=5)[0].version != first.version


def test_a_commit_with_one_broken_precondition_does_nothing_of_itself(store: Store) -> None:
    store.commit([Write("a/1", "put", {"n": 1})], seconds=5)
    writes = [Write("a/2", "put", {}), Write("a/1", "check", exists=False)]
    with pytest.raises(Conflict):
        store.commit(writes, seconds=5)
    assert not store.read(["a/2"], seconds=5)[0].exists
    assert store.read(["a/1"], seconds=5)[0].exists


@pytest.mark.parametrize("page", [1, 2, 3, 50])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_by_cursor_give_each_document_once(
    store: Store, database: Database, page: int, direction: Literal["asc", "desc"]
) -> None:
    """Ties in the ordered field are many, so that only the name can break them."""
    writes = [
        Write(f"a/{number:02}", "put", {"rank": {"of": number % 3}, "kind": "x"})
        for number in range(11)
    ]
    other = Write("a/other", "put", {"rank": {"of": 1}, "kind": "y"})
    store.commit([*writes, other], seconds=5)
    expected = sorted(((n % 3, f"a/{n:02}") for n in range(11)), reverse=direction == "desc")

    found: list[Any] = []
    cursor = None
    while True:
        query = Query(
            "a",
            page,
            where=(("kind", "==", "x"), ("rank.of", ">=", 0)),
            order_by=(("rank.of", direction),),
            start_after=cursor,
        )
        snapshots = database.query(query)
        found += [((one.data or {})["rank"]["of"], one.path) for one in snapshots]
        if len(snapshots) < page:
            break
        cursor = query.cursor(snapshots[-1])
    assert found == expected


def test_a_query_looks_into_its_own_collection_alone(store: Store, database: Database) -> None:
    store.commit(
        [Write(path, "put", {}) for path in ("a/1", "a/1/b/2", "a/3/b/4", "b/5")], seconds=5
    )
    assert [one.path for one in database.query(Query("a/1/b", 9))] == ["a/1/b/2"]
    assert [one.path for one in database.query(Query("b", 9))] == ["b/5"]
