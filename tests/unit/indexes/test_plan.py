"""The planner against the examples of Firestore's own documentation, and this file's dangers."""

from dataclasses import replace
from typing import Literal

import pytest

from firetill.database import Query
from tests.unit.indexes.plan import Direction, Index, Indexes, idle, is_served, parse, unserved

Order = tuple[tuple[str, Direction], ...]
NONE = Indexes(frozenset(), {})


def composite(*fields: tuple[str, Direction]) -> Indexes:
    return Indexes(frozenset({Index("cities", fields)}), {})


def cities(
    *equal: str, above: str | None = None, order_by: Order = (), collection: str = "cities"
) -> Query:
    where: tuple[tuple[str, Literal["==", ">"], object], ...] = tuple(
        (name, "==", 1) for name in equal
    )
    if above is not None:
        where = (*where, (above, ">", 1))
    return Query(collection, 10, where=where, order_by=order_by)


BY_POPULATION: Order = (("population", "asc"),)


@pytest.mark.parametrize(
    "query",
    [
        cities(),
        cities("state"),
        cities("state", "country"),
        cities(order_by=BY_POPULATION),
        cities(order_by=(("population", "desc"),)),
        cities(above="population", order_by=BY_POPULATION),
        cities(above="population", order_by=(("population", "desc"),)),
        cities("a.b", "a.c"),
        cities("population", order_by=BY_POPULATION),
    ],
)
def test_what_automatic_indexes_serve(query: Query) -> None:
    assert is_served(query, NONE)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (
            cities("state", above="population", order_by=BY_POPULATION),
            composite(("state", "asc"), ("population", "asc")),
        ),
        (
            cities("state", order_by=(("population", "desc"),)),
            composite(("state", "asc"), ("population", "desc")),
        ),
        (
            cities(order_by=(("state", "asc"), ("population", "desc"))),
            composite(("state", "asc"), ("population", "desc")),
        ),
        (
            cities("a", "b", order_by=BY_POPULATION),
            composite(("b", "desc"), ("a", "asc"), ("population", "asc")),
        ),
    ],
)
def test_what_needs_a_composite_index(query: Query, index: Indexes) -> None:
    assert not is_served(query, NONE)
    assert is_served(query, index)
    assert idle([query], index) == []


@pytest.mark.parametrize(
    "fields",
    [
        (("state", "asc"), ("population", "desc")),
        (("population", "asc"), ("state", "asc")),
        (("state", "asc"), ("capital", "asc"), ("population", "asc")),
        (("state", "asc"), ("population", "asc"), ("capital", "asc")),
        (("population", "asc"),),
    ],
)
def test_an_index_that_almost_fits_does_not_serve(fields: Order) -> None:
    query = cities("state", above="population", order_by=BY_POPULATION)
    assert not is_served(query, composite(*fields))


def test_an_index_of_another_collection_does_not_serve() -> None:
    index = composite(("state", "asc"), ("population", "asc"))
    query = cities("state", order_by=BY_POPULATION)
    assert is_served(query, index)
    assert not is_served(cities("state", order_by=BY_POPULATION, collection="towns"), index)
    below = cities("state", order_by=BY_POPULATION, collection="lands/it/cities")
    assert is_served(below, index)


def test_indexes_with_one_sort_merge() -> None:
    query = cities("state", "capital", order_by=BY_POPULATION)
    by_state = Index("cities", (("state", "asc"), *BY_POPULATION))
    by_capital = Index("cities", (("capital", "asc"), *BY_POPULATION))
    both = Indexes(frozenset({by_state, by_capital}), {})
    assert is_served(query, both)
    assert idle([query], both) == []
    assert not is_served(query, both.without(by_state))
    other_way = Index("cities", (("capital", "asc"), ("population", "desc")))
    assert not is_served(query, Indexes(frozenset({by_state, other_way}), {}))


