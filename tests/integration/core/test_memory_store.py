"""The store in memory answers as the emulator does, commit by commit and query by query."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from firetill.database import Conflict, Query, Snapshot, Store, Write
from tests.simulation.memory_store import MemoryStore

PATHS = [f"a/{number}" for number in range(4)]
VALUES = [
    None, False, True, -5, 0, 0.0, 1, 0.5, "", "a", "ä", "b", [1, {"x": 2}], (1, "t"),
    {"x": {"y": 1}}, b"\x01", datetime(2026, 2, 7, 1, 2, 3, 456, UTC),
]  # fmt: skip


class Pair:
    """The same requests to both, with versions that each gave itself."""

    def __init__(self, emulator: Store) -> None:
        self.stores: tuple[Store, Store] = (emulator, MemoryStore())
        self.seen: list[tuple[list[Snapshot], list[Snapshot]]] = []

    def read(self) -> None:
        emulator, memory = (store.read(PATHS, seconds=5) for store in self.stores)
        assert [one.data for one in memory] == [one.data for one in emulator]
        for before_emulator, before_memory in self.seen:
            unchanged = _unchanged(before_emulator, emulator)
            assert _unchanged(before_memory, memory) == unchanged
        self.seen.append((emulator, memory))

    def commit(self, planned: list[dict[str, Any]]) -> bool:
        outcomes = [
            self._commit(store, [_write(plan, self.seen[plan["read"]][index]) for plan in planned])
            for index, store in enumerate(self.stores)
        ]
        assert outcomes[0] == outcomes[1], planned
        return outcomes[0]

    @staticmethod
    def _commit(store: Store, writes: list[Write]) -> bool:
        try:
            versions = store.commit(writes, seconds=5)
        except Conflict:
            return False
        for write, version in zip(writes, versions, strict=True):
            if write.kind == "put":
                assert store.read([write.path], seconds=5)[0].version == version
        return True


def _unchanged(before: list[Snapshot], after: list[Snapshot]) -> list[bool]:
    return [old.version == new.version for old, new in zip(before, after, strict=True)]


def _write(plan: dict[str, Any], read: list[Snapshot]) -> Write:
    """Make a write whose precondition rests on one of the earlier reads."""
    snapshot = read[plan["path"]]
    guard = plan["guard"]
    version = snapshot.version if guard == "read" else None
    exists = {"read": None if snapshot.exists else False, "there": True, "absent": False}.get(guard)
    if plan["kind"] != "put":
        return Write(snapshot.path, plan["kind"], version=version, exists=exists)
    return Write(snapshot.path, "put", plan["fields"], plan["mask"], version=version, exists=exists)


def _plan(rng: random.Random, path: int, reads: int) -> dict[str, Any]:
    kind = rng.choice(["put", "put", "put", "delete", "check"])
    fields = {name: rng.choice(VALUES) for name in "xyz" if rng.random() < 0.6}
    mask = tuple(name for name in "xyz" if rng.random() < 0.5)
    if rng.random() < 0.5:
        fields, mask = {name: fields[name] for name in fields if name in mask}, mask or ("x",)
    else:
        mask = None  # type: ignore[assignment]  # no mask means the whole document
    guards = ["read", "there", "absent"] if kind == "check" else ["read", "read", "there", "none"]
    return {
        "path": path,
        "kind": kind,
        "fields": fields,
        "mask": mask,
        "guard": rng.choice(guards),
        "read": rng.randrange(max(0, reads - 2), reads),
    }


@pytest.mark.parametrize("seed", range(4))
def test_random_commits_leave_the_same(store: Store, seed: int) -> None:
    rng, pair = random.Random(seed), Pair(store)
    pair.read()
    outcomes = []
    for _ in range(100):
        paths = rng.sample(range(len(PATHS)), rng.randint(1, 3))
        outcomes.append(pair.commit([_plan(rng, path, len(pair.seen)) for path in paths]))
        pair.read()
    assert 15 < sum(outcomes) < 85, "either the commits or the conflicts were hardly tried"


def test_random_queries_find_the_same(store: Store) -> None:
    rng = random.Random(0)
    stores = (store, MemoryStore())
    noon = datetime(2026, 2, 7, 12, tzinfo=UTC)
    comparable: dict[str, list[Any]] = {
        "n": [None, True, -1, 0, 1, 1.5, 2, "", "a", "ä", "b", noon, b"", b"a\xff",
              [], [1, "a"], [1], [2], {}, {"a": 1}, {"a": 1, "b": 0}, {"b": -1}],
        "at": [noon + timedelta(microseconds=step) for step in (0, 1, 500, 10**6)],
        "kind": ["x", "y"],
    }  # fmt: skip
    writes = [
        Write(
            f"{rng.choice(['', '', 'b/1/', 'b/2/'])}a/{number:03}",
            "put",
            {name: rng.choice(values) for name, values in comparable.items() if rng.random() < 0.9},
        )
        for number in range(60)
    ]
    for each in stores:
        each.commit(writes, seconds=5)
    for _ in range(150):
        query = _random_query(rng, comparable)
        pages = [each.query(query, seconds=5) for each in stores]
        while True:
            emulator, memory = ([(one.path, one.data) for one in page] for page in pages)
            assert memory == emulator, query
            if len(memory) < query.limit:
                break
            query = Query(
                query.collection, query.limit, query.where, query.order_by,
                start_after=query.cursor(pages[1][-1]), group=query.group,
            )  # fmt: skip
            pages = [each.query(query, seconds=5) for each in stores]


def _random_query(rng: random.Random, comparable: dict[str, list[Any]]) -> Query:
    ordered = rng.choice(["n", "at"])
    where: list[Any] = []
    if rng.random() < 0.7:
        bound = rng.choice([value for value in comparable[ordered] if value is not None])
        where.append((ordered, rng.choice(["<", "<=", ">", ">="]), bound))
    if rng.random() < 0.5:
        where.append(("kind", "==", rng.choice(comparable["kind"])))
    order: list[Any] = [(ordered, rng.choice(["asc", "desc"]))]
    if rng.random() < 0.4:
        order.append(("kind", rng.choice(["asc", "desc"])))
    limit, group = rng.randint(1, 25), rng.random() < 0.5
    return Query("a", limit, tuple(where), tuple(order), group=group)
