"""The runner tries the copy, finds what is wrong with it, and only that."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutations import only_the_copy, running
from tests.mutations.catalog import CATALOG
from tests.mutations.confirming import ATTEMPTS, Confirmed
from tests.mutations.model import FUNCTIONS, copied

BY_NAME = {mutation.name: mutation for mutation in CATALOG}
QUICK = ("a share is rounded up", "a window is open and closed at its end")


@pytest.mark.parametrize("name", QUICK)
def test_a_mistake_is_found_by_the_tests_that_it_names(name: str) -> None:
    mutation = BY_NAME[name]
    with copied(mutation) as copy:
        found = running.ask_tests(copy, mutation.tests)
    assert found is not None
    assert found.partition("::")[0] in mutation.tests


def test_nothing_is_found_where_there_is_no_mistake() -> None:
    with copied() as copy:
        assert running.ask_tests(copy, BY_NAME[QUICK[0]].tests) is None


def test_a_test_that_fails_without_the_mistake_too_finds_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def fails(_: Path, paths: Sequence[str]) -> str:
        asked.append(paths)
        return "unit/a.py::test_that_always_fails"

    monkeypatch.setattr(running, "ask_tests", fails)
    with copied() as copy, pytest.raises(running.BrokenRunError, match="on the code as it is"):
        Confirmed().find(copy, ["unit/a.py"])
    assert asked == [["unit/a.py"], ["unit/a.py::test_that_always_fails"]] * ATTEMPTS


def test_a_test_is_tried_on_the_code_as_it_is_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["unit/a.py::test_it", None, "unit/a.py::test_it"])
    monkeypatch.setattr(running, "ask_tests", lambda _copy, _paths: next(answers))
    confirmed = Confirmed()
    with copied() as copy:
        assert confirmed.find(copy, ["unit/a.py"]) == "unit/a.py::test_it"
        assert confirmed.find(copy, ["unit/a.py"]) == "unit/a.py::test_it"


def test_another_code_than_the_copy_is_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(only_the_copy.COPY, str(tmp_path))
    with pytest.raises(pytest.exit.Exception, match="would be tested, not"):
        only_the_copy.pytest_sessionstart()


def test_tests_that_do_not_run_find_nothing() -> None:
    with copied() as copy, pytest.raises(running.BrokenRunError, match="pytest ended with 4"):
        running.ask_tests(copy, ["unit/ledger/test_that_is_not_there.py"])


def test_a_mistake_leaves_the_code_itself_alone() -> None:
    mutation = BY_NAME[QUICK[0]]
    source = FUNCTIONS / "firetill" / mutation.file
    before = source.read_text()
    with copied(mutation) as copy:
        assert (copy / "firetill" / mutation.file).read_text() == mutation.applied_to(before)
    assert source.read_text() == before
    assert not copy.exists()


def test_the_search_gets_wider() -> None:
    mutation = BY_NAME[QUICK[0]]
    own, room, every = running.folders(mutation)
    assert own == mutation.tests
    assert room == ("integration/payments",)
    assert {"unit/ledger", "integration/orders"} < set(every)
    assert not {"unit/docs", "integration/local"} & set(every)