def test_an_exemption_takes_the_automatic_indexes_away() -> None:
    exempt = Indexes(frozenset(), {("cities", "population"): frozenset()})
    assert not is_served(cities("population"), exempt)
    assert not is_served(cities(order_by=BY_POPULATION), exempt)
    assert is_served(cities("state"), exempt)
    assert is_served(cities("population", collection="towns"), exempt)


def test_an_exempt_field_may_stand_in_a_composite_index() -> None:
    exempt = Indexes(
        frozenset({Index("cities", (("state", "asc"), *BY_POPULATION))}),
        {("cities", "population"): frozenset()},
    )
    assert is_served(cities("state", order_by=BY_POPULATION), exempt)


def test_the_nearest_override_decides() -> None:
    indexes = Indexes(
        frozenset(),
        {
            ("cities", "*"): frozenset(),
            ("cities", "map"): frozenset({"asc"}),
            ("cities", "map.deep"): frozenset({"desc"}),
        },
    )
    assert indexes.on_field("cities", "state") == frozenset()
    assert indexes.on_field("cities", "map.other") == {"asc"}
    assert indexes.on_field("cities", "map.deep.er") == {"desc"}
    assert indexes.on_field("towns", "state") == {"asc", "desc"}


def test_a_falling_index_does_not_give_rising_names() -> None:
    assert not is_served(cities("state"), Indexes(frozenset(), {("cities", "*"): frozenset()}))
    falling = Indexes(frozenset(), {("cities", "state"): frozenset({"desc"})})
    assert not is_served(cities("state"), falling)


def test_a_range_must_be_ordered() -> None:
    with pytest.raises(ValueError, match="population"):
        is_served(cities("state", above="population"), NONE)


def test_what_lacks_and_what_idles_is_named() -> None:
    query = cities("state", order_by=BY_POPULATION)
    spare = Index("cities", (("mayor", "asc"), *BY_POPULATION))
    needed = Index("cities", (("state", "asc"), *BY_POPULATION))
    assert unserved([query, cities()], NONE) == [query]
    assert idle([query], Indexes(frozenset({needed, spare}), {})) == [spare]
    override = {("cities", "mayor"): frozenset[Direction]({"asc"})}
    assert idle([query], Indexes(frozenset({needed}), override)) == [
        Index("cities", (("mayor", "asc"),))
    ]


def group(*equal: str, order_by: Order = ()) -> Query:
    return replace(cities(*equal, order_by=order_by), group=True)


def scoped(scope: str, *fields: str) -> Indexes:
    listed = [{"fieldPath": name, "order": "ASCENDING"} for name in fields]
    index = {"collectionGroup": "cities", "queryScope": scope, "fields": listed}
    return parse({"indexes": [index], "fieldOverrides": []})


def overridden(scope: str) -> Indexes:
    index = {"order": "ASCENDING", "queryScope": scope}
    override = {"collectionGroup": "cities", "fieldPath": "state", "indexes": [index]}
    return parse({"indexes": [], "fieldOverrides": [override]})


def test_an_index_serves_its_own_scope_alone() -> None:
    one, all_of_them = (
        cities("state", order_by=BY_POPULATION),
        group("state", order_by=BY_POPULATION),
    )
    for scope, served, unserved_query in (
        ("COLLECTION", one, all_of_them),
        ("COLLECTION_GROUP", all_of_them, one),
    ):
        index = scoped(scope, "state", "population")
        assert is_served(served, index)
        assert not is_served(unserved_query, index)
        assert idle([served], index) == []


def test_no_field_is_indexed_for_groups_by_default() -> None:
    assert is_served(cities("state"), NONE)
    assert not is_served(group("state"), NONE)
    assert not is_served(group("state"), overridden("COLLECTION"))
    assert is_served(group("state"), overridden("COLLECTION_GROUP"))
    assert not is_served(cities("state"), overridden("COLLECTION_GROUP"))
    assert is_served(group(), NONE)


def test_an_idle_group_index_is_named() -> None:
    declared = overridden("COLLECTION_GROUP")
    assert idle([group("state")], declared) == []
    assert idle([cities()], declared) == [Index("cities", (("state", "asc"),), group=True)]
