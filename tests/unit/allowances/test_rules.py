"""When an allowance is due, and what comes of a spending and its refund."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.allowances import rules
from firetill.allowances.model import Allowance, Split
from firetill.catalog import FREE, TIERS
from firetill.errors import InsufficientCredits
from firetill.ledger.model import Wallet

PLUS = TIERS["plus"]
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
TODAY = Allowance(limit=20, time_zone="UTC", started_at=MIDNIGHT, ends_at=MIDNIGHT + DAY)

ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/New_York",
         "Asia/Kathmandu", "America/Santiago", "Antarctica/Troll", "Europe/London"]  # fmt: skip


def test_the_first_allowance_is_that_of_the_present_local_day() -> None:
    first = rules.current(None, PLUS, "Asia/Tokyo", NOW)
    assert first == Allowance(
        limit=100,
        time_zone="Asia/Tokyo",
        started_at=datetime(2026, 11, 20, 15, tzinfo=UTC),
        ends_at=datetime(2026, 11, 21, 15, tzinfo=UTC),
    )


@pytest.mark.parametrize("zone", ZONES)
def test_while_its_day_lasts_nothing_changes_an_allowance(zone: str) -> None:
    for hours in range(24):
        now = MIDNIGHT + timedelta(hours=hours)
        assert rules.current(TODAY, PLUS, zone, now) is TODAY
    assert rules.current(TODAY, PLUS, zone, MIDNIGHT + DAY) is not TODAY


def test_after_a_rest_of_weeks_there_is_one_allowance_and_not_many() -> None:
    later = rules.current(TODAY, FREE, "UTC", NOW + 30 * DAY)
    assert (later.started_at, later.ends_at) == (MIDNIGHT + 30 * DAY, MIDNIGHT + 31 * DAY)


@pytest.mark.parametrize(
    ("zone", "ends"),
    [
        ("Asia/Tokyo", "2026-11-23T15:00"),
        ("America/New_York", "2026-11-23T05:00"),
        ("Pacific/Kiritimati", "2026-11-23T10:00"),
    ],
)
def test_the_next_day_in_a_new_zone_is_at_least_24_hours_away(zone: str, ends: str) -> None:
    moved = rules.current(TODAY, FREE, zone, MIDNIGHT + DAY)
    assert moved.started_at == MIDNIGHT + DAY
    assert moved.ends_at == datetime.fromisoformat(ends).replace(tzinfo=UTC)
    settled = rules.current(moved, FREE, zone, moved.ends_at)
    assert settled.ends_at - settled.started_at == DAY


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ZONES), st.integers(0, 40).map(lambda h: timedelta(hours=h))),
        min_size=1,
        max_size=60,
    )
)
def test_nobody_has_more_allowances_than_days_by_changing_zones(
    steps: list[tuple[str, timedelta]],
) -> None:
    known, now, granted = None, NOW, []
    for zone, passed in steps:
        now += passed
        latest = rules.current(known, FREE, zone, now)
        if latest is not known:
            granted.append(latest)
            assert known is None or latest.started_at >= known.ends_at
        assert latest.started_at <= now < latest.ends_at
        known = latest
    # The first day may have begun before; clocks that change make days shorter by two hours.
    days = (now - granted[0].started_at) / DAY
    changes = timedelta(hours=8)
    assert len(granted) <= 1 + days + changes / DAY


def test_a_new_day_sets_the_allowance_up_or_down_and_says_what_lapsed() -> None:
    [up] = rules.reset(Wallet(daily_credits=5), TODAY)
    assert (up.kind, up.amount, up.legs) == ("daily_reset", 15, {"dailyCredits": 15})
    assert up.metadata == {"lapsed": 5, "granted": 20}
    [down] = rules.reset(Wallet(daily_credits=50), TODAY)
    assert (down.amount, down.legs) == (30, {"dailyCredits": -30})
    assert rules.reset(Wallet(daily_credits=20), TODAY) == []
    assert up.cause == down.cause, "a day is granted once"


def test_a_better_tier_raises_today_and_a_lesser_one_does_not() -> None:
    raised, [posting] = rules.top_up(TODAY, 100)
    assert (raised.limit, posting.legs) == (100, {"dailyCredits": 80})
    assert rules.top_up(raised, 20) == (raised, [])
    assert rules.top_up(raised, 100) == (raised, [])


@pytest.mark.parametrize(
    ("held", "daily", "cost", "taken"),
    [
        (100, 20, 5, (5, 0)),
        (100, 20, 20, (20, 0)),
        (100, 20, 21, (20, 1)),
        (100, 20, 120, (20, 100)),
        (100, 0, 5, (0, 5)),
        (0, 20, 20, (20, 0)),
    ],
)
def test_the_allowance_goes_first(held: int, daily: int, cost: int, taken: tuple[int, int]) -> None:
    split = rules.split(Wallet(credits=held, daily_credits=daily), TODAY, cost)
    assert (split.daily, split.credits, split.day) == (*taken, MIDNIGHT)
    assert sum(rules.legs(split, -1).values()) == -cost
    assert 0 not in rules.legs(split, +1).values()


@pytest.mark.parametrize(
    ("held", "daily", "cost", "balance"),
    [(100, 20, 121, 120), (0, 0, 1, 0), (-1, 20, 5, -1), (-10, 0, 5, -10)],
)
def test_more_than_there_is_cannot_be_spent(held: int, daily: int, cost: int, balance: int) -> None:
    with pytest.raises(InsufficientCredits) as refused:
        rules.split(Wallet(credits=held, daily_credits=daily), TODAY, cost)
    assert refused.value.data == {"balance": balance, "required": cost}


def test_what_came_from_a_day_that_is_over_lapses() -> None:
    taken = Split(daily=7, credits=3, day=MIDNIGHT)
    tomorrow = msgspec.structs.replace(TODAY, started_at=MIDNIGHT + DAY)
    assert rules.lapse(taken, TODAY, ("action", "a")) == []
    [lapsed] = rules.lapse(taken, tomorrow, ("action", "a"))
    assert lapsed.legs == {"dailyCredits": -7}
    from_credits = msgspec.structs.replace(taken, daily=0)
    assert rules.lapse(from_credits, tomorrow, ("action", "a")) == []


def test_only_an_allowance_that_is_not_full_has_to_be_reset() -> None:
    assert rules.after(TODAY, Wallet(daily_credits=20)).due_at is None
    assert rules.after(TODAY, Wallet(daily_credits=19)).due_at == TODAY.ends_at
    assert rules.after(TODAY, Wallet(daily_credits=21)).due_at == TODAY.ends_at
