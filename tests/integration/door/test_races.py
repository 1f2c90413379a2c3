"""Many devices at once, each race with a control that takes the guards away.

What is promised: nobody gets in twice on one ticket, nobody is turned away while one is left, and
a ticket that died admits nobody from then on.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from firetill import errors
from firetill.clock import system_clock
from firetill.database import Database, Query, Store, Transaction
from firetill.door.model import Admission, Undone
from firetill.errors import Refusal, ScanDenied
from firetill.tickets import batches
from firetill.tickets.batches import BoughtBack
from firetill.tickets.codes import new_token
from firetill.tickets.model import Batch, TokenEnd
from tests.evening import CODES, EVENT, Evening
from tests.factories import at_once
from tests.integration.door.gates import by_token, by_user, preview, undo
from tests.integration.guards import Guard
from tests.integration.pledges.meetings import InterruptedOnce, MeetBeforeCommit

ADA = "ada"


@pytest.fixture
def evening(store: Store) -> Evening:
    evening = Evening(Database(store, system_clock))
    evening.announce()
    return evening


def verdicts(answers: Sequence[Admission | Exception]) -> Counter[str]:
    for answer in answers:
        assert isinstance(answer, Admission | Refusal), answer
    return Counter(
        answer.reason if isinstance(answer, Refusal) else "admitted" for answer in answers
    )


def scans(evening: Evening) -> list[Mapping[str, Any]]:
    found = evening.database.query(Query(f"events/{EVENT}/scans", 300))
    return [snapshot.data or {} for snapshot in found]


def sound(evening: Evening, user_id: str = ADA) -> bool:
    """Whether scans, batches and summary tell the same story."""
    shown = preview(evening.database, user_id)
    [summary] = evening.database.get(f"eventUsers/{EVENT}/users/{user_id}")
    used = sum(item.used_count for item in shown.items)
    recorded = sum(
        scan["counted"]
        for scan in scans(evening)
        if scan["userId"] == user_id and scan["undoneAt"] is None
    )
    return (
        used == recorded == (summary.data or {})["usedCount"]
        and all(item.used_count <= item.ticket_quantity for item in shown.items)
        and all(item.active == (item.remaining > 0) for item in shown.items)
    )


def test_one_ticket_and_fifty_scanners(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1", user_id=ADA).token
    devices = Database(MeetBeforeCommit(guard(store), 50), system_clock)
    answers = at_once([partial(by_token, devices, token, f"scan-{n}") for n in range(50)])
    told = verdicts(answers)
    assert (told == {"admitted": 1, "already_used": 49}) is holds
    assert sound(evening) is holds


def test_a_hundred_tickets_and_two_hundred_attempts(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1", 100, user_id=ADA).token
    devices = Database(MeetBeforeCommit(guard(store), 8), system_clock)
    scan_ids = (f"scan-{n}" for n in range(200))
    numbered = [list(itertools.islice(scan_ids, 25)) for _ in range(8)]

    def scanner(own: list[str]) -> list[Admission | Exception]:
        answers: list[Admission | Exception] = []
        for scan_id in own:
            try:
                answers.append(by_token(devices, token, scan_id))
            except Refusal as refusal:
                answers.append(refusal)
        return answers

    told = at_once([partial(scanner, own) for own in numbered])
    answers = [answer for device in told if isinstance(device, list) for answer in device]
    left = [answer.remaining for answer in answers if isinstance(answer, Admission)]
    as_promised = verdicts(answers) == {"admitted": 100, "already_used": 100}
    assert (as_promised and sorted(left) == list(range(100))) is holds
    assert sound(evening) is holds


def test_a_batch_of_five_and_eight_scanners_of_two(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1", 5, user_id=ADA).token
    devices = Database(MeetBeforeCommit(guard(store), 8), system_clock)
    told = verdicts(at_once([partial(by_token, devices, token, f"s{n}", 2) for n in range(8)]))
    assert (told == {"admitted": 2, "none_remaining": 6}) is holds
    assert sound(evening) is holds


@pytest.mark.parametrize("devices", [2, 20])
def test_one_scan_sent_many_times_is_one_admission(
    devices: int, store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1", 50, user_id=ADA).token
    meeting = Database(MeetBeforeCommit(guard(store), devices), system_clock)
    answers = at_once([partial(by_token, meeting, token)] * devices)
    assert verdicts(answers) == {"admitted": devices}
    admissions = [answer for answer in answers if isinstance(answer, Admission)]
    assert (Counter(one.replayed for one in admissions)[False] == 1) is holds
    assert {one.used_count for one in admissions} == {1}
    assert evening.batch("r1").used_count == 1


def test_two_guests_of_one_holder_with_a_ticket_left_in_each_batch(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    for rager_id in ("r1", "r2"):
        evening.issue(rager_id, user_id=ADA)
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    answers = at_once([partial(by_user, doors, ADA, f"scan-{n}") for n in range(2)])
    assert verdicts(answers) == {"admitted": 2}
    used = [evening.batch(rager_id).used_count for rager_id in ("r1", "r2")]
    assert (used == [1, 1]) is holds
    assert sound(evening) is holds


def test_a_batch_that_comes_while_a_guest_is_turned_away(store: Store, evening: Evening) -> None:
    """The denial insists on the summary, so it looks again and finds the new batch."""
    used = evening.issue("r1", user_id=ADA)
    by_token(evening.database, used.token)
    late = InterruptedOnce(store, lambda: evening.issue("r2", user_id=ADA))
    assert by_user(Database(late, system_clock), ADA, "scan-2").rager_id == "r2"


def test_two_scans_and_one_preview(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    evening.issue("r1", 5, user_id=ADA)
    version = preview(evening.database, ADA).version
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    answers = at_once(
        [partial(by_user, doors, ADA, f"scan-{n}", version=version) for n in range(2)]
    )
    assert (verdicts(answers) == {"admitted": 1, "preview_outdated": 1}) is holds


def test_a_scan_and_its_undoing(store: Store, evening: Evening, guard: Guard, holds: bool) -> None:
    """A second guest goes in while the first one's admission is taken back."""
    token = evening.issue("r1", 2, user_id=ADA).token
    by_token(evening.database, token)
    meeting = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    calls: list[Callable[[], Admission | Undone]] = [
        partial(by_token, meeting, token, "scan-2"),
        partial(undo, meeting),
    ]
    told = at_once(calls)
    assert {type(one) for one in told} == {Admission, Undone}
    assert (evening.batch("r1").used_count == 1) is holds
    assert sound(evening) is holds


