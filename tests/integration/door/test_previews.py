"""Looking before one scans."""

import msgspec
import pytest

from firetill import access, errors
from firetill.access import SERVER
from firetill.database import Database, Store
from firetill.door.model import Preview
from tests.evening import Evening
from tests.factories import NOON, ManualClock
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import by_user, preview
from tests.integration.door.interruptions import AfterFirstRead

ADA = "ada"


def test_a_preview_shows_what_a_guest_holds(evening: Evening, documents: Documents) -> None:
    evening.issue("r1", 2, user_id=ADA)
    evening.issue("r2", 3, user_id=ADA)
    evening.issue("r3", 9, user_id="bob")
    by_user(evening.database, ADA, count=3)
    before = documents()
    shown = preview(evening.database, ADA)
    assert documents() == before
    assert msgspec.to_builtins(shown, builtin_types=(type(NOON),)) == {
        "items": [
            {
                "ragerId": "r1",
                "ticketQuantity": 2,
                "usedCount": 0,
                "remaining": 2,
                "outside": 0,
                "active": True,
                "purchaseDate": NOON,
            },
            {
                "ragerId": "r2",
                "ticketQuantity": 3,
                "usedCount": 3,
                "remaining": 0,
                "outside": 0,
                "active": False,
                "purchaseDate": NOON,
            },
        ],
        "remainingTotal": 2,
        "nextCandidate": "r1",
        "version": 3,
    }


def test_a_preview_names_what_the_scan_then_takes_from(evening: Evening) -> None:
    for n, quantity in enumerate((2, 4, 3)):
        evening.issue(f"r{n}", quantity, user_id=ADA)
    for n in range(9):
        shown = preview(evening.database, ADA)
        admission = by_user(evening.database, ADA, f"scan-{n}", version=shown.version)
        assert admission.rager_id == shown.next_candidate
        assert admission.remaining_total == shown.remaining_total - 1
    assert preview(evening.database, ADA).next_candidate is None


def test_a_guest_without_tickets(evening: Evening) -> None:
    nothing = Preview(items=[], remaining_total=0, next_candidate=None, version=0)
    assert preview(evening.database, ADA) == nothing


def test_a_batch_that_comes_meanwhile_is_in_the_picture(
    store: Store, clock: ManualClock, evening: Evening
) -> None:
    """Items, total and version are of one moment."""
    evening.issue("r1", 2, user_id=ADA)
    interrupted = AfterFirstRead(store, lambda: evening.issue("r2", 5, user_id=ADA))
    shown = preview(Database(interrupted, clock), ADA)
    assert [item.rager_id for item in shown.items] == ["r2", "r1"]
    assert (shown.remaining_total, shown.next_candidate, shown.version) == (7, "r2", 2)


def test_only_staff_looks(evening: Evening) -> None:
    evening.issue("r1", 2, user_id=ADA)
    assert preview(evening.database, ADA, SERVER).remaining_total == 2
    for user_id in (ADA, "eve"):
        with pytest.raises(errors.NotStaff):
            preview(evening.database, ADA, access.user(user_id, {}))
    with pytest.raises(errors.NotStaff):
        preview(evening.database, ADA, access.user("olga", {"staff": ["other"]}))


def test_there_is_nothing_to_see_at_an_event_that_is_none(database: Database) -> None:
    with pytest.raises(errors.EventNotFound):
        preview(database, ADA)
