"""What stays of a document, and the order of a deletion's steps."""

from datetime import timedelta
from typing import Any

import pytest

from firetill.estates import deletion_rules as rules
from firetill.estates.deletion_model import Deletion
from firetill.ledger.rules import pseudonym
from tests.factories import NOON

LEO = "u-leo"
HEIR = pseudonym(LEO)


def after(deletion: Deletion, steps: int) -> Deletion:
    for _ in range(steps):
        deletion = rules.after(deletion, NOON)
    return deletion


def test_all_steps_are_gone_through_twice() -> None:
    deletion, seen = rules.begun(LEO, NOON), list[tuple[str, int]]()
    while deletion.step != "done":
        seen.append((deletion.step, deletion.round))
        deletion = rules.after(deletion, NOON)
    steps = [step for step in rules.STEPS if step not in {"waiting", "done"}]
    assert seen == [
        *((step, 1) for step in steps),
        ("waiting", 1),
        *((step, 2) for step in steps),
    ]
    assert (deletion.user_id, deletion.due_at, deletion.finished_at) == (None, None, NOON)


def test_what_must_be_settled_comes_before_what_it_needs_goes() -> None:
    order = rules.STEPS.index
    settling = ("sessions", "actions", "orders", "purchases", "subscriptions")
    assert max(map(order, settling)) < order("personal")
    assert order("ledger") < order("tickets") < order("mirrors") < order("stripe")
    assert order("stripe") < order("sign_in") < order("waiting")


def test_it_is_gone_before_it_waits_and_waits_for_the_last_token() -> None:
    deletion = rules.begun(LEO, NOON)
    assert not rules.is_gone(deletion)
    waiting = after(deletion, rules.STEPS.index("waiting"))
    assert rules.is_gone(waiting)
    assert waiting.user_id == LEO
    assert rules.is_waiting(waiting, NOON + timedelta(minutes=119))
    assert not rules.is_waiting(waiting, NOON + timedelta(hours=2))
    assert not rules.is_waiting(deletion, NOON)


@pytest.mark.parametrize(
    ("data", "changed"),
    [
        ({"userId": LEO}, {"userId": HEIR}),
        ({"userId": "u-may", "staffId": LEO}, {"staffId": HEIR}),
        ({"userId": HEIR, "staffId": None}, {}),
        ({"idempotencyKey": "leo@example.com"}, {"idempotencyKey": pseudonym("leo@example.com")}),
        ({"idempotencyKey": pseudonym("k")}, {}),
        (
            {"intent": {"userId": LEO, "idempotencyKey": "k", "amount": 5}},
            {"intent": {"userId": HEIR, "idempotencyKey": pseudonym("k"), "amount": 5}},
        ),
        ({"intent": None}, {}),
        ({"other": LEO}, {}),
    ],
)
def test_which_fields_change(data: dict[str, Any], changed: dict[str, Any]) -> None:
    people = ("userId", "staffId", "intent.userId")
    keys = ("idempotencyKey", "intent.idempotencyKey")
    found = rules.pseudonymised(data, LEO, people, keys)
    assert {name: value for name, value in found.items() if value != data.get(name)} == changed
    again = rules.pseudonymised({**data, **found}, LEO, people, keys)
    assert {**data, **found, **again} == {**data, **found}
