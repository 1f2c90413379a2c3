"""The cases prove the rules: each expression went both ways, and none can be bent unnoticed."""

import random
from collections.abc import Callable

import pytest

from tests.rules.case import Case
from tests.rules.cases import all_cases
from tests.rules.coverage import Expression, expressions
from tests.rules.project import RuledProject

SAFE_IF_TRUE = {
    # Without a token, `request.auth.uid` is an error, which denies; the check says so in words.
    "request.auth != null",
    # What is no map has no `keys()`, which is an error too.
    "value is map",
}
"""Conditions that stand beside others for the reader; their absence changes no verdict."""


@pytest.fixture(scope="module")
def evaluated(under_rules: Callable[[str], RuledProject], rules: str) -> list[Expression]:
    project = under_rules(rules)
    for case in all_cases():
        project.allows(case)
        if project.was_written:
            project.reset()
    return expressions(project.coverage(), rules)


def test_every_expression_was_evaluated_both_ways(evaluated: list[Expression], rules: str) -> None:
    assert len(evaluated) > 100, "the report lists fewer expressions than the rules hold"
    missed = [rules[each.start : each.end] for each in evaluated if not each.is_covered]
    assert missed == []


@pytest.mark.timeout(900)  # two minutes on a machine that does nothing else
def test_no_condition_can_be_bent_unnoticed(
    evaluated: list[Expression], rules: str, under_rules: Callable[[str], RuledProject]
) -> None:
    """Force each condition to true, then to false: some case must get another verdict."""
    project = under_rules(rules)
    cases = all_cases()
    random.Random(7).shuffle(cases)  # related cases stand together; the first to notice ends it
    unnoticed = []
    for each in evaluated:
        if not (each.is_condition and each.is_leaf):
            continue
        text = rules[each.start : each.end]
        for forced in ("true", "false"):
            project.load(each.in_place_of(rules, forced))
            noticed = _changes_a_verdict(project, cases)
            alone = rules[each.end] == ";"
            safe = text in SAFE_IF_TRUE and not alone
            if noticed is (forced == "true" and safe):
                unnoticed.append((text, forced))
    assert unnoticed == []


def _changes_a_verdict(project: RuledProject, cases: list[Case]) -> bool:
    """Tell whether some case gets another verdict; it is tried first the next time."""
    project.reset()
    for place, case in enumerate(cases):
        allowed = project.allows(case)
        if allowed is not case.allowed:
            cases.insert(0, cases.pop(place))
            return True
        if allowed and project.was_written:
            project.reset()
    return False
