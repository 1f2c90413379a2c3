"""What can be a user's id."""

from typing import Any

import pytest

from firetill.fields import is_user_id


@pytest.mark.parametrize(
    "value", ["a", "5AA7PdIq80PbZz9tbUWcGaQygNDm", "…", "a.b", "x" * 128, "_a_"]
)
def test_a_user_id(value: str) -> None:
    assert is_user_id(value)


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "a/b", "/", "__x__", "____", "__a\nb__", "x" * 129, None, 1, b"a", ["a"], {}],
)
def test_no_user_id(value: Any) -> None:
    assert not is_user_id(value)
