"""The model: its arithmetic by hand, and what it knows of the code."""

import dataclasses
import math

import pytest

from bench.capacity import bill, curves, job_time, tables
from bench.capacity import loads as rates
from bench.capacity.contention import conflict_share, expected_tries, waiting_seconds
from bench.capacity.footprints import Change, Footprint
from bench.capacity.job_costs import NOT_MEASURED, JobCost, runs_in_a_month
from bench.capacity.limits import LIMITS
from bench.capacity.loads import loads, reached_at
from bench.capacity.model import Model, measured
from bench.capacity.prices import LOCATIONS, PRICES, identity_platform
from bench.capacity.profile import RARE, Habits, monthly
from firetill.database import MAX_WRITES
from firetill.upkeep.jobs import JOBS
from tests.costs import rows
from tests.metering import Usage

PLAYED = set(measured().prints)


def share_of(model: Model, users: float, what: str) -> float:
    [share] = [one.share for one in loads(model, users) if one.what == what]
    return share


def test_every_operation_is_in_the_profile_or_named_as_rare() -> None:
    usual, known = set(monthly(Habits())), set(rows())
    assert known - usual - RARE == set()
    assert (usual | RARE) - known - PLAYED == set()
    assert usual & RARE == set()


@pytest.mark.parametrize("name", sorted(PLAYED & set(rows())))
def test_what_is_recorded_costs_what_the_table_says(name: str) -> None:
    assert measured().prints[name].usage == rows()[name]


def test_nearly_all_writes_are_recorded() -> None:
    model = measured()
    writes = {name: often * model.costs[name].writes for name, often in model.monthly(1).items()}
    unknown = sum(count for name, count in writes.items() if name not in model.prints)
    assert unknown < 0.02 * sum(writes.values())


def test_every_job_is_measured_and_has_its_schedule() -> None:
    assert set(measured().jobs) | NOT_MEASURED == set(JOBS)
    assert runs_in_a_month("every 5 minutes") == 8_640
    assert runs_in_a_month("every 1 hours") == 720
    assert runs_in_a_month("every day 05:00") == 30
    with pytest.raises(ValueError, match="no known schedule"):
        runs_in_a_month("at noon")


def test_jobs_that_follow_the_ledger_read_each_entry() -> None:
    jobs = measured().jobs
    assert all(jobs[name].entry_reads >= 1 for name in ("reconcileAllUsers", "computeMetrics"))
    assert jobs["expireStaleSessions"].idle.writes == 2, "its record, twice"
    one = JobCost(10, Usage(reads=3, writes=2, checks=1), entry_reads=1.5, entry_writes=0.5)
    assert (one.reads(100), one.writes(100)) == (30 + 150, 30 + 50)


def test_prices_begin_after_what_is_free() -> None:
    writes = LOCATIONS["nam5"]["writes"]
    assert writes.of(600_000) == 0
    assert writes.of(1_600_000) == pytest.approx(1.80)
    assert PRICES["scheduler"].of(16) == pytest.approx(1.30)
    assert identity_platform(50_000) == 0
    # 50,000 at 0.0055 and 100,000 at 0.0046.
    assert identity_platform(200_000) == pytest.approx(275 + 460)


def test_instances_by_hand() -> None:
    # One request in ten seconds that takes 30 ms is billed for 100 ms: about a hundredth.
    assert bill.busy_instances(0.1, 0.03) == pytest.approx(1 - math.exp(-0.01))
    # 96 a second of one second each: 96 at once, of 16 threads filled to 60 %.
    assert bill.busy_instances(96, 1.0) == pytest.approx(10)
    # 750 a second of 10 ms each, 8 ms of CPU: the CPU is full before the threads are.
    assert bill.busy_instances(750, 0.01) == pytest.approx(750 * 0.008 / 0.6)


def test_heartbeats_by_hand() -> None:
    # Six pledges of 30 minutes, a heartbeat each minute, a read and a write each.
    users, heartbeats = 1_000, 6 * 30
    assert measured().monthly(users)["heartbeat"] == users * heartbeats
    found = bill.by_operation(measured(), users)["heartbeat"]
    firestore = users * heartbeats * (0.06 + 0.18) / 1e5
    seconds = users * heartbeats * 0.1  # 70 ms each, rounded up; few overlap
    functions = seconds * (2.4e-5 + 0.5 * 2.5e-6) + users * heartbeats * 0.4 / 1e6
    logs = users * heartbeats * 1_700 / 2**30 * 0.5
    assert found == pytest.approx(firestore + functions + logs, rel=0.01)


def test_a_bill_grows_with_users_and_the_region_is_cheaper() -> None:
    model = measured()
    small, large = (sum(bill.bill(model, users).values()) for users in (1e5, 1e6))
    assert 5 * small < large < 10 * small, "what is free weighs less, looking is fixed"
    assert sum(bill.bill(model, 1e6, "us-central1").values()) < large
    rarely = dataclasses.replace(model, habits=Habits(heartbeat_seconds=600))
    assert sum(bill.bill(rarely, 1e6).values()) < large


def test_storage_by_hand() -> None:
    model = measured()
    ledger = [one for one in model.prints["start a PLEDGE"].changes if one.collection == "ledger"]
    assert len(ledger) == 1
    nothing = dataclasses.replace(model, prints={"start a PLEDGE": model.prints["start a PLEDGE"]})
    [size] = [bill._grown(model, one.path, one.after) for one in ledger]  # noqa: SLF001 - its parts are tested by themselves
    assert bill.stored(nothing, 10)["ledger"] == pytest.approx(10 * 6 * 12 * size)


