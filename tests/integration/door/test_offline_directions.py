"""Offline, guests leave and come back too; and a supervisor lets in against the verdict."""

from datetime import timedelta
from typing import Any

import pytest

from firetill import access
from firetill.access import Caller
from firetill.database import Store
from firetill.errors import AlreadyUsed, NotInside, NotStaff
from tests.evening import EVENT, STEWARD, Evening
from tests.factories import NOON
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import SUPERVISOR, by_token, undo
from tests.integration.door.offline_scans import (
    EARLIER,
    conflict_of,
    everything,
    offline_scan,
    scan_of,
)


@pytest.fixture
def code(evening: Evening) -> str:
    """Of a batch of three, two of whom are in, at an event that lets them come back."""
    evening.announce(reentry=True)
    batch = evening.issue("r1", 3)
    by_token(evening.database, batch.code, count=2)
    return batch.code


def counts(evening: Evening) -> tuple[int, int]:
    batch = evening.batch("r1")
    return batch.used_count, batch.outside


def test_a_departure(code: str, evening: Evening, store: Store) -> None:
    before = evening.batch("r1").last_scan
    later = NOON + timedelta(minutes=1)
    scan = offline_scan("s1", code, direction="out", scanned_at=later)
    [result] = evening.upload(scan)
    assert (result.status, result.reason) == ("recorded", None)
    assert (result.used_count, result.remaining, result.inside) == (2, 1, 1)
    assert counts(evening) == (2, 1)
    assert evening.batch("r1").last_scan == before, "the last admission"
    record = scan_of(evening, "s1")
    assert (record["result"], record["direction"]) == ("left", "out")
    assert (record["counted"], record["left"], record["overAdmitted"]) == (0, 1, 0)
    assert everything(store, "conflicts") == []
    [again] = evening.upload(scan)
    assert (again.status, again.inside) == ("replayed", 1)
    assert counts(evening) == (2, 1)
    assert undo(evening.database, "s1").inside == 2


def test_more_leave_than_are_known_to_be_in(code: str, evening: Evening) -> None:
    [result] = evening.upload(offline_scan("s1", code, count=5, direction="out"))
    assert (result.status, result.reason, result.inside) == ("conflict", "not_inside", 0)
    assert counts(evening) == (2, 2)
    record, conflict = scan_of(evening, "s1"), conflict_of(evening, "s1")
    assert (record["count"], record["left"], record["overAdmitted"]) == (5, 2, 0)
    assert (conflict["count"], conflict["overAdmitted"], conflict["other"]) == (5, 0, None)
    assert undo(evening.database, "s1").inside == 2


@pytest.mark.parametrize(
    "event",
    [
        {"offlineAllowed": False},
        {"active": False},
        {"endsAt": EARLIER},
    ],
)
def test_nothing_keeps_anybody_in(code: str, evening: Evening, event: dict[str, Any]) -> None:
    evening.announce(**event)
    evening.close("r1", "refunded")
    [result] = evening.upload(offline_scan("s1", code, direction="out", scanned_at=NOON))
    assert (result.status, result.inside) == ("recorded", 1)


def test_a_stranger_who_leaves_was_inside(evening: Evening) -> None:
    [result] = evening.upload(offline_scan("s1", "t" * 22, direction="out"))
    assert (result.status, result.reason, result.inside) == ("conflict", "unknown_ticket", None)
    assert (scan_of(evening, "s1")["result"], scan_of(evening, "s1")["left"]) == ("left", 0)
    assert conflict_of(evening, "s1")["overAdmitted"] == 0


def test_somebody_who_was_not_let_out(code: str, evening: Evening) -> None:
    denied = offline_scan("s1", code, direction="out", verdict="denied", reason="not_inside")
    assert evening.upload(denied)[0].status == "recorded"
    assert scan_of(evening, "s1")["result"] == "denied"
    assert counts(evening) == (2, 0)


