"""What is left of a failure is what it needs."""

from collections.abc import Sequence
from pathlib import Path

from tests.fuzz import cases
from tests.fuzz.minimise import minimised, smaller
from tests.fuzz.runner import Failure
from tests.fuzz.targets import Input


def test_only_what_is_needed_is_left() -> None:
    assert smaller(list(range(100)), lambda some: {3, 77} <= set(some)) == [3, 77]


def test_of_inputs_and_of_their_parts() -> None:
    """It takes an `x` anywhere before a `y`."""

    def fails(inputs: Sequence[Input]) -> bool:
        bodies = [given["body"] for given in inputs]
        return any("x" in one for one in bodies[:-1]) and "y" in bodies[-1]

    inputs = [{"who": "ada", "body": f"{letter} and much more"} for letter in "abxcdy"]
    assert [given["body"] for given in minimised(inputs, fails)] == ["x", "y"]


def test_it_stops_at_some_point() -> None:
    tries = 0

    def fails(inputs: Sequence[Input]) -> bool:
        nonlocal tries
        tries += 1
        return len(inputs[0]["body"]) >= 900

    inputs = [{"body": "z" * 1_000}]
    [left] = minimised(inputs, fails, most=20)
    assert tries == 20
    assert len(left["body"]) >= 900


def test_a_case_comes_back_as_it_was(tmp_path: Path) -> None:
    failure = Failure("rest/POST /orders", ({"body": "\xff\x00", "text": "\ud800"},), "500")
    path = cases.keep(failure, tmp_path)
    assert cases.read(path) == failure
    assert cases.keep(failure, tmp_path) == path
    assert path.name.startswith("rest-POST-orders-")
