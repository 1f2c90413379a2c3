"""Allowances through commits: what each costs, and that nobody gets one twice."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from firetill.allowances import service
from firetill.allowances.endpoints import GET_CREDITS
from firetill.allowances.model import Credits, Split
from firetill.database import Database, Store, Transaction
from firetill.errors import InsufficientCredits, Refusal
from firetill.ledger import service as ledger
from firetill.ledger.model import Wallet
from firetill.upkeep.allowances import reset_daily_credits
from tests.costs import documented
from tests.factories import ManualClock, at_once, buy_credits
from tests.faults import WithoutPreconditions
from tests.integration.pledges.meetings import MeetBeforeCommit
from tests.metering import Meter, Usage

USER = "ada"
EVENING = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
DEVICES = 8

Guard = Callable[[Store], Store]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(EVENING, step=timedelta(milliseconds=1))


@pytest.fixture
def database(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


def look(db: Database) -> Credits:
    return service.get_credits(db, USER, anonymous=False)


def spend(db: Database, cost: int, action: str, *, user_id: str = USER) -> Split:
    return db.run_transaction(
        lambda tx: service.spend(
            tx,
            user_id,
            cost,
            cause=("action", action),
            idempotency_key=action,
            metadata={"actionId": action},
        )
    )


def refund(db: Database, taken: Split, action: str) -> None:
    db.run_transaction(
        lambda tx: service.refund(
            tx,
            USER,
            taken,
            cause=("action", action),
            idempotency_key=action,
            metadata={"actionId": action},
        )
    )


def set_tier(db: Database, tier_id: str) -> None:
    db.run_transaction(lambda tx: service.set_tier(tx, USER, tier_id))


def change_zone(db: Database, zone: str) -> None:
    def body(tx: Transaction) -> None:
        tx.get(f"users/{USER}")
        tx.merge(f"users/{USER}", {"timeZone": zone})

    db.run_transaction(body)


def wallet(db: Database) -> Wallet:
    found, faults = ledger.verify(db, USER)
    assert faults == []
    return found


def kinds(db: Database) -> Counter[str]:
    return Counter(entry.kind for entry in ledger.entries(db, USER))


def test_what_looking_at_credits_costs(
    database: Database, clock: ManualClock, metered: Meter
) -> None:
    def costs(expected: Usage) -> None:
        with metered.measure() as used:
            look(database)
        assert used == expected

    costs(documented("get credits, by a new user"))
    costs(documented("get credits"))
    clock.advance(days=1)
    costs(documented("get credits, a new day with all of it left"))
    spend(database, 5, "a")
    clock.advance(days=1)
    costs(documented("get credits, a new day"))


def test_a_new_user_is_welcomed_and_has_today(database: Database) -> None:
    found = look(database)
    assert (found.tier, found.spendable) == ("free", 70)
    assert (found.allowance.limit, found.allowance.remaining) == (20, 20)
    assert found.allowance.resets_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert found.wallet == wallet(database)
    assert kinds(database) == {"credits_grant": 1, "daily_reset": 1}


def test_who_is_leaving_is_told_so_as_declared(database: Database) -> None:
    def leave(tx: Transaction) -> None:
        tx.get(f"users/{USER}")
        tx.merge(f"users/{USER}", {"deleting": True})

    database.run_transaction(leave)
    with pytest.raises(Refusal) as refused:
        look(database)
    assert type(refused.value) in GET_CREDITS.refusals


def test_the_allowance_goes_first_and_comes_back_to_where_it_was(database: Database) -> None:
    look(database)
    taken = spend(database, 30, "a")
    assert (taken.daily, taken.credits) == (20, 10)
    assert (wallet(database).daily_credits, wallet(database).credits) == (0, 40)
    refund(database, taken, "a")
    assert (wallet(database).daily_credits, wallet(database).credits) == (20, 50)


def test_what_comes_back_a_day_later_lapses(database: Database, clock: ManualClock) -> None:
    look(database)
    taken = spend(database, 30, "a")
    clock.advance(hours=2)
    refund(database, taken, "a")
    assert (wallet(database).daily_credits, wallet(database).credits) == (20, 50)
    ends = [dict(entry.legs) for entry in ledger.entries(database, USER)][-3:]
    assert ends == [
        {"dailyCredits": 20, "world:daily": -20},
        {"dailyCredits": 20, "credits": 10, "world:usage": -30},
        {"dailyCredits": -20, "world:daily": 20},
    ]


def test_a_refusal_leaves_nothing_not_even_the_new_day(
    database: Database, clock: ManualClock
) -> None:
    look(database)
    spend(database, 5, "a")
    before = wallet(database)
    clock.advance(days=1)
    with pytest.raises(InsufficientCredits) as refused:
        spend(database, 71, "b")
    assert refused.value.data == {"balance": 70, "required": 71}
    assert wallet(database) == before


def test_a_better_tier_counts_today_once_however_often_it_changes(database: Database) -> None:
    look(database)
    spend(database, 15, "a")
    for tier_id in ("plus", "free", "plus", "free", "plus"):
        set_tier(database, tier_id)
    assert wallet(database).daily_credits == 5 + 80
    set_tier(database, "pro")
    assert look(database).allowance.remaining == 5 + 80 + 200


def test_a_tier_from_before_the_first_look_counts_from_the_first(database: Database) -> None:
    set_tier(database, "plus")
    assert wallet(database) == Wallet()
    assert look(database).allowance.limit == 100


def test_another_zone_brings_no_second_allowance(database: Database, clock: ManualClock) -> None:
    look(database)
    granted = 0
    for hour, zone in enumerate(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo"] * 16):
        change_zone(database, zone)
        if look(database).allowance.remaining:
            spend(database, 20, f"a{hour}")
            granted += 20
        clock.advance(hours=1)
    assert granted <= 3 * 20, "two days have gone by"
    assert wallet(database).daily_credits >= 0


@pytest.mark.parametrize("guarded", [True, False])
def test_one_day_is_granted_once_however_many_ask(
    store: Store, database: Database, clock: ManualClock, *, guarded: bool
) -> None:
    look(database)
    spend(database, 20, "a")
    clock.advance(hours=2)
    guard: Guard = (lambda one: one) if guarded else WithoutPreconditions
    meeting = Database(MeetBeforeCommit(guard(store), DEVICES), clock)
    spending = [partial(spend, meeting, 5, f"b{number}") for number in range(DEVICES)]
    answers = at_once(spending)
    assert not [one for one in answers if isinstance(one, Exception)]
    # 40 credits: 20 of the new day, 20 of the 50.
    [user] = database.get(f"users/{USER}")
    balances = (user.data or {})["wallet"]
    sound = (balances["dailyCredits"], balances["credits"]) == (0, 30)
    resets = [entry for entry in ledger.entries(database, USER) if entry.kind == "daily_reset"]
    assert (sound and len(resets) == 2 and ledger.verify(database, USER)[1] == []) is guarded


def test_the_sweep_resets_who_has_spent_and_reads_nobody_else(
    database: Database, clock: ManualClock, metered: Meter
) -> None:
    users = [f"user-{number}" for number in range(12)]
    for user in users:
        service.get_credits(database, user, anonymous=False)
    for user in users[:3]:
        spend(database, 5, "a", user_id=user)
    clock.advance(hours=2)
    with metered.measure() as used:
        run = reset_daily_credits(database)
    assert run.results == {"reset": 3}
    one = documented("reset an allowance (job)")
    # Beside the resets: the run's record twice (2 reads, 2 writes), the lane, one query of 3.
    assert (used.reads, used.writes) == (3 * one.reads + 3 + 3, 3 * one.writes + 2)
    with metered.measure() as idle:
        assert reset_daily_credits(database).results == {}
    assert idle.writes == 2, "only the run's record"
    for user in users:
        assert ledger.verify(database, user)[0].daily_credits == 20


def test_overlapping_sweeps_and_users_reset_once(
    store: Store, database: Database, clock: ManualClock
) -> None:
    buy_credits(database, USER, 100)
    look(database)
    spend(database, 20, "a")
    clock.advance(hours=2)
    sweeps: list[Callable[[], object]] = [
        partial(reset_daily_credits, Database(store, clock)) for _ in range(3)
    ]
    looks = [partial(look, Database(store, clock)) for _ in range(3)]
    both: list[Callable[[], object]] = [*sweeps, *looks]
    answers: list[object] = list(at_once(both))
    assert not [one for one in answers if isinstance(one, Exception)]
    assert wallet(database).daily_credits == 20
    assert kinds(database)["daily_reset"] == 2
