"""The calls that abuses start from succeed, and every field of every declaration is known."""

import pytest

import main
from tests.abuse.declarations import OPERATIONS, fields_of
from tests.abuse.doors import Door, call, doors_of
from tests.abuse.honest import honest
from tests.abuse.naming import FIELDS
from tests.abuse.town import Town


def test_every_callable_is_declared() -> None:
    """What `main` deploys for users, and what the tests here go through, are the same."""
    deployed = {
        name
        for name in main.__all__
        if getattr(main, name).__firebase_endpoint__.callableTrigger is not None
    }
    assert OPERATIONS.keys() == deployed


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_field_is_classified(name: str) -> None:
    assert sorted(FIELDS.get(name, {})) == sorted(fields_of(OPERATIONS[name]))


def test_nothing_else_is_classified() -> None:
    assert FIELDS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize(
    ("name", "door"), [(name, door) for name in OPERATIONS for door in doors_of(name)]
)
def test_an_honest_call(name: str, door: Door, town: Town) -> None:
    for one in honest(town, name):
        town.store.restore(town.before)
        answer = call(name, one.data, town.headers(one.who), door)
        assert answer.status == 200, answer.text
