"""Which indexes Firestore needs for a query, by its documented rules, and what a file declares.

- Without an override every field has an index in each direction; an override of the field, of a
  map around it, or of `*` says which of them are left.
- A composite index serves a query if it begins with fields compared by `==`, in any order and
  direction, and ends with exactly the fields of the sort, in order and direction. Firestore
  scans no index backwards.
- Several indexes with the same sort merge, if together they hold all fields compared by `==`.
- The document's name ends every index, in the direction of the last field before it.
- A query over all collections of an id is served only by indexes of that scope, which no field has
  without an override; and those serve no query over one collection.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from firetill.database import Query

Direction = Literal["asc", "desc"]
_DIRECTIONS: Mapping[str, Direction] = {"ASCENDING": "asc", "DESCENDING": "desc"}


@dataclass(frozen=True)
class Index:
    """An index of one collection, or of all that share its id if it is for a `group`.

    With one field it is a single-field index.
    """

    collection: str
    fields: tuple[tuple[str, Direction], ...]
    group: bool = False


Overrides = Mapping[tuple[str, str], frozenset[Direction]]
"""Collection and field, and the directions in which it is indexed on its own."""


@dataclass(frozen=True)
class Indexes:
    """What `firestore.indexes.json` declares; `grouped` are the overrides of group scope."""

    composites: frozenset[Index]
    overrides: Overrides
    grouped: Overrides = field(default_factory=dict)
    expiring: frozenset[tuple[str, str]] = frozenset()
    """Collection and field of each TTL policy."""

    def on_field(self, collection: str, path: str, *, group: bool = False) -> frozenset[Direction]:
        """Return the directions in which one field is indexed on its own."""
        overrides = self.grouped if group else self.overrides
        parts = path.split(".")
        around = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
        for overridden in (*around, "*"):
            if (collection, overridden) in overrides:
                return overrides[collection, overridden]
        return frozenset() if group else frozenset(("asc", "desc"))

    def declared(self) -> Iterator[Index]:
        """Yield each index that the file asks for."""
        yield from self.composites
        for group, overrides in ((False, self.overrides), (True, self.grouped)):
            for (collection, path), directions in overrides.items():
                for direction in directions:
                    yield Index(collection, ((path, direction),), group)

    def without(self, index: Index) -> "Indexes":
        """Return the same without one declared index."""
        if index in self.composites:
            return replace(self, composites=self.composites - {index})
        [(path, direction)] = index.fields
        key = (index.collection, path)
        if index.group:
            return replace(self, grouped={**self.grouped, key: self.grouped[key] - {direction}})
        return replace(self, overrides={**self.overrides, key: self.overrides[key] - {direction}})


def load(path: Path) -> Indexes:
    """Read a `firestore.indexes.json`."""
    return parse(json.loads(path.read_text()))


def parse(spec: Mapping[str, Any]) -> Indexes:
    """Read the content of a `firestore.indexes.json`."""
    return Indexes(
        frozenset(
            Index(
                each["collectionGroup"],
                tuple((part["fieldPath"], _DIRECTIONS[part["order"]]) for part in each["fields"]),
                group=each["queryScope"] == "COLLECTION_GROUP",
            )
            for each in spec["indexes"]
        ),
        overrides=_overrides(spec, "COLLECTION"),
        grouped=_overrides(spec, "COLLECTION_GROUP"),
        expiring=frozenset(
            (each["collectionGroup"], each["fieldPath"])
            for each in spec["fieldOverrides"]
            if each.get("ttl")
        ),
    )


def _overrides(spec: Mapping[str, Any], scope: str) -> Overrides:
    return {
        (each["collectionGroup"], each["fieldPath"]): frozenset(
            _DIRECTIONS[index["order"]]
            for index in each["indexes"]
            if index.get("queryScope", "COLLECTION") == scope
        )
        for each in spec["fieldOverrides"]
    }


def is_served(query: Query, indexes: Indexes) -> bool:
    """Tell whether production answers a query, or refuses it for want of an index.

    Raises:
        ValueError: a range is on a field that `order_by` leaves out, so that its cursor, which
            holds only ordered fields, could not continue it.
    """
    collection = query.collection.rpartition("/")[2]
    equal = {name for name, operator, _ in query.where if operator == "=="}
    sort = tuple((name, way) for name, way in query.order_by if name not in equal)
    ranges = {name for name, operator, _ in query.where if operator != "=="}
    if unordered := ranges - {name for name, _ in query.order_by}:
        raise ValueError(f"{collection}: {unordered} compared by range but not in order_by")
    if not equal and not sort:
        return True  # documents in the order of their names need no index
    heads = list(_heads(collection, equal, sort, indexes, group=query.group))
    return bool(heads) and set().union(*heads) == equal


def unserved(queries: Iterable[Query], indexes: Indexes) -> list[Query]:
    """Return the queries that lack an index."""
    return [query for query in queries if not is_served(query, indexes)]


def idle(queries: Iterable[Query], indexes: Indexes) -> list[Index]:
    """Return the declared indexes without which every query is still served."""
    queries = list(queries)
    return [each for each in indexes.declared() if not unserved(queries, indexes.without(each))]


def _heads(
    collection: str,
    equal: set[str],
    sort: tuple[tuple[str, Direction], ...],
    indexes: Indexes,
    *,
    group: bool,
) -> Iterator[set[str]]:
    """Yield, for each index that ends with `sort`, the fields before it, all compared by `==`."""
    single = [
        Index(collection, ((name, direction),), group)
        for name in equal | {name for name, _ in sort}
        for direction in indexes.on_field(collection, name, group=group)
    ]
    for index in (*indexes.composites, *single):
        cut = len(index.fields) - len(sort)
        names = {name for name, _ in index.fields[:cut]}
        # Without a sort the documents come by rising name, so the index has to end rising.
        ends_well = index.fields[cut:] == sort and (bool(sort) or index.fields[-1][1] == "asc")
        fits = (index.collection, index.group) == (collection, group)
        if fits and ends_well and names <= equal:
            yield names