def test_no_limit_is_reached_by_few_and_some_by_many() -> None:
    model = measured()
    assert loads(model, 1_000)[0].share < 0.1
    assert loads(model, 1e7)[0].share > 1
    ranked = [one.share for one in loads(model, 1e5)]
    assert ranked == sorted(ranked, reverse=True)


def test_what_was_mended_stays_mended() -> None:
    """Heartbeats and actions stay within their limits for ten million users."""
    found = {one.what: one for one in loads(measured(), 1e7)}
    assert found["index `sessions` (shard, status, native.lastCheckedAt)"].share < 0.5
    assert found["the queue of actions"].share < 0.5


def test_an_index_without_a_shard_in_front_is_found() -> None:
    model = measured()
    [sharded] = [
        one
        for one in model.indexes.composites
        if one.collection == "sessions" and one.fields[0][0] == "shard"
    ]
    bare = dataclasses.replace(sharded, fields=sharded.fields[1:])
    changed = dataclasses.replace(
        model.indexes, composites=(model.indexes.composites - {sharded}) | {bare}
    )
    hot = dataclasses.replace(model, indexes=changed)
    what = "index `sessions` (status, native.lastCheckedAt)"
    assert share_of(hot, 1e7, what) > 4
    with pytest.raises(ValueError, match="not enough values"):
        share_of(model, 1e7, what)


def test_an_index_on_the_instant_of_the_ttl_would_be_found() -> None:
    """Such an index is what the exemption of `expiresAt` is there to avoid."""
    model = measured()
    indexes = model.indexes
    overrides = {**indexes.overrides, ("operations", "expiresAt"): frozenset({"asc"})}
    hot = dataclasses.replace(
        model,
        indexes=dataclasses.replace(indexes, overrides=overrides),  # type: ignore[arg-type]  # a literal's set
    )
    assert share_of(hot, 1e7, "index `operations` (expiresAt)") > 0.2
    assert not any(
        "expiresAt)" in one.what and "status" not in one.what for one in loads(model, 1e7)
    )


def test_a_document_that_all_users_write_is_found() -> None:
    model = measured()
    counter = Change("counters/heartbeats", {"count": 1}, {"count": 2})
    beat = model.prints["heartbeat"]
    counting = Footprint(beat.usage, (*beat.changes, counter), frozenset({counter.path}))
    hot = dataclasses.replace(model, prints={**model.prints, "heartbeat": counting})
    assert share_of(hot, 1e7, "`counters/*`, unsharded") > 100
    assert not any("counters" in one.what for one in loads(model, 1e7))


def test_stock_that_is_not_spread_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    model = measured()
    spread = share_of(model, 1e7, "`products/*/inventory/*`, stock over 50 shards")
    monkeypatch.setattr(rates, "SPREAD", frozenset[str]())
    assert share_of(model, 1e7, "`products/*`, unsharded") == pytest.approx(50 * spread)
    assert spread < 1 < share_of(model, 1e5, "`products/*`, unsharded")


def test_what_two_users_share_is_what_is_sold() -> None:
    shared = {path for one in measured().prints.values() for path in one.shared}
    assert shared == {"events/gala-2026", "products/poster"}


def test_a_limit_is_reached_where_its_share_is_one() -> None:
    model = measured()
    what = loads(model, 1e7)[0].what
    users = reached_at(model, what)
    assert users is not None
    assert share_of(model, users, what) == pytest.approx(1, rel=0.02)
    assert reached_at(model, "index `scans` (at)") is None


def test_job_time_by_hand() -> None:
    jobs = {"expireStaleSessions": JobCost(8_640, Usage())}
    costs = {**measured().costs, "expire a session (job)": Usage(round_trips=8)}
    model = dataclasses.replace(measured(), jobs={**measured().jobs, **jobs}, costs=costs)
    # A twentieth of six pledges falls silent; 8 trips of 25 ms on 8 threads are 25 ms.
    assert job_time.busy_seconds(model, 1e6)["expireStaleSessions"] == pytest.approx(
        1e6 * 6 * 0.05 * 0.025
    )
    assert job_time.rounds_in_days(28_800, 28_800) == pytest.approx((1.0, 1.0))


def test_contention_by_hand() -> None:
    assert expected_tries(0) == 1
    assert expected_tries(20, 0.05) == pytest.approx(math.e)
    assert conflict_share(20, 0.05) == pytest.approx(1 - 1 / math.e)
    # Half loaded: half of a commit's time in line.
    assert waiting_seconds(25, 0.02) == pytest.approx(0.01)
    assert waiting_seconds(50, 0.02) == math.inf


def test_no_commit_comes_near_its_limit() -> None:
    assert max(one.writes + one.checks for one in rows().values()) < MAX_WRITES / 10


def test_limits_have_sources() -> None:
    assert all(one.source and one.value > 0 for one in LIMITS.values())
    assert all(price.source for price in PRICES.values())


def test_tables_and_curves_are_of_one_piece() -> None:
    model = measured()
    assert tables.bills(model, [1e5]).count("\n") == len(bill.bill(model, 1e5)) + 6
    assert "`ledger`" in tables.documents(model)
    [total, *parts] = curves.cost(model).series
    assert total.x == list(curves.USERS)
    assert sum(one.y[-1] for one in parts) == pytest.approx(total.y[-1], rel=0.01)
