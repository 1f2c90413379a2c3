"""What happens to batches and summaries, for any family and any history."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.tickets import rules
from firetill.tickets.model import Batch, Summary
from firetill.tickets.rules import HASHES_KEPT, BrokenBatchError
from tests.factories import NOON
from tests.unit.tickets.builders import batch

LATER = NOON + timedelta(minutes=1)


@st.composite
def families(draw: st.DrawFn) -> list[Batch]:
    """A batch that was bought and those that were passed on, with some tickets used."""
    family = []
    for number in range(draw(st.integers(1, 5))):
        quantity = draw(st.integers(0, 6))
        used = draw(st.integers(0, quantity))
        closed: Any = None if quantity else "transferred"
        family.append(batch(f"r{number}", quantity, used, closed=closed))
    return family


def after(family: Sequence[Batch], units: int) -> list[Batch]:
    changed, _ = rules.bought_back(family, units, LATER)
    by_id = {one.rager_id: one for one in changed}
    assert len(by_id) == len(changed)
    return [by_id.get(one.rager_id, one) for one in family]


def totals(family: Sequence[Batch]) -> tuple[int, ...]:
    """Live or used, used, dead, and paid back."""
    return (
        sum(one.ticket_quantity for one in family),
        sum(one.used_count for one in family),
        sum(one.voided_units for one in family),
        sum(one.refunded_units for one in family),
    )


@given(families(), st.integers(0, 40))
def test_tickets_are_conserved(family: list[Batch], units: int) -> None:
    changed, died = rules.bought_back(family, units, LATER)
    quantity, used, _, _ = totals(family)
    left, used_still, dead, refunded = totals(after(family, units))
    assert used_still == used, "nobody is taken back out"
    assert left + dead == quantity
    assert dead == died == min(units, quantity - used)
    assert refunded == min(units, quantity)
    assert all(one.updated_at == LATER for one in changed)
    for one in after(family, units):
        assert 0 <= one.used_count <= one.ticket_quantity
        assert 0 <= one.refunded_units - one.voided_units <= one.used_count


@given(families(), st.lists(st.integers(0, 40), max_size=6))
def test_steps_end_where_one_leap_ends(family: list[Batch], steps: list[int]) -> None:
    """A refund may come in parts, twice and late: the most that was ever said counts."""
    walked = family
    for units in steps:
        walked = after(walked, units)
    leapt = after(family, max(steps, default=0))
    assert totals(walked) == totals(leapt)
    assert [one.ticket_quantity for one in walked] == [one.ticket_quantity for one in leapt]
    assert [one.closed for one in walked] == [one.closed for one in leapt]


@given(families(), st.integers(0, 40))
def test_a_repetition_changes_nothing(family: list[Batch], units: int) -> None:
    once = after(family, units)
    assert rules.bought_back(once, units, LATER) == ([], 0)
    assert rules.bought_back(once, max(0, units - 3), LATER) == ([], 0)


@given(families(), st.integers(0, 40))
def test_more_money_never_brings_tickets_back(family: list[Batch], units: int) -> None:
    some, more = after(family, units), after(family, units + 1)
    for one, other in zip(some, more, strict=True):
        assert other.ticket_quantity <= one.ticket_quantity
        assert other.refunded_units >= one.refunded_units
    assert totals(some)[2] <= totals(more)[2] <= totals(some)[2] + 1


@given(families(), st.integers(0, 40))
def test_only_what_has_nothing_left_is_closed(family: list[Batch], units: int) -> None:
    for before, one in zip(family, after(family, units), strict=True):
        died = one.voided_units - before.voided_units
        if died and one.ticket_quantity == one.used_count:
            assert (one.closed, one.active) == ("refunded", False)
        else:
            assert (one.closed, one.active) == (before.closed, before.active)


@given(st.integers(1, 20), st.data())
def test_a_split_family_pays_as_the_whole_would(quantity: int, data: st.DataObject) -> None:
    """However the tickets were passed on, as many die and as many were used."""
    used = data.draw(st.integers(0, quantity))
    whole = [batch("r0", quantity, used)]
    parts, left, in_use = list[Batch](), quantity, used
    while left:
        size = data.draw(st.integers(1, left))
        gone_in = data.draw(st.integers(max(0, in_use - (left - size)), min(size, in_use)))
        parts.append(batch(f"r{len(parts)}", size, gone_in))
        left, in_use = left - size, in_use - gone_in
    for units in data.draw(st.lists(st.integers(0, quantity + 2), max_size=4)):
        whole, parts = after(whole, units), after(parts, units)
        assert totals(whole) == totals(parts)


def test_the_buyers_own_unused_tickets_die_first() -> None:
    family = [batch("r0", 3, 2), batch("r1", 2, 0), batch("r2", 2, 1)]
    assert [one.ticket_quantity for one in after(family, 2)] == [2, 1, 2]
    assert [one.refunded_units for one in after(family, 6)] == [3, 2, 1]


def test_a_batch_that_was_revoked_dies_too() -> None:
    [gone] = after([batch("r0", 2, 0, closed="revoked", active=False)], 2)
    assert (gone.ticket_quantity, gone.voided_units, gone.closed) == (0, 2, "refunded")


def test_what_was_deactivated_by_hand_stays_so() -> None:
    off = batch("r0", 3, 0, active=False)
    assert rules.with_counts(off, LATER, used_count=1).active is False
    assert rules.with_counts(batch("r0", 3, 3), LATER, used_count=2).active is True


@pytest.mark.parametrize("changes", [{"used_count": 4}, {"used_count": -1}, {"ticket_quantity": 0}])
def test_impossible_counts_are_a_fault(changes: dict[str, int]) -> None:
    with pytest.raises(BrokenBatchError):
        rules.with_counts(batch("r0", 3, 1), LATER, **changes)


def test_old_tokens_are_remembered_by_hash_and_not_for_ever() -> None:
    renewed = batch()
    for number in range(HASHES_KEPT + 5):
        renewed = rules.with_token(renewed, f"t{number}", f"c{number}", f"h{number}")
    assert renewed.version == HASHES_KEPT + 6
    assert renewed.previous_token_hashes == [f"h{n}" for n in range(5, HASHES_KEPT + 5)]


EMPTY = Summary(event_id="gala", user_id="ada")


@given(families())
def test_a_summary_is_the_sum_of_its_batches(family: list[Batch]) -> None:
    summary = EMPTY
    for one in family:
        summary = rules.summed(summary, None, one, NOON)
    for before, one in zip(family, after(family, 5), strict=True):
        summary = rules.summed(summary, before, one, LATER)
    end = after(family, 5)
    assert (summary.total_tickets, summary.used_count) == totals(end)[:2]
    assert summary.version == 2 * len(family)
    holding = {one.rager_id for one in end if one.ticket_quantity}
    assert holding <= set(summary.rager_ids)
    assert len(summary.rager_ids) == len(set(summary.rager_ids)) <= len(holding) + 1
    assert summary.rager_ids, "the last one tells what became of the tickets"


def test_a_summary_does_not_grow_with_what_is_gone() -> None:
    """Tickets that are passed on and on leave no trail in anybody's summary."""
    summary = rules.summed(EMPTY, None, batch("mine", 1), NOON)
    for number in range(1_000):
        came = batch(f"r{number}", 1)
        left = msgspec.structs.replace(came, ticket_quantity=0, closed="transferred")
        summary = rules.summed(rules.summed(summary, None, came, NOON), came, left, NOON)
    assert summary.rager_ids == ["mine"]


def test_a_summary_that_does_not_allow_a_change_is_a_fault() -> None:
    with pytest.raises(BrokenBatchError, match="gala/ada"):
        rules.summed(EMPTY, batch("r0", 3, 0), batch("r0", 1, 0), NOON)
