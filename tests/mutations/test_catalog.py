"""Each mutation is still a mistake in the code as it is."""

import pytest

from tests.mutations.catalog import CATALOG
from tests.mutations.model import FUNCTIONS, ROOT, Mutation, StaleMutationError

NAMES = [mutation.name for mutation in CATALOG]
_LEAST = 40


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) >= _LEAST


@pytest.mark.parametrize("mutation", CATALOG, ids=NAMES)
def test_it_applies_and_compiles(mutation: Mutation) -> None:
    source = (FUNCTIONS / "firetill" / mutation.file).read_text()
    mutated = mutation.applied_to(source)
    assert mutated != source
    compile(mutated, mutation.file, "exec")


@pytest.mark.parametrize("mutation", CATALOG, ids=NAMES)
def test_the_tests_that_ought_to_find_it_are_there(mutation: Mutation) -> None:
    assert mutation.tests
    assert [path for path in mutation.tests if not (ROOT / "tests" / path).is_file()] == []


@pytest.mark.parametrize("source", ["nothing of the kind", "here and here"])
def test_what_is_gone_or_ambiguous_is_told(source: str) -> None:
    mutation = Mutation("a mistake", "wire.py", "here", "there", "a loss", ("unit/core",))
    with pytest.raises(StaleMutationError, match=r"a mistake: its text occurs . times"):
        mutation.applied_to(source)
