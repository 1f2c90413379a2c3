"""Transfers against each other, against scans and against refunds; with and without the guards."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from firetill.clock import system_clock
from firetill.database import Database, RetryPolicy, Store
from firetill.errors import Refusal
from firetill.tickets import batches
from firetill.tickets.transfer_model import Transferred
from tests.evening import EVENT, Evening
from tests.factories import at_once
from tests.faults import WithoutPreconditions
from tests.integration.door.gates import by_token, by_user
from tests.integration.tickets.holders import ADA, BOB, CARA, Holders

ROUNDS = 12


@pytest.fixture
def database(store: Store) -> Database:
    """In real time, and with the patience that a crowd of threads takes."""
    return Database(store, system_clock, policy=RetryPolicy(attempts=500, seconds=60.0))


@pytest.fixture
def unguarded(store: Store) -> Database:
    return Database(WithoutPreconditions(store), system_clock)


def reasons(results: list[Any]) -> list[str]:
    """What each call came to, in words."""
    return sorted(one.reason if isinstance(one, Refusal) else type(one).__name__ for one in results)


def held(evening: Evening, rager_ids: list[str]) -> tuple[int, int, int]:
    """Live or used, used, and dead tickets of some batches."""
    found = [evening.batch(one) for one in rager_ids]
    return (
        sum(one.ticket_quantity for one in found),
        sum(one.used_count for one in found),
        sum(one.voided_units for one in found),
    )


def family(evening: Evening, rager_id: str) -> list[str]:
    return [rager_id, *evening.batch(rager_id).transferred_to]


def is_sound(evening: Evening, holders: Holders, rager_id: str, quantity: int) -> bool:
    """Whether all tickets of a purchase are somewhere, once, under live tokens, and summed up."""
    found = [evening.batch(one) for one in family(evening, rager_id)]
    there, used, dead = held(evening, [one.rager_id for one in found])
    live = all(
        (holders.read(f"ticketTokens/{one.token}") or {})["revokedAt"] is None
        for one in found
        if not one.closed
    )
    summed = [holders.summary(user_id) for user_id in (ADA, BOB, CARA)]
    totals = (sum(one[0] for one in summed), sum(one[1] for one in summed))
    return there + dead == quantity and totals == (there, used) and live


def refund(database: Database, rager_id: str, units: int) -> batches.BoughtBack:
    return database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, rager_id, units))


def race(
    evening: Evening, calls: Callable[[str], list[Callable[[], Any]]], *, quantity: int = 1
) -> list[list[Any]]:
    """Run the same race again and again, each time over a batch of its own."""
    results = []
    for number in range(ROUNDS):
        rager_id = f"r{number}"
        evening.issue(rager_id, quantity, user_id=ADA)
        results.append(at_once(calls(rager_id)))
    return results


def two_transfers(holders: Holders, database: Database, rager_id: str) -> list[Callable[[], Any]]:
    return [
        partial(holders.transfer, rager_id, to=to, key=f"{rager_id}-{to}", database=database)
        for to in (BOB, CARA)
    ]


def test_the_last_ticket_goes_to_one(
    evening: Evening, holders: Holders, database: Database
) -> None:
    for number, results in enumerate(race(evening, partial(two_transfers, holders, database))):
        assert reasons(results) == ["Transferred", "ticket_transferred"]
        assert len(family(evening, f"r{number}")) == 2
    assert holders.summary(BOB)[0] + holders.summary(CARA)[0] == ROUNDS
    assert holders.summary(ADA)[0] == 0


def test_without_preconditions_it_goes_to_both(
    evening: Evening, holders: Holders, unguarded: Database
) -> None:
    """The negative control."""
    results = race(evening, partial(two_transfers, holders, unguarded))
    assert ["Transferred", "Transferred"] in map(reasons, results)


def transfer_and_scan(
    evening: Evening, holders: Holders, database: Database, rager_id: str
) -> list[Callable[[], Any]]:
    code = evening.batch(rager_id).code
    return [
        partial(holders.transfer, rager_id, key=rager_id, database=database),
        partial(by_token, database, code, f"scan-{rager_id}"),
    ]


def test_a_ticket_is_used_or_passed_on(
    evening: Evening, holders: Holders, database: Database
) -> None:
    calls = partial(transfer_and_scan, evening, holders, database)
    for number, results in enumerate(race(evening, calls)):
        outcome = reasons(results)
        assert outcome in (["Admission", "none_remaining"], ["Transferred", "ticket_transferred"])
        used = int("Admission" in outcome)
        assert held(evening, family(evening, f"r{number}")) == (1, used, 0)
    assert holders.summary(ADA)[0] + holders.summary(BOB)[0] == ROUNDS


def test_without_preconditions_it_is_both(
    evening: Evening, holders: Holders, unguarded: Database
) -> None:
    """The negative control."""
    calls = partial(transfer_and_scan, evening, holders, unguarded)
    assert ["Admission", "Transferred"] in map(reasons, race(evening, calls))


def transfer_and_refund(
    holders: Holders, database: Database, rager_id: str
) -> list[Callable[[], Any]]:
    return [
        partial(holders.transfer, rager_id, 2, key=rager_id, database=database),
        partial(refund, database, rager_id, 3),
    ]


def test_what_is_refunded_dies_wherever_it_is(
    evening: Evening, holders: Holders, database: Database
) -> None:
    calls = partial(transfer_and_refund, holders, database)
    for number, results in enumerate(race(evening, calls, quantity=3)):
        assert reasons(results) in (
            ["BoughtBack", "Transferred"],
            ["BoughtBack", "ticket_refunded"],
        )
        assert held(evening, family(evening, f"r{number}")) == (0, 0, 3)
        [bought] = [one for one in results if isinstance(one, batches.BoughtBack)]
        assert (bought.dead, bought.used) == (3, 0)
        assert refund(database, f"r{number}", 3).dead == 0
    assert holders.summary(ADA)[0] == holders.summary(BOB)[0] == 0


def test_without_preconditions_a_refund_misses_some(
    evening: Evening, holders: Holders, unguarded: Database
) -> None:
    """The negative control."""
    calls = partial(transfer_and_refund, holders, unguarded)
    race(evening, calls, quantity=3)
    left = [held(evening, family(evening, f"r{number}")) for number in range(ROUNDS)]
    assert any(one != (0, 0, 3) for one in left)


def test_one_key_from_twenty_threads(
    evening: Evening, holders: Holders, database: Database
) -> None:
    evening.issue("r1", 5, user_id=ADA)
    results = at_once([partial(holders.transfer, "r1", 2, database=database)] * 20)
    assert all(isinstance(one, Transferred) for one in results)
    assert len({one.token for one in results if isinstance(one, Transferred)}) == 1
    assert holders.summary(ADA)[0] == 3
    assert holders.summary(BOB)[0] == 2


def test_all_at_once(evening: Evening, holders: Holders, database: Database) -> None:
    """Transfers of the bought batch, scans and a refund: all tickets are somewhere, once."""
    evening.issue("r1", 30, user_id=ADA)
    second = holders.transfer("r1", 10)
    calls: list[Callable[[], Any]] = [
        *(partial(holders.transfer, "r1", 2, key=f"a{n}", database=database) for n in range(4)),
        *(
            partial(
                holders.transfer,
                second.rager_id,
                2,
                to=CARA,
                caller=BOB,
                key=f"b{n}",
                database=database,
            )
            for n in range(3)
        ),
        *(partial(admit_often, database, user_id) for user_id in (ADA, BOB)),
        partial(refund, database, "r1", 4),
    ]
    results = at_once(calls)
    assert [one for one in results if isinstance(one, Exception)] == []
    assert is_sound(evening, holders, "r1", 30)
    assert held(evening, family(evening, "r1"))[1:] == (6, 4)


def admit_often(database: Database, user_id: str) -> None:
    for number in range(3):
        by_user(database, user_id, f"scan-{user_id}-{number}")
