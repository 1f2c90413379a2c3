"""The codec between Python values and Firestore's protocol buffers."""

import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from google.cloud.firestore_v1.types import document
from hypothesis import given
from hypothesis import strategies as st

from firetill.firestore_values import decode, decode_fields, encode, fill_fields

_Value = document.Value.pb()

instants = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001 - hypothesis wants bounds without a zone
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=14))]),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | instants
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def typed(value: Any) -> Any:
    """A value beside its type all the way down, for `True == 1 == 1.0` in Python."""
    if isinstance(value, dict):
        return {name: typed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    if isinstance(value, float):
        return float, math.copysign(1, value), value
    return type(value), value


@given(values)
def test_every_value_comes_back_as_it_was_over_the_wire(value: Any) -> None:
    received = _Value.FromString(encode(value).SerializeToString())
    assert typed(decode(received)) == typed(value)


@given(st.dictionaries(st.text(), values, max_size=4))
def test_every_document_comes_back_as_it_was(fields: dict[str, Any]) -> None:
    received = document.Document.pb()()
    fill_fields(received.fields, fields)
    assert typed(decode_fields(received.fields)) == typed(fields)


@given(instants)
def test_an_instant_comes_back_in_utc(instant: datetime) -> None:
    decoded = decode(encode(instant))
    assert decoded == instant
    assert decoded.tzinfo is UTC


def test_not_a_number_comes_back() -> None:
    assert math.isnan(decode(encode(math.nan)))


def test_a_tuple_comes_back_as_a_list() -> None:
    assert decode(encode((1, "two"))) == [1, "two"]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "null_value"),
        (True, "boolean_value"),
        (1, "integer_value"),
        (1.0, "double_value"),
        ("", "string_value"),
        (b"", "bytes_value"),
        ([], "array_value"),
        ({}, "map_value"),
        (datetime(1970, 1, 1, tzinfo=UTC), "timestamp_value"),
    ],
)
def test_each_type_has_its_own_field_even_when_empty(value: Any, field: str) -> None:
    assert encode(value).WhichOneof("value_type") == field


def test_values_of_other_hands_are_read() -> None:
    reference = _Value(reference_value="projects/p/databases/(default)/documents/users/u")
    assert decode(reference) == "projects/p/databases/(default)/documents/users/u"
    point = _Value(geo_point_value={"latitude": 47.5, "longitude": 8.25})
    assert decode(point) == (47.5, 8.25)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_an_integer_over_64_bits_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        encode({"deep": [value]})


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        encode([datetime(2026, 2, 7)])  # noqa: DTZ001 - the refusal is for exactly this


@pytest.mark.parametrize("value", [{1}, object(), 1j, range(3), timedelta(1), Exception])
def test_an_unknown_type_is_refused_by_its_name(value: object) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        encode({"field": value})


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({1: "one"})


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        encode("\ud800")
