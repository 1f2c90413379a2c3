"""Cursors: what was written is read, all else is refused."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill import cursors
from firetill.errors import InvalidField

INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31)).map(  # noqa: DTZ001 - made UTC next
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(at=INSTANTS, document_id=st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True))
def test_a_place_survives_the_client(at: datetime, document_id: str) -> None:
    place = cursors.read(cursors.written(at, document_id))
    assert (place.at, place.document_id) == (at, document_id)


def test_microseconds_count() -> None:
    at = datetime(2026, 2, 7, 12, tzinfo=UTC) + timedelta(microseconds=1)
    assert cursors.read(cursors.written(at, "a")).at == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        "!!!!",
        *(
            base64.urlsafe_b64encode(raw).decode().rstrip("=")
            for raw in (
                b"[]",
                b"[1]",
                b'[1,"a",2]',
                b'[-1,"a"]',
                b'[1.5,"a"]',
                b'[1,"a/b"]',
                b'[253402300800000000,"a"]',
                b'{"microseconds":1}',
                b"\xff",
            )
        ),
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        cursors.read(text)
    assert refused.value.data == {"field": "cursor"}