def test_a_scan_is_taken_back_once(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1", 3, user_id=ADA).token
    by_token(evening.database, token)
    by_token(evening.database, token, "scan-2")
    meeting = Database(MeetBeforeCommit(guard(store), 4), system_clock)
    told = at_once([partial(undo, meeting, reason=f"r{n}") for n in range(4)])
    assert all(isinstance(one, Undone) for one in told)
    assert (len({one.undone_at for one in told if isinstance(one, Undone)}) == 1) is holds
    assert evening.batch("r1").used_count == 1


# A ticket dies between a scan's reads and its commit.


def _refund(evening: Evening) -> None:
    evening.database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", 1))


def _replace(evening: Evening, reason: TokenEnd) -> None:
    token = new_token()

    def change(tx: Transaction, batch: Batch) -> Batch:
        return batches.replace_token(tx, CODES, batch, token, reason)

    evening.change("r1", change)


DEATHS: dict[str, tuple[Callable[[Evening], None], type[ScanDenied]]] = {
    "refund": (_refund, errors.TicketRefunded),
    "transfer": (partial(_replace, reason="transferred"), errors.TicketTransferred),
    "new code": (partial(_replace, reason="replaced"), errors.TicketRevoked),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_ticket_that_dies_meanwhile_admits_nobody(
    death: str, store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    kill, denial = DEATHS[death]
    token = evening.issue("r1", user_id=ADA).token
    late = Database(InterruptedOnce(guard(store), lambda: kill(evening)), system_clock)
    told = verdicts(at_once([partial(by_token, late, token)]))
    assert (told == {denial.reason: 1}) is holds
    if holds:
        assert evening.batch("r1").used_count == 0
        assert sound(evening)


@pytest.mark.parametrize(
    ("death", "verdict", "version"),
    [("refund", "ticket_refunded", 1), ("new code", "admitted", 2)],
)
def test_a_guest_whose_ticket_changes_meanwhile(  # noqa: PLR0917 - the columns of the table
    death: str,
    verdict: str,
    version: int,
    store: Store,
    evening: Evening,
    guard: Guard,
    holds: bool,
) -> None:
    """By guest a new code turns nobody away, and the scan does not undo it."""
    kill, _ = DEATHS[death]
    evening.issue("r1", user_id=ADA)
    late = Database(InterruptedOnce(guard(store), lambda: kill(evening)), system_clock)
    told = verdicts(at_once([partial(by_user, late, ADA)]))
    as_promised = told == {verdict: 1} and evening.batch("r1").version == version
    assert (as_promised and sound(evening)) is holds


def test_refunds_and_scans_at_once_never_use_more_than_is_held(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """Twelve scanners while the money of four tickets of ten goes back, one by one."""
    token = evening.issue("r1", 10, user_id=ADA).token
    database = Database(MeetBeforeCommit(guard(store), 16), system_clock)

    def refund(units: int) -> BoughtBack:
        return database.run_transaction(lambda tx: batches.buy_back(tx, EVENT, "r1", units))

    scanners = [partial(by_token, database, token, f"scan-{n}") for n in range(12)]
    calls: list[Callable[[], Admission | BoughtBack]] = [
        *scanners[:8],
        *(partial(refund, units) for units in (1, 2, 3, 4)),
        *scanners[8:],
    ]
    scanned = [one for one in at_once(calls) if not isinstance(one, BoughtBack)]
    batch = evening.batch("r1")
    admitted = Counter(verdicts(scanned))["admitted"]
    counts = (admitted, batch.refunded_units, batch.ticket_quantity + batch.voided_units)
    assert ((counts == (batch.used_count, 4, 10)) and sound(evening)) is holds
