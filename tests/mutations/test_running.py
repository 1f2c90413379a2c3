"""The runner tries the copy, finds what is wrong with it, and only that."""

from pathlib import Path

import pytest

from tests.mutations import only_the_copy, running
from tests.mutations.catalog import CATALOG
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
    tests = running.named([BY_NAME[name] for name in QUICK])
    with copied() as copy:
        assert running.ask_tests(copy, tests) is None


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
