"""Instants, canonical JSON and derived ids."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.wire import canonical_json, derived_id, fingerprint, iso

parts = st.lists(st.text(), min_size=1, max_size=4).map(tuple)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_an_instant_is_written_in_utc_with_milliseconds() -> None:
    zone = timezone(timedelta(hours=2))
    assert iso(datetime(2026, 2, 7, 11, 30, tzinfo=zone)) == "2026-02-07T09:30:00.000Z"
    assert iso(datetime(2026, 2, 7, 9, 30, 0, 123999, UTC)) == "2026-02-07T09:30:00.123Z"


@given(json_values)
def test_canonical_json_says_the_value_and_is_the_only_form(value: Any) -> None:
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


def test_equal_objects_share_one_form() -> None:
    assert canonical_json({"a": 1, "b": [2]}) == canonical_json({"b": [2], "a": 1})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_word_for_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(value)


@given(parts, parts)
def test_ids_are_equal_exactly_when_their_causes_are(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert (derived_id(*one) == derived_id(*other)) == (one == other)


def test_the_parts_of_a_cause_are_framed() -> None:
    assert derived_id("a", "bc") != derived_id("ab", "c") != derived_id("abc")
    assert derived_id("a") != derived_id("a", "")


def test_an_id_is_32_hexadecimal_digits_and_stays_what_it_is() -> None:
    # Ids are stored: another derivation would let every cause happen a second time.
    assert derived_id("ledger", "user", "credits_lock") == "9e3210fcdd833a048d1d553dbe33e136"


def test_the_fingerprint_tells_types_apart() -> None:
    assert len({fingerprint(value) for value in (1, "1", True, [1], None)}) == 5
