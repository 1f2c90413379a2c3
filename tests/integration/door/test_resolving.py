"""Conflicts that a supervisor has looked at."""

from functools import partial

import pytest

from firetill import access, errors
from firetill.access import SERVER, Caller
from firetill.clock import system_clock
from firetill.database import Database, Store
from firetill.door import conflicts
from firetill.door.desk_model import ResolveConflict, ResolvedConflict
from tests.evening import EVENT, STEWARD, Evening
from tests.factories import ManualClock, at_once
from tests.faults import LOST_REPLY, FaultyStore, Script, WithoutPreconditions
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import SUPERVISOR
from tests.integration.door.offline_scans import conflict_of, offline_scan, scan_of
from tests.integration.pledges.meetings import MeetBeforeCommit


@pytest.fixture(autouse=True)
def _conflict(evening: Evening) -> None:
    """Two went in on a ticket for one."""
    batch = evening.issue("r1")
    evening.upload(offline_scan("s1", batch.code))
    [second] = evening.upload(offline_scan("s2", batch.code), device="tablet")
    assert second.status == "conflict"


def resolve(
    db: Database,
    note: str = "a screenshot",
    *,
    scan_id: str = "s2",
    caller: Caller = SUPERVISOR,
) -> ResolvedConflict:
    request = ResolveConflict(event_id=EVENT, scan_id=scan_id, note=note)
    return conflicts.resolve(db, caller, request)


def test_a_conflict_is_closed(evening: Evening, clock: ManualClock, documents: Documents) -> None:
    before, conflict, scan = documents(), conflict_of(evening, "s2"), scan_of(evening, "s2")
    clock.advance(minutes=5)
    resolved = resolve(evening.database)
    assert (resolved.event_id, resolved.scan_id) == (EVENT, "s2")
    assert (resolved.resolved_at, resolved.resolved_by) == (clock.instant, "supervisor")
    assert resolved.note == "a screenshot"
    said = {"resolvedAt": clock.instant, "resolvedBy": "supervisor", "note": "a screenshot"}
    assert conflict_of(evening, "s2") == {**conflict, **said}
    assert scan_of(evening, "s2") == scan
    [audited] = [fields for path, fields in documents().items() if path not in before]
    assert {name: next(iter(value.values())) for name, value in audited.items()} == {
        "auditId": audited["auditId"]["stringValue"],
        "kind": "conflict_resolved",
        "eventId": EVENT,
        "scanId": "s2",
        "staffId": "supervisor",
        "note": "a screenshot",
        "at": "2026-02-07T12:05:00Z",
    }


def test_closing_again_changes_nothing(
    evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    first = resolve(evening.database)
    before = documents()
    clock.advance(hours=1)
    assert resolve(evening.database, "else") == first
    assert documents() == before


@pytest.mark.parametrize("scan_id", ["s2", "s9"])
@pytest.mark.parametrize("caller", [STEWARD, SERVER, access.user("ada", {})])
def test_only_a_supervisor_closes(
    caller: Caller, scan_id: str, evening: Evening, documents: Documents
) -> None:
    before = documents()
    with pytest.raises(errors.NotStaff):
        resolve(evening.database, scan_id=scan_id, caller=caller)
    assert documents() == before


@pytest.mark.parametrize("scan_id", ["s1", "s9"])
def test_a_scan_without_a_conflict(scan_id: str, evening: Evening) -> None:
    with pytest.raises(errors.ConflictNotFound) as refused:
        resolve(evening.database, scan_id=scan_id)
    assert refused.value.data == {"scanId": scan_id}


def test_the_reply_gets_lost(evening: Evening, store: Store, clock: ManualClock) -> None:
    plan = Script(commit=[LOST_REPLY])
    assert resolve(Database(FaultyStore(store, plan), clock)).note == "a screenshot"
    assert plan.spent
    assert conflict_of(evening, "s2")["note"] == "a screenshot"


@pytest.mark.parametrize(("guard", "holds"), [(None, True), (WithoutPreconditions, False)])
def test_two_supervisors_at_once(
    store: Store, guard: type[WithoutPreconditions] | None, *, holds: bool
) -> None:
    meeting = MeetBeforeCommit(guard(store) if guard else store, 2)
    told = at_once([partial(resolve, Database(meeting, system_clock), f"n{n}") for n in range(2)])
    assert all(isinstance(one, ResolvedConflict) for one in told), told
    assert (len({one.note for one in told if isinstance(one, ResolvedConflict)}) == 1) is holds
