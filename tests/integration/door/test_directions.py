"""Guests leave, and come back where the event allows it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from firetill import errors
from firetill.access import SERVER
from firetill.errors import ScanDenied
from firetill.tickets import batches, reconciliation
from firetill.wire import iso
from tests.evening import EVENT, Evening
from tests.factories import NOON, ManualClock
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import by_token, by_user, preview, undo
from tests.integration.door.offline_scans import scan_of

ADA = "ada"


@pytest.fixture
def token(evening: Evening) -> str:
    """Of a batch of three, two of whom are in by `scan-1`, at an event that lets them come back."""
    evening.announce(reentry=True)
    batch = evening.issue("r1", 3, user_id=ADA)
    by_token(evening.database, batch.token, count=2)
    return batch.token


def leave(evening: Evening, token: str, scan_id: str = "out-1", count: int = 1) -> None:
    left = by_token(evening.database, token, scan_id, count, direction="out")
    assert (left.direction, left.readmitted) == ("out", 0)


def test_a_guest_leaves(evening: Evening, clock: ManualClock) -> None:
    batch = evening.issue("r1", 3, user_id=ADA)
    by_token(evening.database, batch.token, count=2)
    clock.advance(minutes=1)
    left = by_token(evening.database, batch.token, "out-1", direction="out")
    assert msgspec.to_builtins(left) == {
        "ok": True,
        "scanId": "out-1",
        "eventId": EVENT,
        "userId": ADA,
        "ragerId": "r1",
        "direction": "out",
        "ticketQuantity": 3,
        "usedCount": 2,
        "remaining": 1,
        "remainingTotal": 1,
        "inside": 1,
        "readmitted": 0,
        "replayed": False,
    }
    after = evening.batch("r1")
    assert (after.used_count, after.outside, after.updated_at) == (2, 1, clock.instant)
    assert after.last_scan is not None
    assert after.last_scan.scan_id == "scan-1", "the last admission"
    record = scan_of(evening, "out-1")
    assert (record["result"], record["direction"]) == ("left", "out")
    assert (record["count"], record["counted"], record["left"]) == (1, 0, 1)
    assert (record["usedCount"], record["inside"]) == (2, 1)
    [summary] = evening.database.get(f"eventUsers/{EVENT}/users/{ADA}")
    assert summary.data is not None
    assert (summary.data["usedCount"], summary.data["totalTickets"]) == (2, 3)
    assert summary.data["version"] == 3, "whoever looked before must look again"


def test_who_is_not_in_cannot_leave(token: str, evening: Evening) -> None:
    with pytest.raises(errors.NotInside) as denied:
        leave(evening, token, count=3)
    assert denied.value.data == {"inside": 2, "scanId": "out-1", "replayed": False}
    record = scan_of(evening, "out-1")
    assert (record["result"], record["reason"]) == ("denied", "not_inside")
    assert (record["direction"], record["left"], record["data"]) == ("out", 0, {"inside": 2})
    with pytest.raises(errors.NotInside) as again:
        leave(evening, token, count=3)
    assert again.value.data["replayed"] is True
    assert evening.batch("r1").outside == 0


def test_the_same_scan_again_is_one_departure(
    token: str, evening: Evening, documents: Documents
) -> None:
    first = by_token(evening.database, token, "out-1", direction="out")
    before = documents()
    again = by_token(evening.database, token, "out-1", direction="out")
    assert again == msgspec.structs.replace(first, replayed=True)
    with pytest.raises(errors.IdempotencyKeyReused):
        by_token(evening.database, token, "out-1")
    with pytest.raises(errors.IdempotencyKeyReused):
        by_token(evening.database, token, count=2, direction="out")
    assert documents() == before


def _closed(evening: Evening) -> None:
    evening.announce(reentry=True, endsAt=NOON)


def _inactive(evening: Evening) -> None:
    evening.announce(reentry=True, active=False)


def _refunded(evening: Evening) -> None:
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 1))


def _deactivated(evening: Evening) -> None:
    evening.deactivate("r1")


def _replaced(evening: Evening) -> None:
    evening.reissue("r1")


def _revoked(evening: Evening) -> None:
    evening.close("r1")


OBSTACLES: dict[Callable[[Evening], None], type[ScanDenied]] = {
    _closed: errors.OutsideWindow,
    _inactive: errors.EventInactive,
    _refunded: errors.TicketRefunded,
    _deactivated: errors.TicketInactive,
    _replaced: errors.TicketRevoked,
    _revoked: errors.TicketRevoked,
}


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda obstacle: obstacle.__name__)
def test_what_keeps_people_out_keeps_nobody_in(
    obstacle: Callable[[Evening], None], token: str, evening: Evening
) -> None:
    leave(evening, token)
    obstacle(evening)
    leave(evening, token, "out-2")
    assert evening.batch("r1").inside == 0
    with pytest.raises(OBSTACLES[obstacle]):
        by_token(evening.database, token, "back")
    assert evening.batch("r1").outside == 2


def test_they_come_back_on_the_ticket_that_they_used(token: str, evening: Evening) -> None:
    leave(evening, token, count=2)
    assert preview(evening.database, ADA).items[0].outside == 2
    back = by_token(evening.database, token, "back")
    assert (back.direction, back.readmitted, back.used_count, back.inside) == ("in", 1, 2, 1)
    more = by_token(evening.database, token, "more", count=2)
    assert (more.readmitted, more.used_count, more.inside, more.remaining) == (1, 3, 3, 0)
    record = scan_of(evening, "more")
    assert (record["count"], record["counted"], record["readmitted"]) == (2, 1, 1)
    with pytest.raises(errors.AlreadyUsed) as denied:
        by_token(evening.database, token, "too many")
    assert denied.value.data["usedAt"] is not None
    leave(evening, token, "out-2", count=3)
    again = by_token(evening.database, token, "again", count=3)
    assert (again.readmitted, again.used_count, again.inside) == (3, 3, 3)


def test_a_return_is_the_last_admission(token: str, evening: Evening, clock: ManualClock) -> None:
    by_token(evening.database, token, "third")
    leave(evening, token)
    clock.advance(hours=1)
    by_token(evening.database, token, "back", gate="south")
    with pytest.raises(errors.AlreadyUsed) as denied:
        by_token(evening.database, token, "fourth")
    assert (denied.value.data["gate"], denied.value.data["usedAt"]) == ("south", iso(clock.instant))


def test_without_reentry_each_admission_takes_a_ticket(token: str, evening: Evening) -> None:
    evening.announce(reentry=False)
    leave(evening, token, count=2)
    third = by_token(evening.database, token, "third")
    assert (third.readmitted, third.used_count, third.inside) == (0, 3, 1)
    with pytest.raises(errors.AlreadyUsed):
        by_token(evening.database, token, "fourth")
    assert preview(evening.database, ADA).next_candidate is None
    evening.announce(reentry=True)
    assert preview(evening.database, ADA).next_candidate == "r1"
    assert by_token(evening.database, token, "fifth", count=2).readmitted == 2


@pytest.mark.parametrize(("units", "may_return"), [(0, 2), (1, 1), (2, 0)])
def test_whose_money_went_back_does_not_come_back(
    units: int, may_return: int, token: str, evening: Evening
) -> None:
    """All three tickets are used, two of their guests are outside."""
    by_token(evening.database, token, "third")
    leave(evening, token, count=2)
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", units))
    with pytest.raises(errors.NoneRemaining if may_return else errors.TicketRefunded):
        by_token(evening.database, token, "all", count=may_return + 1)
    if may_return:
        back = by_token(evening.database, token, "some", count=may_return)
        assert back.readmitted == may_return


def test_a_party_of_whom_a_ticket_was_passed_on_comes_back_by_the_new_code(
    token: str, evening: Evening
) -> None:
    leave(evening, token)
    renewed = evening.reissue("r1")
    with pytest.raises(errors.TicketRevoked):
        by_token(evening.database, token, "back")
    back = by_token(evening.database, renewed.token, "back-again", count=2)
    assert (back.readmitted, back.used_count) == (1, 3)


def test_a_guest_without_a_code_leaves_and_comes_back(evening: Evening) -> None:
    """By the batch that has them, not by the one with the most left."""
    evening.announce(reentry=True)
    small = evening.issue("r1", 1, user_id=ADA)
    evening.issue("r2", 5, user_id=ADA)
    by_token(evening.database, small.token, "in-1")
    left = by_user(evening.database, ADA, "out-1", direction="out")
    assert (left.rager_id, left.inside) == ("r1", 0)
    back = by_user(evening.database, ADA, "back")
    assert (back.rager_id, back.readmitted, back.used_count) == ("r1", 1, 1)
    assert by_user(evening.database, ADA, "in-2", count=2).rager_id == "r2"
    assert by_user(evening.database, ADA, "out-2", direction="out").rager_id == "r2"
    with pytest.raises(errors.NotInside) as denied:
        by_user(evening.database, ADA, "out-3", count=2, direction="out")
    assert denied.value.data["inside"] == 1
    evening.close("r1")
    assert by_user(evening.database, ADA, "out-4", direction="out").inside == 0
    with pytest.raises(errors.TicketNotFound):
        by_user(evening.database, "bob", "out-5", direction="out")


@pytest.mark.parametrize(
    ("shown", "event_id", "denial"),
    [
        (None, "opera", errors.WrongEvent),
        ("FT1.forged", EVENT, errors.CodeForged),
        ("t" * 22, EVENT, errors.TicketNotFound),
    ],
)
def test_what_is_no_ticket_here_is_none_on_the_way_out(
    shown: str | None, event_id: str, denial: type[ScanDenied], token: str, evening: Evening
) -> None:
    Evening(evening.database, "opera").announce()
    with pytest.raises(denial):
        by_token(
            evening.database,
            shown or token,
            "out",
            event_id=event_id,
            direction="out",
            caller=SERVER,
        )
    assert evening.batch("r1").outside == 0


def test_the_roster_tells_who_is_outside(token: str, evening: Evening) -> None:
    leave(evening, token)
    page = evening.page()
    assert [(one.used_count, one.outside) for one in page.entries] == [(2, 1)]
    assert page.event.reentry is True


def test_summaries_know_nothing_of_it(token: str, evening: Evening) -> None:
    leave(evening, token)
    by_token(evening.database, token, "back")
    case = reconciliation.new_case(evening.database, EVENT, "root", dry_run=True)
    assert reconciliation.settle(case, ADA) == "agrees"


# Taking it back.


def test_a_departure_is_taken_back(token: str, evening: Evening) -> None:
    leave(evening, token, count=2)
    evening.close("r1", "refunded")
    undone = undo(evening.database, "out-1")
    assert (undone.used_count, undone.inside) == (2, 2), "also of a ticket that has died since"
    assert undo(evening.database, "out-1") == undone
    assert evening.batch("r1").outside == 0


def test_a_return_is_taken_back(token: str, evening: Evening) -> None:
    leave(evening, token, count=2)
    by_token(evening.database, token, "back", count=3)
    undone = undo(evening.database, "back")
    assert (undone.used_count, undone.inside, undone.remaining) == (2, 0, 1)
    assert evening.batch("r1").outside == 2


def test_an_admission_whose_guests_have_left_is_taken_back(token: str, evening: Evening) -> None:
    leave(evening, token, count=2)
    undone = undo(evening.database)
    assert (undone.used_count, undone.inside) == (0, 0)
    assert evening.batch("r1").outside == 0, "who never went in is not out"
    assert undo(evening.database, "out-1").inside == 0
    assert by_token(evening.database, token, "anew", count=3).readmitted == 0


def test_a_departure_is_taken_back_after_the_return(token: str, evening: Evening) -> None:
    leave(evening, token)
    by_token(evening.database, token, "back")
    assert undo(evening.database, "out-1").inside == 2
    assert evening.batch("r1").outside == 0


def test_who_did_not_get_out_has_nothing_taken_back(token: str, evening: Evening) -> None:
    with pytest.raises(errors.NotInside):
        leave(evening, token, count=3)
    with pytest.raises(errors.ScanNotAdmitted):
        undo(evening.database, "out-1")


# What was written before anybody could leave.


def _aged(evening: Evening, path: str, *names: str) -> None:
    """Rewrite a document as it was before these fields were."""
    [found] = evening.database.get(path)
    before: dict[str, Any] = {
        name: value for name, value in (found.data or {}).items() if name not in names
    }

    def body(tx: Any) -> None:
        tx.get(path)
        tx.replace(path, before)

    evening.database.run_transaction(body)


def test_a_batch_from_before(token: str, evening: Evening) -> None:
    _aged(evening, f"events/{EVENT}/ragers/r1", "outside")
    _aged(evening, f"events/{EVENT}", "reentry")
    assert evening.page().entries[0].outside == 0
    assert evening.page().event.reentry is False
    assert preview(evening.database, ADA).items[0].outside == 0
    leave(evening, token)
    assert by_token(evening.database, token, "third").used_count == 3


def test_a_scan_from_before_is_answered_as_then(token: str, evening: Evening) -> None:
    first = by_token(evening.database, token, "s1")
    newer = ("direction", "readmitted", "left", "inside")
    _aged(evening, f"events/{EVENT}/scans/s1", *newer)
    again = by_token(evening.database, token, "s1")
    assert again == msgspec.structs.replace(first, replayed=True)
    undone = undo(evening.database, "s1")
    record = dict(scan_of(evening, "s1"))
    counts = {name: value for name, value in record["undoneCounts"].items() if name != "inside"}
    _aged(evening, f"events/{EVENT}/scans/s1", *newer, "undoneCounts")
    evening.write(f"events/{EVENT}/scans/s1", {"undoneCounts": counts})
    assert "inside" not in scan_of(evening, "s1")["undoneCounts"]
    assert undo(evening.database, "s1") == undone