def test_they_come_back(code: str, evening: Evening) -> None:
    evening.upload(offline_scan("s1", code, count=2, direction="out"))
    later = EARLIER + timedelta(minutes=5)
    [result] = evening.upload(offline_scan("s2", code, count=3, scanned_at=later))
    assert (result.status, result.used_count, result.inside) == ("recorded", 3, 3)
    record = scan_of(evening, "s2")
    assert (record["counted"], record["readmitted"], record["overAdmitted"]) == (1, 2, 0)
    assert evening.batch("r1").active is False, "used up, and no conflict for that"
    [more] = evening.upload(offline_scan("s3", code, scanned_at=later))
    assert more.reason == "more_admitted_than_held"
    undone = undo(evening.database, "s2")
    assert (undone.used_count, undone.inside) == (2, 0)


def test_they_come_back_where_they_may_not(code: str, evening: Evening) -> None:
    """Whoever came in is in, and counts as one too many: so the sum of those inside is right."""
    evening.announce(reentry=False)
    by_token(evening.database, code, "third")
    evening.upload(offline_scan("s1", code, direction="out"))
    [result] = evening.upload(offline_scan("s2", code))
    assert (result.reason, result.inside) == ("more_admitted_than_held", 2)
    assert scan_of(evening, "s2")["overAdmitted"] == 1


def test_a_return_before_the_ticket_died_is_one(code: str, evening: Evening) -> None:
    evening.upload(offline_scan("s1", code, direction="out"))
    evening.close("r1", "refunded")
    [result] = evening.upload(offline_scan("s2", code))
    assert (result.reason, result.inside) == ("revoked_after_scan", 2)
    assert (scan_of(evening, "s2")["readmitted"], scan_of(evening, "s2")["overAdmitted"]) == (1, 0)
    evening.upload(offline_scan("s3", code, direction="out"))
    [late] = evening.upload(offline_scan("s4", code, scanned_at=NOON))
    assert (late.reason, late.inside) == ("revoked_before_scan", 1)
    assert scan_of(evening, "s4")["overAdmitted"] == 1


def test_of_one_upload_they_go_in_the_order_of_the_door(evening: Evening) -> None:
    evening.announce(reentry=True)
    code = evening.issue("r1").code
    minutes = [EARLIER + timedelta(minutes=number) for number in range(4)]
    results = evening.upload(
        offline_scan("out-2", code, direction="out", scanned_at=minutes[3]),
        offline_scan("back", code, scanned_at=minutes[2]),
        offline_scan("out-1", code, direction="out", scanned_at=minutes[1]),
        offline_scan("in", code, scanned_at=minutes[0]),
    )
    assert {result.status for result in results} == {"recorded"}
    assert counts(evening) == (1, 1)


# A device whose online scan was never answered goes on offline under the same id.


def test_a_departure_whose_answer_was_lost(code: str, evening: Evening, store: Store) -> None:
    by_token(evening.database, code, "s1", direction="out")
    [result] = evening.upload(offline_scan("s1", code, direction="out"))
    assert (result.status, result.inside) == ("replayed", 1)
    assert counts(evening) == (2, 1)
    assert len(everything(store, "scans")) == 2


def test_a_denied_departure_whose_answer_was_lost(code: str, evening: Evening) -> None:
    with pytest.raises(NotInside):
        by_token(evening.database, code, "s1", 3, direction="out")
    denied = offline_scan("s1", code, direction="out", verdict="denied", count=3)
    assert evening.upload(denied)[0].status == "replayed"


@pytest.mark.parametrize("verdict", ["admitted", "denied"])
def test_the_other_direction_is_another_scan(
    verdict: str, code: str, evening: Evening, store: Store
) -> None:
    """One that went in and one that went out under one id are two, and none of them is lost."""
    if verdict == "admitted":
        by_token(evening.database, code, "s1")
    else:
        with pytest.raises(NotInside):
            by_token(evening.database, code, "s1", 3, direction="out")
    other = "out" if verdict == "admitted" else "in"
    [result] = evening.upload(offline_scan("s1", code, direction=other, verdict=verdict))
    assert (result.status, result.reason) == ("conflict", "scan_id_reused")
    assert len(everything(store, "scans")) == 3
    assert counts(evening) == ((3, 1) if verdict == "admitted" else (2, 0))


