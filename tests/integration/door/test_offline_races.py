"""Uploads against each other and against what else happens; each guard has a negative control."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from firetill.database import Database, Store, Version, Write
from tests.costs import documented
from tests.evening import EVENT, Evening
from tests.factories import NOON, ManualClock, at_once
from tests.faults import WithoutChecks, WithoutPreconditions
from tests.integration.door.gates import SUPERVISOR
from tests.integration.door.offline_scans import EARLIER, everything, offline_scan
from tests.integration.pledges.meetings import InterruptedOnce, MeetBeforeCommit
from tests.metering import Meter


@pytest.mark.parametrize(("guard", "holds"), [(None, True), (WithoutPreconditions, False)])
def test_a_ticket_revoked_while_it_is_uploaded(
    evening: Evening, store: Store, clock: ManualClock, guard: Any, holds: bool
) -> None:
    batch = evening.issue("r1")
    revoke = partial(evening.close, "r1", "refunded")
    meeting = InterruptedOnce(guard(store) if guard else store, revoke)
    [result] = evening.upload(offline_scan("s1", batch.code), database=Database(meeting, clock))
    assert (result.reason == "revoked_after_scan") is holds
    after = evening.batch("r1")
    assert ((after.closed, after.used_count) == ("refunded", 0)) is holds


@pytest.mark.parametrize(("guard", "holds"), [(None, True), (WithoutChecks, False)])
def test_a_scan_that_finds_nothing_left_rests_on_that(
    evening: Evening, store: Store, clock: ManualClock, guard: Any, holds: bool
) -> None:
    """It writes no batch; but a scan may be taken back at that moment."""
    batch = evening.issue("r1")
    evening.admit("r1")

    def take_back() -> None:
        evening.write(f"events/{EVENT}/ragers/r1", {"usedCount": 0, "active": True})
        evening.write(f"eventUsers/{EVENT}/users/{batch.user_id}", {"usedCount": 0})

    meeting = InterruptedOnce(guard(store) if guard else store, take_back)
    [result] = evening.upload(offline_scan("s1", batch.code), database=Database(meeting, clock))
    assert (result.status == "recorded") is holds


def test_a_token_replaced_while_it_is_uploaded_died_when_its_document_says(
    evening: Evening, store: Store, clock: ManualClock
) -> None:
    """The batch alone would tell the time of its last change, which is later."""
    batch = evening.issue("r1", 3)

    def replace() -> None:
        clock.instant = EARLIER - timedelta(hours=1)
        evening.reissue("r1")
        clock.instant = NOON
        evening.admit("r1")

    meeting = Database(InterruptedOnce(store, replace), clock)
    [result] = evening.upload(offline_scan("s1", batch.token), database=meeting)
    assert (result.reason, result.used_count) == ("revoked_before_scan", 1)
    [conflict] = everything(store, "conflicts")
    assert conflict["revocation"] == {"reason": "replaced", "at": EARLIER - timedelta(hours=1)}


class _SlowFirst:
    """A store that takes its time over one scan: until another is recorded, or for 0.5 s."""

    def __init__(self, store: Store, scan_id: str) -> None:
        self._store = store
        self._path = f"events/{EVENT}/scans/{scan_id}"
        self._other = threading.Event()
        self.read = store.read
        self.query = store.query

    def commit(self, writes: Sequence[Write], *, seconds: float) -> list[Version | None]:
        if any(write.path == self._path for write in writes):
            self._other.wait(0.5)
            return self._store.commit(writes, seconds=seconds)
        versions = self._store.commit(writes, seconds=seconds)
        self._other.set()
        return versions


def test_of_one_upload_the_scan_that_was_first_at_the_door_has_the_ticket(
    evening: Evening, store: Store, clock: ManualClock
) -> None:
    batch = evening.issue("r1")
    scans = [
        offline_scan(f"s{number}", batch.code, scanned_at=EARLIER + timedelta(minutes=number))
        for number in (2, 0, 1)
    ]
    slow = Database(_SlowFirst(store, "s0"), clock)
    results = evening.upload(*scans, database=slow)
    assert [result.status for result in results] == ["conflict", "recorded", "conflict"]


@pytest.mark.parametrize(("guard", "holds"), [(None, True), (WithoutPreconditions, False)])
def test_one_scan_uploaded_by_two_at_the_same_moment(
    evening: Evening, store: Store, clock: ManualClock, guard: Any, holds: bool
) -> None:
    batch = evening.issue("r1", 5)
    meeting = Database(MeetBeforeCommit(guard(store) if guard else store, 2), clock)
    upload = partial(evening.upload, offline_scan("s1", batch.code), database=meeting)
    results: list[Any] = at_once([upload, upload])
    statuses = Counter(result.status for [result] in results)
    assert (statuses == {"recorded": 1, "replayed": 1}) is holds


TICKETS, HELD, DEVICES, SCANS = 20, 3, 4, 50


def _storm(evening: Evening, database: Database) -> tuple[int, int, int]:
    """Four devices at once bring fifty scans each of the same twenty tickets, twice.

    Returns:
        How many used tickets there should be, how many there are, how many guests stand as over.
    """
    batches = [evening.issue(f"r{number}", HELD) for number in range(TICKETS)]
    uploads = [
        partial(
            evening.upload,
            *(
                offline_scan(f"{device}-{number}", batches[(number * 7 + device) % TICKETS].code)
                for number in range(SCANS)
            ),
            device=f"device {device}",
            database=database,
        )
        for device in range(DEVICES)
    ]
    for results in at_once([*uploads, *uploads]):
        assert isinstance(results, list), results
        assert {result.status for result in results} <= {"recorded", "conflict", "replayed"}
    used = sum(evening.batch(batch.rager_id).used_count for batch in batches)
    over = [
        evening.document(f"scans/{device}-{n}") for device in range(DEVICES) for n in range(SCANS)
    ]
    return TICKETS * HELD, used, sum((scan or {})["overAdmitted"] for scan in over)


def test_a_storm_of_uploads(evening: Evening, store: Store) -> None:
    held, used, over = _storm(evening, evening.database)
    assert used == held
    assert used + over == DEVICES * SCANS
    conflicts = everything(store, "conflicts")
    assert len(conflicts) == over
    assert len(everything(store, "scans")) == DEVICES * SCANS
    for conflict in conflicts:
        assert conflict["reason"] == "more_admitted_than_held"
        assert conflict["this"]["device"].startswith("device ")
        assert conflict["other"]["device"].startswith("device ")
        assert conflict["other"]["scanId"] != conflict["scanId"]


def test_without_preconditions_a_storm_loses_guests(
    evening: Evening, store: Store, clock: ManualClock
) -> None:
    """The negative control: used and over do not add up to those who went in."""
    _, used, over = _storm(evening, Database(WithoutPreconditions(store), clock))
    assert used + over != DEVICES * SCANS


def test_cost_of_an_admission(evening: Evening, metered: Meter) -> None:
    scan = offline_scan("s1", evening.issue("r1").code)
    with metered.measure() as used:
        assert evening.upload(scan)[0].status == "recorded"
    assert used == documented("upload one offline scan")
    with metered.measure() as used:
        assert evening.upload(scan)[0].status == "replayed"
    assert used == documented("upload one offline scan, again")


def test_cost_of_a_conflict(evening: Evening, metered: Meter) -> None:
    batch = evening.issue("r1")
    evening.admit("r1")
    with metered.measure() as used:
        assert evening.upload(offline_scan("s1", batch.code))[0].status == "conflict"
    assert used == documented("upload one offline scan, a conflict")


def test_cost_of_a_departure(evening: Evening, metered: Meter) -> None:
    batch = evening.issue("r1")
    evening.admit("r1")
    with metered.measure() as used:
        assert evening.upload(offline_scan("s1", batch.code, direction="out"))[0].inside == 0
    assert used == documented("upload one offline scan, out")


def test_cost_of_a_forced_admission(evening: Evening, metered: Meter) -> None:
    scan = offline_scan("s1", evening.issue("r1").code, forced_reason="a guest of the house")
    with metered.measure() as used:
        assert evening.upload(scan, caller=SUPERVISOR)[0].status == "recorded"
    assert used == documented("upload one forced admission")


def test_cost_of_a_denial(evening: Evening, metered: Meter) -> None:
    scan = offline_scan("s1", evening.issue("r1").code, verdict="denied", reason="already_used")
    with metered.measure() as used:
        evening.upload(scan)
    assert used == documented("upload one offline scan, denied")
