"""What can be a user's id."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.fields import UserId, is_user_id


@pytest.mark.parametrize(
    "value", ["a", "5AA7PdIq80PbZz9tbUWcGaQygNDm", "…", "a.b", "x" * 128, "_a_"]
)
def test_a_user_id(value: str) -> None:
    assert is_user_id(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "..",
        "a/b",
        "/",
        "__x__",
        "____",
        "__a\nb__",
        "x" * 129,
        "\ud800",
        "a\udc00",
        None,
        1,
        b"a",
        ["a"],
        {},
    ],
)
def test_no_user_id(value: Any) -> None:
    assert not is_user_id(value)


def _fits(value: Any) -> bool:
    try:
        msgspec.convert(value, UserId)
    except msgspec.ValidationError:
        return False
    return True


@given(st.one_of(st.text("._/a\nü", max_size=8), st.text(max_size=130)))
def test_an_input_takes_the_same_ids(value: str) -> None:
    assert _fits(value) is is_user_id(value)
