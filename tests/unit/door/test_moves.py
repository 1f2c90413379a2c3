"""Guests go in, leave and come back: what a batch lets them, and what it becomes. Pure."""

from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firetill import errors
from firetill.door import moves, rules
from firetill.door.moves import Move
from firetill.errors import ScanDenied
from firetill.tickets.model import Batch, LastScan
from firetill.tickets.rules import BrokenBatchError, with_counts
from tests.factories import NOON
from tests.unit.tickets.builders import batch

LAST = LastScan(scan_id="s1", at=NOON, gate=None, device=None)

counts = st.integers(1, 6)


@st.composite
def batches(draw: st.DrawFn, rager_id: str = "r1") -> Batch:
    """Any batch that there can be: used, left, refunded, closed or deactivated."""
    quantity = draw(st.integers(0, 5))
    used = draw(st.integers(0, quantity))
    outside = draw(st.integers(0, used))
    paid_back = draw(st.integers(0, used)) if used == quantity else 0
    closed = draw(st.sampled_from([None, None, None, "refunded", "transferred"]))
    left = 0 if closed else quantity - used
    return batch(
        rager_id,
        quantity,
        used,
        outside=outside,
        refunded_units=paid_back,
        closed=closed,
        active=left > 0 and draw(st.booleans()),
    )


holdings = st.integers(0, 4).flatmap(
    lambda several: st.tuples(*(batches(f"r{number}") for number in range(several)))
)


def goes_in(one: Batch, count: int, *, reentry: bool) -> bool:
    try:
        rules.require_tickets(one, count, reentry=reentry)
    except ScanDenied:
        return False
    return True


@given(batches(), counts, st.booleans())
def test_who_goes_in(one: Batch, count: int, reentry: bool) -> None:
    move = moves.entering(one, count, reentry=reentry)
    assert move.counted <= one.remaining
    assert move.readmitted <= (one.outside if reentry else 0)
    after = moves.moved(one, move, NOON, LAST)
    assert after.inside == one.inside + move.counted + move.readmitted
    assert after.used_count == one.used_count + move.counted
    if goes_in(one, count, reentry=reentry):
        assert move.counted + move.readmitted == count, "whom the rules let in, all go in"
        assert move.readmitted == min(count, one.returning if reentry else 0), "those first"
    assert not goes_in(one, one.remaining + one.outside + 1, reentry=reentry)


@given(batches(), counts)
def test_nobody_whose_money_went_back_comes_back(one: Batch, count: int) -> None:
    after = moves.moved(one, moves.entering(one, count, reentry=True), NOON, LAST)
    paid_back = one.refunded_units - one.voided_units
    assert after.inside <= max(one.inside, one.ticket_quantity - paid_back)


@given(batches(), counts)
def test_who_leaves(one: Batch, count: int) -> None:
    move = moves.leaving(one, count)
    after = moves.moved(one, move, NOON, one.last_scan)
    assert (after.used_count, after.remaining) == (one.used_count, one.remaining)
    assert after.inside == max(0, one.inside - count)
    assert after.active == one.active
    if one.inside >= count:
        rules.require_inside(one, count)
        return
    with pytest.raises(errors.NotInside) as denied:
        rules.require_inside(one, count)
    assert denied.value.data == {"inside": one.inside}


@given(batches(), st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=6), st.data())
def test_all_taken_back_in_whatever_order_is_as_before(
    one: Batch, story: list[tuple[bool, int]], data: st.DataObject
) -> None:
    assume(one.closed is None)
    first, made = one, []
    for goes_out, count in story:
        move = moves.leaving(one, count) if goes_out else moves.entering(one, count, reentry=True)
        one = moves.moved(one, move, NOON, one.last_scan)
        made.append(move)
    for move in data.draw(st.permutations(made)):
        one = moves.taken_back(one, move, NOON, one.last_scan)
        assert 0 <= one.outside <= one.used_count <= one.ticket_quantity
    assert (one.used_count, one.outside, one.adrift) == (first.used_count, first.outside, 0)


def test_a_departure_and_its_return_taken_back_let_nobody_in() -> None:
    """The other way round than they were made."""
    first = batch("r1", 2, 2)
    out = moves.leaving(first, 2)
    one = moves.moved(first, out, NOON, LAST)
    back = moves.entering(one, 2, reentry=True)
    one = moves.moved(one, back, NOON, LAST)
    for move in (out, back):
        one = moves.taken_back(one, move, NOON, LAST)
    assert moves.entering(one, 2, reentry=True) == Move()


