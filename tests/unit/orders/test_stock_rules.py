"""Stock over a pool and shards: nothing is lost, nothing is held twice, the last one is found."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from firetill.errors import SoldOut
from firetill.orders.stock_rules import BrokenStockError, Place, drained, filled, shard_of

SHARDS = 6


def place(left: int = 0, reserved: int = 0) -> Place:
    return Place("somewhere", left, reserved)


@pytest.mark.parametrize(
    ("before", "left", "reserved"),
    [
        (place(3, 3), 0, 1),
        (place(3, 0), 0, -1),
        (place(3, 2), -2, 0),
        (place(0, 0), -1, 0),
        (place(2, 1), -2, 0),
    ],
)
def test_stock_is_never_clamped(before: Place, left: int, reserved: int) -> None:
    with pytest.raises(BrokenStockError):
        before.changed(left=left, reserved=reserved)


def test_holding_takes_what_is_free() -> None:
    assert place(5, 2).holding(3, "gala") == place(5, 5)
    with pytest.raises(SoldOut) as refused:
        place(5, 3).holding(3, "gala")
    assert refused.value.data == {"itemId": "gala", "available": 2}


def fill(pool: Place, shards: list[Place], number: int, units: int, wanted: int) -> list[Place]:
    after, moved = filled(pool, shards, number, units, wanted_shards=wanted, item_id="gala")
    return [after, *moved]


def test_a_shard_is_dealt_its_share_of_the_pool() -> None:
    assert fill(place(100, 10), [place(), place()], 1, 2, 2) == [place(55, 10), place(), place(45)]


def test_a_shard_is_dealt_what_is_asked_for() -> None:
    assert fill(place(10), [place(), place(1)], 1, 8, 2) == [place(3), place(), place(8)]


def test_what_the_pool_lacks_comes_from_the_richest() -> None:
    before = [place(0), place(9, 5), place(10, 1)]
    assert fill(place(1), before, 0, 2, 3) == [place(0), place(6), place(9, 5), place(5, 1)]


def test_shards_that_are_no_longer_wanted_are_emptied_first() -> None:
    before = [place(0), place(9), place(4, 1)]
    assert fill(place(0), before, 0, 1, 2) == [place(0), place(3), place(9), place(1, 1)]


def test_a_shard_that_has_enough_needs_nothing() -> None:
    assert fill(place(9), [place(5, 3), place(9)], 0, 2, 2) == [place(9), place(5, 3), place(9)]


def test_sold_out_counts_all_that_is_free() -> None:
    with pytest.raises(SoldOut) as refused:
        fill(place(3, 2), [place(4, 4), place(2, 1)], 0, 3, 2)
    assert refused.value.data == {"itemId": "gala", "available": 2}


def test_without_shards_all_comes_back() -> None:
    assert drained(place(1), [place(5, 2), place(0), place(3, 3)]) == (
        place(4),
        [place(2, 2), place(0), place(3, 3)],
    )


def test_orders_spread_evenly() -> None:
    counts = [0] * 10
    for number in range(10_000):
        counts[shard_of(f"{number * 2_654_435_761 % 2**32:08x}ffff", 10)] += 1
    assert min(counts) > 900


class Spreading(RuleBasedStateMachine):
    """Holds, sales and returns, while the number of shards changes at any time."""

    @initialize(stock=st.integers(0, 60))
    def open(self, stock: int) -> None:
        self.initial = stock
        self.pool = place(stock)
        self.shards = [place()] * SHARDS
        self.wanted = 0
        self.held: list[tuple[int | None, int]] = []
        self.sold: list[tuple[int | None, int]] = []

    @rule(wanted=st.integers(2, SHARDS) | st.just(0))
    def spread(self, wanted: int) -> None:
        self.wanted = wanted

    @rule(units=st.integers(1, 12), number=st.integers(0, SHARDS - 1))
    def hold(self, units: int, number: int) -> None:
        free = self.pool.free + sum(shard.free for shard in self.shards)
        if free < units:
            with pytest.raises(SoldOut) as refused:
                self._hold(units, number)
            assert refused.value.data["available"] == free
        else:
            self._hold(units, number)

    def _hold(self, units: int, number: int) -> None:
        if self.wanted:
            number %= self.wanted
            if self.shards[number].free < units:
                self.pool, self.shards = filled(
                    self.pool, self.shards, number, units,
                    wanted_shards=self.wanted, item_id="gala",
                )  # fmt: skip
            self.shards[number] = self.shards[number].holding(units, "gala")
            self.held.append((number, units))
        else:
            if self.pool.free < units:
                self.pool, self.shards = drained(self.pool, self.shards)
            self.pool = self.pool.holding(units, "gala")
            self.held.append((None, units))

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.held:
            number, units = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
            self._change(number, reserved=-units)

    @rule(data=st.data())
    def sell(self, data: st.DataObject) -> None:
        if self.held:
            number, units = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
            self._change(number, left=-units, reserved=-units)
            self.sold.append((number, units))

    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        if self.sold:
            number, units = self.sold.pop(data.draw(st.integers(0, len(self.sold) - 1)))
            self._change(number, left=units)

    def _change(self, number: int | None, *, left: int = 0, reserved: int = 0) -> None:
        if number is None:
            self.pool = self.pool.changed(left=left, reserved=reserved)
        else:
            self.shards[number] = self.shards[number].changed(left=left, reserved=reserved)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "initial"):
            return
        places = [self.pool, *self.shards]
        assert all(0 <= one.reserved <= one.left for one in places)
        assert sum(one.left for one in places) + sum(n for _, n in self.sold) == self.initial
        assert sum(one.reserved for one in places) == sum(units for _, units in self.held)


TestSpreading = Spreading.TestCase
TestSpreading.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
