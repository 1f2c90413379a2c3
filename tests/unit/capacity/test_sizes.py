"""Firestore's rules of size, on the examples of its own documentation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bench.capacity.sizes import ABSENT, document_bytes, entries, field_at, name_bytes
from tests.unit.indexes.plan import Index, Indexes, parse

PATH = "users/jeff/tasks/my_task_id"
TASK = {
    "type": "Personal",
    "done": False,
    "priority": 1,
    "description": "Learn Cloud Firestore",
}

DONE: Final = ("done", "asc")
PRIORITY: Final = ("priority", "asc")


def declared(*indexes: Mapping[str, Any], overrides: tuple[Mapping[str, Any], ...] = ()) -> Indexes:
    everything_off = {"collectionGroup": "tasks", "fieldPath": "*", "indexes": []}
    return parse({"indexes": list(indexes), "fieldOverrides": [everything_off, *overrides]})


def test_the_documented_document() -> None:
    assert name_bytes(PATH) == 44
    # 44 for its name, 71 for its fields, 32 more.
    assert document_bytes(PATH, TASK) == 147


def test_documented_index_entries() -> None:
    done = {
        "collectionGroup": "tasks",
        "fieldPath": "done",
        "indexes": [
            {"order": "ASCENDING", "queryScope": "COLLECTION"},
            {"order": "ASCENDING", "queryScope": "COLLECTION_GROUP"},
        ],
    }
    both = {
        "collectionGroup": "tasks",
        "queryScope": "COLLECTION",
        "fields": [
            {"fieldPath": "done", "order": "ASCENDING"},
            {"fieldPath": "priority", "order": "ASCENDING"},
        ],
    }
    found = dict(entries(PATH, TASK, declared(both, overrides=(done,))))
    assert found[Index("tasks", (DONE, PRIORITY))] == 112, "44 + 27 of the parent, 9 of values, 32"
    assert found[Index("tasks", (DONE,))] == 109, "44 + 27, 5 of the field's name, 1, 32"
    assert found[Index("tasks", (DONE,), group=True)] == 82, "without the parent"


def test_a_document_without_a_field_is_not_in_its_index() -> None:
    due = {
        "collectionGroup": "tasks",
        "fieldPath": "dueAt",
        "indexes": [{"order": "ASCENDING", "queryScope": "COLLECTION"}],
    }
    indexes = declared(overrides=(due,))
    assert list(entries(PATH, TASK, indexes)) == []
    assert len(list(entries(PATH, {"dueAt": None}, indexes))) == 1, "null is a value"


def test_every_type() -> None:
    fields = {
        "a": [1, True, "é"],  # 2 + 8 + 1 + 3
        "b": None,  # 2 + 1
        "c": datetime(2026, 2, 7, tzinfo=UTC),  # 2 + 8
        "d": 1.5,  # 2 + 8
        "e": b"xyz",  # 2 + 3
        "f": {"g": 7},  # 2 + (2 + 8 + 32)
    }
    assert document_bytes("a/b", fields) - document_bytes("a/b", {}) == 14 + 3 + 10 + 10 + 5 + 44
    with pytest.raises(TypeError, match="no complex"):
        document_bytes("a/b", {"x": 1j})


def test_fields_are_found_by_their_path() -> None:
    assert field_at({"native": {"lastCheckedAt": 7}}, "native.lastCheckedAt") == 7
    assert field_at({"native": None}, "native.lastCheckedAt") is ABSENT


def test_a_collection_that_is_indexed_by_default_is_refused() -> None:
    with pytest.raises(ValueError, match="no override"):
        list(entries("letters/1", {}, declared()))