def test_departures_of_guests_who_never_went_in_concern_no_later_ones() -> None:
    first = batch("r1", 2)
    into = moves.entering(first, 2, reentry=True)
    one = moves.moved(first, into, NOON, LAST)
    out = moves.leaving(one, 2)
    one = moves.taken_back(moves.moved(one, out, NOON, LAST), into, NOON, LAST)
    assert (one.used_count, one.outside) == (0, 0)
    one = moves.moved(one, into, NOON, LAST)
    one = moves.moved(one, moves.leaving(one, 1), NOON, LAST)
    assert (one.used_count, one.outside) == (2, 1)
    assert moves.taken_back(one, out, NOON, LAST).outside == 1


@given(batches(), st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=6))
def test_taken_back_from_the_last_to_the_first_all_is_as_before(
    one: Batch, story: list[tuple[bool, int]]
) -> None:
    first, made = one, []
    for goes_out, count in story:
        move = moves.leaving(one, count) if goes_out else moves.entering(one, count, reentry=True)
        one = moves.moved(one, move, NOON, one.last_scan)
        made.append(move)
    for move in reversed(made):
        one = moves.taken_back(one, move, NOON, one.last_scan)
    assert (one.used_count, one.outside) == (first.used_count, first.outside)


@pytest.mark.parametrize("outside", [-1, 3])
def test_no_batch_has_more_outside_than_were_in(outside: int) -> None:
    with pytest.raises(BrokenBatchError):
        with_counts(batch("r1", 3, 2), NOON, outside=outside)


@pytest.mark.parametrize(
    ("held", "count", "denial"),
    [
        (batch("r1", 2, 2, outside=1), 1, None),
        (batch("r1", 3, 2, outside=1), 2, None),
        (batch("r1", 3, 2, outside=1), 3, errors.NoneRemaining),
        (batch("r1", 2, 2), 1, errors.AlreadyUsed),
        (batch("r1", 2, 2, outside=1, refunded_units=1), 1, errors.TicketRefunded),
        (batch("r1", 2, 2, outside=2, refunded_units=1), 1, None),
        (batch("r1", 2, 2, outside=2, refunded_units=2, voided_units=2), 1, None),
        (batch("r1", 2, 2, outside=1, closed="refunded"), 1, errors.TicketRefunded),
        (batch("r1", 3, 2, outside=1, active=False), 1, errors.TicketInactive),
    ],
)
def test_who_may_come_back(held: Batch, count: int, denial: type[ScanDenied] | None) -> None:
    if denial is None:
        rules.require_tickets(held, count, reentry=True)
        return
    with pytest.raises(denial):
        rules.require_tickets(held, count, reentry=True)


def test_a_denial_counts_those_who_may_come_back() -> None:
    with pytest.raises(errors.NoneRemaining) as denied:
        rules.require_tickets(batch("r1", 3, 2, outside=1), 3, reentry=True)
    assert denied.value.data == {"remaining": 2}


@given(holdings, counts, st.booleans())
def test_of_a_guests_batches_one_that_admits_them_all_and_uses_the_fewest_tickets(
    held: tuple[Batch, ...], count: int, reentry: bool
) -> None:
    enough = [one for one in held if goes_in(one, count, reentry=reentry)]
    try:
        chosen = rules.choose(held, count, reentry=reentry)
    except ScanDenied:
        assert not enough
        assert rules.candidate(held, count, reentry=reentry) is None
        return
    used = [moves.entering(one, count, reentry=reentry).counted for one in enough]
    assert chosen in enough
    assert moves.entering(chosen, count, reentry=reentry).counted == min(used)


@given(holdings, counts)
def test_of_a_guests_batches_the_one_with_the_most_inside_lets_out(
    held: tuple[Batch, ...], count: int
) -> None:
    most = max((one.inside for one in held), default=0)
    if most >= count:
        assert rules.choose_inside(held, count).inside == most
        return
    with pytest.raises(ScanDenied) as denied:
        rules.choose_inside(held, count)
    expected = errors.NotInside(inside=most) if held else errors.TicketNotFound()
    assert denied.value.details() == expected.details()


def test_a_move_that_does_nothing_is_none() -> None:
    used_up: Any = batch("r1", 2, 2)
    assert moves.entering(used_up, 3, reentry=True) == Move()
    assert moves.leaving(msgspec.structs.replace(used_up, outside=2), 1) == Move()
