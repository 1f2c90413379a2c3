from datetime import UTC, datetime, timedelta

import pytest

from local.seed.past import WAVE, Ticking, wave_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_clock_of_the_past_goes_on_a_little_at_each_look() -> None:
    clock = Ticking(NOW)
    looks = [clock() for _ in range(50)]
    assert looks == sorted(set(looks))
    assert looks[0] > NOW
    assert looks[-1] - NOW < timedelta(seconds=5)


@pytest.mark.parametrize("ago", [0, 1, 29, 30, 31, 1_440])
def test_a_wave_begins_no_later_than_its_scenes(ago: int) -> None:
    at = NOW - timedelta(minutes=ago)
    began = NOW - wave_of(at, NOW) * WAVE
    assert began <= at < began + WAVE
