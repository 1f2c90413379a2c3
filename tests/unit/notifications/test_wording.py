"""Names, amounts and instants in words."""

import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.notifications import wording
from tests.factories import NOON


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (0, "usd", "$0.00"),
        (5, "usd", "$0.05"),
        (123_450, "usd", "$1,234.50"),
        (-1_200, "usd", "-$12.00"),
        (1_200, "eur", "12.00 EUR"),
        (-5, "eur", "-0.05 EUR"),
        (500, "jpy", "500 JPY"),
        (1_234_567, "krw", "1,234,567 KRW"),
        (1_234, "kwd", "1.234 KWD"),
        (5, "bhd", "0.005 BHD"),
        (500, "ugx", "5.00 UGX"),  # Stripe counts its hundredths
    ],
)
def test_amounts(amount: int, currency: str, words: str) -> None:
    assert wording.money(amount, currency) == words


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Summer Night", "Summer Night"),
        ("  a \t b\r\nBcc: c@d.example \x00 ", "a b Bcc: c@d.example"),
        ("line\u2028two\u2029three\x0bfour", "line two three four"),
        ("abc\u202edef\u2066g\u2069\u200f", "abcdefg"),
        ("مهرجان", "مهرجان"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),  # a joined emoji stays one
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
        ("", ""),
    ],
)
def test_names(name: str, cleaned: str) -> None:
    assert wording.clean(name) == cleaned


@given(st.text(max_size=300))
def test_a_clean_name_is_one_short_line(name: str) -> None:
    cleaned = wording.clean(name)
    assert len(cleaned) <= wording.LONGEST
    assert cleaned.splitlines() in ([], [cleaned])
    assert not any(unicodedata.category(each) == "Cc" for each in cleaned)
    directions = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    assert not any(unicodedata.bidirectional(each) in directions for each in cleaned)
    assert wording.clean(cleaned) == cleaned


def test_moments() -> None:
    assert wording.moment(NOON, UTC) == "Saturday, 7 February 2026, 12:00 (UTC)"
    there = wording.zone_named("Asia/Kathmandu")
    assert wording.moment(NOON, there) == "Saturday, 7 February 2026, 17:45 (Asia/Kathmandu)"


@pytest.mark.parametrize(
    ("instant", "zone"),
    [
        (datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "Asia/Tokyo"),
        (datetime(1, 1, 1, tzinfo=UTC), "America/New_York"),
    ],
)
def test_an_instant_that_a_zone_cannot_tell_is_told_in_utc(instant: datetime, zone: str) -> None:
    """People write the last of all instants where they mean never."""
    told = wording.moment(instant, wording.zone_named(zone))
    assert told == wording.moment(instant, UTC)
    assert told.endswith("(UTC)")


@pytest.mark.parametrize("name", [None, 7, "", "Nowhere/Land", "America", "../etc/passwd", "a\0b"])
def test_a_zone_that_is_none_is_utc(name: object) -> None:
    assert wording.zone_named(name) is UTC


def test_a_zone_is_found() -> None:
    assert wording.zone_named("Europe/London") == ZoneInfo("Europe/London")
