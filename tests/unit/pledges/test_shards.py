"""The parts of the index of heartbeats: even, stable, and each of them looked into."""

from collections import Counter
from datetime import timedelta

from firetill.database import Database
from firetill.pledges import service as pledges
from firetill.pledges.model import StartSession
from firetill.pledges.repository import silent_sessions
from firetill.pledges.rules import SHARDS, shard
from firetill.upkeep import service as upkeep
from firetill.wire import derived_id
from tests.factories import NOON, ManualClock, buy_credits
from tests.simulation.memory_store import MemoryStore


def test_sessions_spread_over_all_parts() -> None:
    ids = [derived_id("startSession", "ada", str(number)) for number in range(16_000)]
    counted = Counter(map(shard, ids))
    assert sorted(counted) == list(range(SHARDS))
    assert max(counted.values()) < 1.2 * 16_000 / SHARDS


def test_silent_sessions_are_found_in_every_part() -> None:
    clock = ManualClock(NOON)
    db = Database(MemoryStore(), clock)
    parts = Counter[int]()
    for number in range(9 * SHARDS):
        user_id = f"user{number}"
        buy_credits(db, user_id, 100)
        request = StartSession(duration_minutes=60, pledge_amount=10, idempotency_key="start")
        parts[shard(pledges.start(db, user_id, request).session_id)] += 1
    clock.advance(minutes=11)
    assert set(parts) == set(range(SHARDS)), "too few sessions to try each part"
    since = clock() - timedelta(minutes=10)
    found = {part: len(db.query(silent_sessions(part, since, limit=100))) for part in range(SHARDS)}
    assert found == parts
    assert upkeep.expire_stale_sessions(db).results == {"expired": 9 * SHARDS}
