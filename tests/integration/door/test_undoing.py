"""Taking admissions back."""

from collections.abc import Callable

import msgspec
import pytest

from firetill import access, errors
from firetill.access import SERVER, Caller
from firetill.errors import Refusal
from firetill.tickets import batches
from tests.evening import EVENT, STEWARD, Evening
from tests.factories import NOON, ManualClock
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import SUPERVISOR, by_token, by_user, undo

ADA = "ada"
SOMEWHERE_ELSE = access.user("olga", {"supervisor": ["other"], "staff": [EVENT]})

ANOTHER_SUPERVISOR = access.user("nora", {"supervisor": [EVENT]})


@pytest.fixture
def token(evening: Evening) -> str:
    """Of a batch of three, two of whom are in by `scan-1`."""
    batch = evening.issue("r1", 3, user_id=ADA)
    by_token(evening.database, batch.token, count=2)
    return batch.token


def test_an_admission_is_taken_back(
    token: str, evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    before = documents()
    clock.advance(minutes=5)
    undone = undo(evening.database)
    assert msgspec.to_builtins(undone, builtin_types=(type(NOON),)) == {
        "scanId": "scan-1",
        "eventId": EVENT,
        "userId": ADA,
        "ragerId": "r1",
        "ticketQuantity": 3,
        "usedCount": 0,
        "remaining": 3,
        "remainingTotal": 3,
        "inside": 0,
        "undoneAt": clock.instant,
    }
    batch = evening.batch("r1")
    assert (batch.used_count, batch.active, batch.last_scan) == (0, True, None)
    record = evening.document("scans/scan-1")
    assert record is not None
    assert (record["result"], record["undoneAt"]) == ("admitted", clock.instant)
    assert (record["undoneBy"], record["undoReason"]) == ("supervisor", "wrong guest")
    assert (record["usedCount"], record["undoneCounts"]["usedCount"]) == (2, 0)
    [audited] = [fields for path, fields in documents().items() if path not in before]
    assert {name: next(iter(value.values())) for name, value in audited.items()} == {
        "auditId": audited["auditId"]["stringValue"],
        "kind": "scan_undone",
        "userId": ADA,
        "eventId": EVENT,
        "scanId": "scan-1",
        "ragerId": "r1",
        "direction": "in",
        "count": "2",
        "readmitted": "0",
        "left": "0",
        "staffId": "supervisor",
        "reason": "wrong guest",
        "at": "2026-02-07T12:05:00Z",
    }
    assert by_token(evening.database, token, "scan-2", count=3).remaining == 0


def test_taking_back_again_changes_nothing(
    token: str, evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    first = undo(evening.database)
    by_token(evening.database, token, "scan-2")
    clock.advance(hours=1)
    before = documents()
    assert undo(evening.database, reason="once more") == first
    assert documents() == before


def test_what_one_supervisor_took_back_another_does_not(
    token: str, evening: Evening, documents: Documents
) -> None:
    first = undo(evening.database)
    by_token(evening.database, token, "scan-2", count=2)
    before = documents()
    assert undo(evening.database, caller=ANOTHER_SUPERVISOR) == first
    assert documents() == before


def test_an_undone_scan_is_never_admitted_again(
    token: str, evening: Evening, documents: Documents
) -> None:
    undo(evening.database)
    before = documents()
    again = by_token(evening.database, token, count=2)
    assert (again.replayed, again.used_count) == (True, 2)
    assert documents() == before


def test_a_later_scan_stays_the_last(token: str, evening: Evening) -> None:
    by_token(evening.database, token, "scan-2")
    undo(evening.database)
    last = evening.batch("r1").last_scan
    assert last is not None
    assert last.scan_id == "scan-2"
    assert undo(evening.database, "scan-2").used_count == 0


@pytest.mark.usefixtures("token")
def test_the_event_need_not_be_named(evening: Evening) -> None:
    assert undo(evening.database, event_id=None).event_id == EVENT
    assert evening.batch("r1").used_count == 0


@pytest.mark.usefixtures("token")
def test_two_events_with_one_scan_id(evening: Evening) -> None:
    other = Evening(evening.database, "other")
    other.announce()
    by_token(evening.database, other.issue("r1").token, caller=SERVER)
    with pytest.raises(errors.InvalidField) as raised:
        undo(evening.database, event_id=None)
    assert raised.value.data == {"field": "eventId"}
    assert undo(evening.database, event_id=EVENT).remaining == 3
    assert other.batch("r1").used_count == 1


def _refunded(evening: Evening) -> None:
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 2))


