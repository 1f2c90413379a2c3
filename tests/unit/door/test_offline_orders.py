"""In whatever order, however often and through whatever faults scans are uploaded: one outcome."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firetill.database import Database, Store
from firetill.door.offline_model import OfflineScan
from tests.evening import EVENT, Evening
from tests.factories import NOON, ManualClock
from tests.faults import FaultyStore, RandomFaults
from tests.simulation.memory_store import MemoryStore

STRAY = "t" * 22


@dataclass(frozen=True)
class Shown:
    """A scan by the number of its ticket; one past the last shows a token that nobody knows."""

    device: str
    scan_id: str
    ticket: int
    count: int
    minutes: int
    admitted: bool
    out: bool = False

    @property
    def entered(self) -> bool:
        return self.admitted and not self.out


@dataclass
class Books:
    """What stands in the books when all has been uploaded."""

    used: list[int]
    outside: list[int]
    summaries: list[int]
    scans: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]

    @property
    def over(self) -> int:
        return sum(scan["overAdmitted"] for scan in self.scans)


def shown(
    tickets: int,
    scan_ids: st.SearchStrategy[str],
    counts: int,
    *,
    both_ways: bool = False,
) -> st.SearchStrategy[Shown]:
    return st.builds(
        Shown,
        device=st.sampled_from(["phone", "pad", "watch"]),
        scan_id=scan_ids,
        ticket=st.integers(0, tickets),
        count=st.integers(1, counts),
        minutes=st.integers(0, 3),
        admitted=st.sampled_from([True, True, True, False]),
        out=st.booleans() if both_ways else st.just(False),
    )


def play(
    held: Sequence[int],
    uploads: Sequence[Sequence[Shown]],
    *,
    seed: int,
    faults: float,
    reentry: bool = False,
) -> Books:
    """Bring the scans in, each upload again until nothing of it is to come again."""
    memory, clock = MemoryStore(), ManualClock()
    evening = Evening(Database(memory, clock))
    evening.announce(reentry=reentry)
    tokens = [evening.issue(f"r{n}", quantity).token for n, quantity in enumerate(held)]
    store: Store = FaultyStore(memory, RandomFaults(seed, faults)) if faults else memory
    shaky = Database(store, clock, sleep=lambda _: None)
    for upload in uploads:
        for device in sorted({one.device for one in upload}):
            waiting = [_sent(one, [*tokens, STRAY]) for one in upload if one.device == device]
            while waiting:
                results = evening.upload(*waiting, device=device, database=shaky)
                waiting = [
                    scan
                    for scan, result in zip(waiting, results, strict=True)
                    if result.status == "retry"
                ]
    documents = memory.everything()

    def below(prefix: str) -> list[dict[str, Any]]:
        return [dict(found) for path, found in documents.items() if path.startswith(prefix)]

    return Books(
        used=[evening.batch(f"r{n}").used_count for n in range(len(held))],
        outside=[evening.batch(f"r{n}").outside for n in range(len(held))],
        summaries=[
            documents[f"eventUsers/{EVENT}/users/guest-of-r{n}"]["usedCount"]
            for n in range(len(held))
        ],
        scans=below(f"events/{EVENT}/scans/"),
        conflicts=below(f"events/{EVENT}/conflicts/"),
    )


def _sent(one: Shown, tokens: Sequence[str]) -> OfflineScan:
    return OfflineScan(
        scan_id=one.scan_id,
        code=tokens[one.ticket],
        count=one.count,
        scanned_at=NOON - timedelta(minutes=one.minutes),
        verdict="admitted" if one.admitted else "denied",
        direction="out" if one.out else "in",
    )


def shuffled(scans: Sequence[Shown], seed: int) -> list[list[Shown]]:
    """Uploads that hold each scan at least once, some twice, in any order."""
    chance = random.Random(seed)
    bag = [*scans, *chance.choices(scans, k=len(scans) // 2)]
    chance.shuffle(bag)
    size = chance.randint(1, len(bag))
    return [bag[start : start + size] for start in range(0, len(bag), size)]


HELD = st.lists(st.integers(1, 4), min_size=1, max_size=3)


@given(held=HELD, data=st.data(), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_guests_are_used_or_over_and_nothing_is_dropped(
    held: list[int], data: st.DataObject, seed: int
) -> None:
    """Also where ids collide between devices and come again with other input."""
    ids = st.sampled_from([f"s{n}" for n in range(6)])
    scans = data.draw(st.lists(shown(len(held), ids, 3), min_size=1, max_size=12))
    books = play(held, shuffled(scans, seed), seed=seed, faults=0.15)
    distinct = set(scans)
    assert len(books.scans) == len(distinct)
    assert {scan["scanId"] for scan in books.scans} >= {one.scan_id for one in distinct}
    guests = sum(one.count for one in distinct if one.admitted)
    assert guests == sum(books.used) + books.over
    assert all(used <= quantity for used, quantity in zip(books.used, held, strict=True))
    assert books.summaries == books.used
    assert {one["scanId"] for one in books.conflicts} == {
        scan["scanId"] for scan in books.scans if scan["conflict"]
    }
    assert sum(one["overAdmitted"] for one in books.conflicts) == books.over
    for quantity, used, number in zip(held, books.used, range(len(held)), strict=True):
        asked = sum(one.count for one in distinct if one.admitted and one.ticket == number)
        assert used == min(quantity, asked)


@given(held=HELD, data=st.data(), seed=st.integers(0, 2**32), reentry=st.booleans())
@settings(max_examples=60, deadline=None)
def test_who_leaves_and_comes_back_is_somewhere(
    held: list[int], data: st.DataObject, seed: int, reentry: bool
) -> None:
    """In any order: everybody who went in used a ticket, came back to one, or is over."""
    ids = st.sampled_from([f"s{n}" for n in range(6)])
    strategy = shown(len(held), ids, 3, both_ways=True)
    scans = data.draw(st.lists(strategy, min_size=1, max_size=12))
    books = play(held, shuffled(scans, seed), seed=seed, faults=0.15, reentry=reentry)
    distinct = set(scans)
    assert len(books.scans) == len(distinct)
    back = sum(scan["readmitted"] for scan in books.scans)
    assert sum(one.count for one in distinct if one.entered) == sum(books.used) + books.over + back
    assert back == 0 or reentry
    for number, (quantity, used, outside) in enumerate(
        zip(held, books.used, books.outside, strict=True)
    ):
        assert 0 <= outside <= used <= quantity
        own = [scan for scan in books.scans if scan["ragerId"] == f"r{number}"]
        assert outside == sum(scan["left"] - scan["readmitted"] for scan in own)
        asked = sum(one.count for one in distinct if one.entered and one.ticket == number)
        assert used == min(quantity, asked) or reentry
    assert books.summaries == books.used
    unexplained = [
        scan
        for scan in books.scans
        if scan["result"] == "left" and scan["left"] < scan["count"] and not scan["conflict"]
    ]
    assert unexplained == []


@given(held=HELD, data=st.data(), seeds=st.tuples(st.integers(0, 2**32), st.integers(2**33, 2**34)))
@settings(max_examples=40, deadline=None)
def test_two_orders_end_alike(held: list[int], data: st.DataObject, seeds: tuple[int, int]) -> None:
    """Guests one by one: then the number of conflicts is the same too, not only that of guests."""
    several = data.draw(st.integers(1, 12))
    scans = [
        data.draw(shown(len(held), st.just(f"s{number}"), counts=1)) for number in range(several)
    ]
    one, other = (play(held, shuffled(scans, seed), seed=seed, faults=0.1) for seed in seeds)
    assert one.used == other.used
    assert one.over == other.over
    assert len(one.conflicts) == len(other.conflicts)
    assert {scan["scanId"] for scan in one.scans} == {scan["scanId"] for scan in other.scans}
