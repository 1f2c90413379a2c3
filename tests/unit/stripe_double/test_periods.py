import calendar
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.stripe_double.periods import period_end, share
from local.stripe_double.product import recurrence

_MOMENTS = st.integers(946_684_800, 4_102_444_800)
_DAY = 86_400


@given(_MOMENTS, st.sampled_from(["month", "year"]), st.integers(1, 5))
def test_months_keep_to_the_anchors_day_as_far_as_they_have_it(
    anchor: int, interval: str, count: int
) -> None:
    rhythm = recurrence(interval, count)
    born = datetime.fromtimestamp(anchor, UTC)
    ends = [anchor]
    for _ in range(14):
        ends.append(period_end(ends[-1], rhythm, anchor))
    days = [datetime.fromtimestamp(end, UTC) for end in ends]
    step = count * (12 if interval == "year" else 1)
    for before, after in pairwise(days):
        assert (after.year - before.year) * 12 + after.month - before.month == step
        last = calendar.monthrange(after.year, after.month)[1]
        assert (after.day, after.time()) == (min(born.day, last), born.time())


@pytest.mark.parametrize(("interval", "days"), [("day", 1), ("week", 7)])
def test_days_and_weeks(interval: str, days: int) -> None:
    assert period_end(1_000, recurrence(interval, 2), 1_000) == 1_000 + 2 * days * _DAY


@given(_MOMENTS, st.integers(1, 400 * _DAY), st.integers(0, 99_999_999), st.data())
def test_shares(start: int, length: int, amount: int, data: st.DataObject) -> None:
    end = start + length
    at = data.draw(st.integers(start, end))
    assert share(amount, start, start, end) == amount
    assert share(amount, end, start, end) == 0
    left, later = share(amount, at, start, end), share(amount, min(at + 1, end), start, end)
    assert 0 <= later <= left <= amount
    assert abs(left * length - amount * (end - at)) * 2 <= length
