"""The cases prove the rules: each expression went both ways, and none can be bent unnoticed."""

import random
from collections.abc import Callable

import pytest

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
        project.reset()
        project.allows(case)
    return expressions(project.coverage(), rules)


def test_every_expression_was_evaluated_both_ways(evaluated: list[Expression], rules: str) -> None:
    assert len(evaluated) > 100, "the report lists fewer expressions than the rules hold"
    missed = [rules[each.start : each.end] for each in evaluated if not each.is_covered]
    assert missed == []


def test_no_condition_can_be_bent_unnoticed(
    evaluated: list[Expression], rules: str, under_rules: Callable[[str], RuledProject]
) -> None:
    """Force each condition to true, then to false: some case must get another verdict."""
    project = under_rules(rules)
    unnoticed = []
    for each in evaluated:
        if not (each.is_condition and each.is_leaf):
            continue
        text = rules[each.start : each.end]
        for forced in ("true", "false"):
            project.load(each.in_place_of(rules, forced))
            noticed = _changes_a_verdict(project)
            alone = rules[each.end] == ";"
            safe = text in SAFE_IF_TRUE and not alone
            if noticed is (forced == "true" and safe):
                unnoticed.append((text, forced))
    assert unnoticed == []


def _changes_a_verdict(project: RuledProject) -> bool:
    cases = all_cases()
    random.Random(7).shuffle(cases)  # related cases stand together; the first to notice ends it
    project.reset()
    for case in cases:
        allowed = project.allows(case)
        if allowed is not case.allowed:
            return True
        if allowed:
            project.reset()
    return False