def _all_refunded(evening: Evening) -> None:
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 3))


def _passed_on(evening: Evening) -> None:
    evening.write(f"events/{EVENT}/ragers/r1", {"closed": "transferred", "active": False})


def _denied(evening: Evening) -> None:
    with pytest.raises(errors.NoneRemaining):
        by_user(evening.database, ADA, "scan-2", count=2)


def _nothing(_evening: Evening) -> None:
    """Leave all as it is."""


@pytest.mark.parametrize(
    ("prepare", "scan_id", "event_id", "kind"),
    [
        (_refunded, "scan-1", EVENT, errors.TicketRefunded),
        (_all_refunded, "scan-1", EVENT, errors.TicketRefunded),
        (_passed_on, "scan-1", EVENT, errors.TicketTransferred),
        (_denied, "scan-2", EVENT, errors.ScanNotAdmitted),
        (_denied, "scan-2", None, errors.ScanNotAdmitted),
        (_nothing, "scan-9", EVENT, errors.ScanNotFound),
        (_nothing, "scan-9", None, errors.ScanNotFound),
    ],
)
@pytest.mark.usefixtures("token")
def test_what_cannot_be_taken_back(  # noqa: PLR0917 - the columns of the table
    prepare: Callable[[Evening], None],
    scan_id: str,
    event_id: str | None,
    kind: type[Refusal],
    evening: Evening,
    documents: Documents,
) -> None:
    prepare(evening)
    before = documents()
    with pytest.raises(kind):
        undo(evening.database, scan_id, event_id)
    assert documents() == before


def test_unused_tickets_that_were_refunded_stop_no_undo(evening: Evening) -> None:
    batch = evening.issue("r1", 4)
    by_token(evening.database, batch.token, count=2)
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 1))
    assert undo(evening.database).remaining == 3


def test_the_refund_of_the_last_unused_ticket_ends_the_batch(evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    by_token(evening.database, batch.token, count=2)
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 1))
    with pytest.raises(errors.TicketRefunded):
        undo(evening.database)


@pytest.mark.parametrize("caller", [STEWARD, SERVER, SOMEWHERE_ELSE, access.user(ADA, {})])
@pytest.mark.parametrize("event_id", [EVENT, None])
@pytest.mark.parametrize("scan_id", ["scan-1", "scan-9"])
@pytest.mark.usefixtures("token")
def test_only_a_supervisor_takes_back(
    caller: Caller,
    event_id: str | None,
    scan_id: str,
    evening: Evening,
    documents: Documents,
) -> None:
    before = documents()
    unknown_anywhere = scan_id == "scan-9" and event_id is None
    with pytest.raises(errors.ScanNotFound if unknown_anywhere else errors.NotStaff):
        undo(evening.database, scan_id, event_id, caller=caller)
    assert documents() == before


@pytest.mark.usefixtures("token")
def test_a_supervisor_by_document(evening: Evening) -> None:
    caller = access.user("max", {})
    evening.write(f"eventStaff/{EVENT}/members/max", {"role": "staff"})
    with pytest.raises(errors.NotStaff):
        undo(evening.database, caller=caller)
    evening.write(f"eventStaff/{EVENT}/members/max", {"role": "supervisor"})
    assert undo(evening.database, caller=caller).remaining == 3


@pytest.mark.usefixtures("token")
def test_a_batch_deactivated_by_hand_is_not_revived(evening: Evening) -> None:
    evening.write(f"events/{EVENT}/ragers/r1", {"active": False})
    assert undo(evening.database, caller=SUPERVISOR).remaining == 3
    assert not evening.batch("r1").active
