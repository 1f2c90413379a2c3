"""Ins and outs of one ticket at once; each race has a control that takes the guards away."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from firetill.clock import system_clock
from firetill.database import Database, Store
from firetill.door.model import Admission
from firetill.door.offline_model import UploadedScan
from firetill.errors import Refusal
from tests.evening import Evening
from tests.factories import at_once
from tests.faults import WithoutPreconditions
from tests.integration.door.gates import SUPERVISOR, by_token, by_user, undo
from tests.integration.door.offline_scans import everything, offline_scan
from tests.integration.pledges.meetings import InterruptedOnce, MeetBeforeCommit

ADA = "ada"

pytestmark = pytest.mark.parametrize(
    ("guard", "holds"), [(lambda store: store, True), (WithoutPreconditions, False)]
)

Guard = Callable[[Store], Store]


@pytest.fixture
def evening(store: Store) -> Evening:
    evening = Evening(Database(store, system_clock))
    evening.announce(reentry=True)
    return evening


def verdicts(answers: Sequence[Any]) -> Counter[str]:
    for answer in answers:
        assert isinstance(answer, Admission | Refusal), answer
    return Counter(
        answer.reason if isinstance(answer, Refusal) else answer.direction for answer in answers
    )


def sound(evening: Evening, store: Store, *rager_ids: str) -> bool:
    """Whether the records explain who is in and out, and nobody is out who was not in."""
    scans = [one for one in everything(store, "scans") if one["undoneAt"] is None]
    used = sum(one["counted"] for one in scans)
    outside = sum(one["left"] - one["readmitted"] for one in scans)
    batches = [evening.batch(rager_id) for rager_id in rager_ids or ("r1",)]
    return (
        used == sum(one.used_count for one in batches)
        and outside == sum(one.outside for one in batches)
        and all(0 <= one.outside <= one.used_count <= one.ticket_quantity for one in batches)
    )


def test_the_last_one_inside_leaves_by_two_doors(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1").token
    by_token(evening.database, token)
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    told = at_once([partial(by_token, doors, token, f"out-{n}", direction="out") for n in range(2)])
    assert (verdicts(told) == {"out": 1, "not_inside": 1}) is holds
    assert sound(evening, store) is holds


def test_the_last_one_inside_leaves_by_two_doors_without_a_code(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    for rager_id in ("r1", "r2"):
        evening.issue(rager_id, user_id=ADA)
    by_user(evening.database, ADA)
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    told = at_once([partial(by_user, doors, ADA, f"out-{n}", direction="out") for n in range(2)])
    assert (verdicts(told) == {"out": 1, "not_inside": 1}) is holds
    assert sound(evening, store, "r1", "r2") is holds


def test_one_leaves_while_another_comes_back(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """Both pass, and one is in and one out as before; a lost step would have both on one side."""
    token = evening.issue("r1", 2).token
    by_token(evening.database, token, count=2)
    by_token(evening.database, token, "out-1", direction="out")
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    told = at_once(
        [
            partial(by_token, doors, token, "out-2", direction="out"),
            partial(by_token, doors, token, "back"),
        ]
    )
    assert verdicts(told) == {"out": 1, "in": 1}
    assert (evening.batch("r1").outside == 1) is holds
    assert sound(evening, store) is holds


def test_two_come_back_for_one_who_left(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1").token
    by_token(evening.database, token)
    by_token(evening.database, token, "out-1", direction="out")
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    told = at_once([partial(by_token, doors, token, f"back-{n}") for n in range(2)])
    assert (verdicts(told) == {"in": 1, "already_used": 1}) is holds
    assert sound(evening, store) is holds


def test_a_departure_while_the_admission_is_taken_back(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    token = evening.issue("r1").token
    by_token(evening.database, token)
    late = Database(InterruptedOnce(guard(store), lambda: undo(evening.database)), system_clock)
    told = verdicts(at_once([partial(by_token, late, token, "out-1", direction="out")]))
    assert (told == {"not_inside": 1}) is holds
    assert sound(evening, store) is holds


def test_an_admission_is_forced_while_another_door_takes_the_ticket(
    store: Store, evening: Evening, guard: Guard, holds: bool
) -> None:
    """Two guests on one ticket: either one is turned away at the door, or one is over."""
    batch = evening.issue("r1")
    doors = Database(MeetBeforeCommit(guard(store), 2), system_clock)
    scan = offline_scan(
        "forced", batch.code, forced_reason="a guest of the house", scanned_at=system_clock()
    )
    calls: list[Callable[[], Admission | list[UploadedScan]]] = [
        partial(by_token, doors, batch.token, "scanned"),
        partial(evening.upload, scan, caller=SUPERVISOR, database=doors),
    ]
    scanned, uploaded = at_once(calls)
    assert isinstance(uploaded, list), uploaded
    over = sum(one.get("overAdmitted", 0) for one in everything(store, "scans"))
    let_in = 1 + isinstance(scanned, Admission)
    assert (let_in == evening.batch("r1").used_count + over) is holds
    assert [one.status for one in uploaded] == ["conflict" if over else "recorded"]
    assert sound(evening, store) is holds
