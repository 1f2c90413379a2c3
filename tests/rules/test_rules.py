"""The security rules, case by case."""

import pytest

from tests.rules.case import Case
from tests.rules.cases import all_cases
from tests.rules.client import Write
from tests.rules.project import RuledProject


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in all_cases()])
def test_verdict(ruled: RuledProject, case: Case) -> None:
    assert ruled.allows(case) is case.allowed


def test_the_compiler_has_no_complaint(shared: RuledProject) -> None:
    assert shared.warnings == []


def test_names_are_unique() -> None:
    names = [case.name for case in all_cases()]
    assert len(names) == len(set(names))


def test_a_batch_with_one_forbidden_write_leaves_nothing(ruled: RuledProject) -> None:
    rename = Write("users/alice", {"displayName": "A."}, mask=("displayName",))
    steal = Write("users/alice", {"wallet": {"credits": 9}}, mask=("wallet.credits",))
    assert ruled.client("alice").commit(rename, steal).status_code == 403
    left = ruled.server.get("users/alice").json()["fields"]
    assert left["displayName"] == {"stringValue": "alice"}
    assert left["wallet"]["mapValue"]["fields"]["credits"] == {"integerValue": "100"}


def test_a_profile_edit_leaves_the_servers_fields_alone(ruled: RuledProject) -> None:
    before = ruled.server.get("users/alice").json()["fields"]
    edit = Write("users/alice", {"locale": "fr"}, mask=("locale", "displayName"))
    assert ruled.client("alice").commit(edit).status_code == 200
    after = ruled.server.get("users/alice").json()["fields"]
    kept = ("wallet", "deadlines", "activeSessionId")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["locale"] == {"stringValue": "fr"}
    assert "displayName" not in after