# A supervisor lets in against the verdict.


def forced(scan_id: str, code: str, **changes: Any) -> Any:
    return offline_scan(scan_id, code, forced_reason="the box office vouches", **changes)


def test_a_forced_admission(evening: Evening, documents: Documents) -> None:
    evening.announce(offlineAllowed=False)
    code = evening.issue("r1", user_id="ada").code
    by_token(evening.database, code)
    with pytest.raises(AlreadyUsed):
        by_token(evening.database, code, "denied")
    before = documents()
    scan = forced("s1", code, count=2, scanned_at=NOON)
    [result] = evening.upload(scan, caller=SUPERVISOR)
    assert (result.status, result.reason) == ("conflict", "more_admitted_than_held")
    record = scan_of(evening, "s1")
    assert (record["result"], record["overAdmitted"]) == ("admitted", 2)
    assert (record["forcedReason"], record["forcedBy"]) == ("the box office vouches", "supervisor")
    new = {path: fields for path, fields in documents().items() if path not in before}
    [audited] = [fields for path, fields in new.items() if path.startswith("auditLog/")]
    assert {name: next(iter(value.values())) for name, value in audited.items()} == {
        "auditId": audited["auditId"]["stringValue"],
        "kind": "admission_forced",
        "userId": "ada",
        "eventId": EVENT,
        "scanId": "s1",
        "ragerId": "r1",
        "count": "2",
        "overAdmitted": "2",
        "staffId": "supervisor",
        "gate": "north",
        "device": "phone",
        "reason": "the box office vouches",
        "at": "2026-02-07T12:00:00Z",
    }
    after = documents()
    assert evening.upload(scan, caller=SUPERVISOR)[0].status == "replayed"
    assert documents() == after
    assert undo(evening.database, "s1").used_count == 1


def test_a_forced_admission_uses_what_there_is(evening: Evening, store: Store) -> None:
    evening.announce(offlineAllowed=False)
    code = evening.issue("r1", 3).code
    [result] = evening.upload(forced("s1", code, count=2), caller=SUPERVISOR)
    assert (result.status, result.used_count) == ("recorded", 2)
    assert everything(store, "conflicts") == []


def test_whoever_is_forced_in_may_be_a_stranger(evening: Evening) -> None:
    [result] = evening.upload(forced("s1", "no code at all"), caller=SUPERVISOR)
    assert (result.status, result.reason) == ("conflict", "code_forged")
    assert scan_of(evening, "s1")["overAdmitted"] == 1


def test_an_ordinary_scan_says_nothing_of_force(code: str, evening: Evening) -> None:
    evening.upload(offline_scan("s1", code), caller=SUPERVISOR)
    record = scan_of(evening, "s1")
    assert (record["forcedReason"], record["forcedBy"]) == (None, None)


@pytest.mark.parametrize(
    ("caller", "role"),
    [(STEWARD, None), (access.user("max", {}), "staff"), (access.user("eve", {}), None)],
)
def test_only_a_supervisor_forces(
    caller: Caller, role: str | None, code: str, evening: Evening, documents: Documents
) -> None:
    """Not even the other scans of the call are recorded."""
    if role:
        evening.write(f"eventStaff/{EVENT}/members/{caller.name}", {"role": role})
    before = documents()
    with pytest.raises(NotStaff):
        evening.upload(offline_scan("s1", code), forced("s2", code), caller=caller)
    assert documents() == before
    evening.write(f"eventStaff/{EVENT}/members/{caller.name}", {"role": "supervisor"})
    results = evening.upload(offline_scan("s1", code), forced("s2", code), caller=caller)
    assert [result.status for result in results] == ["recorded", "conflict"]
    assert scan_of(evening, "s2")["forcedBy"] == caller.name
