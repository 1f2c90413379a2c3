"""What each operation at the door costs, exactly."""

from collections.abc import Callable

import pytest

from firetill import access
from firetill.errors import Refusal
from tests.costs import documented
from tests.evening import EVENT, Evening
from tests.integration.door.gates import SUPERVISOR, by_token, by_user, preview, undo
from tests.metering import Meter, Usage

ADA = "ada"
MIA = access.user("mia", {})

Case = Callable[[Evening], Callable[[], object]]


def _by_token(evening: Evening) -> Callable[[], object]:
    token = evening.issue("r1", 2).token
    return lambda: by_token(evening.database, token)


def _by_token_by_document(evening: Evening) -> Callable[[], object]:
    token = evening.issue("r1", 2).token
    evening.write(f"eventStaff/{EVENT}/members/mia", {"role": "staff"})
    return lambda: by_token(evening.database, token, caller=MIA)


def _out(evening: Evening) -> Callable[[], object]:
    token = evening.issue("r1", 2).token
    by_token(evening.database, token, "in", 2)
    return lambda: by_token(evening.database, token, direction="out")


def _back(evening: Evening) -> Callable[[], object]:
    evening.announce(reentry=True)
    token = evening.issue("r1", 2).token
    by_token(evening.database, token, "in", 2)
    by_token(evening.database, token, "out", direction="out")
    return lambda: by_token(evening.database, token)


def _by_user(evening: Evening) -> Callable[[], object]:
    for n in range(2):
        evening.issue(f"r{n}", 2, user_id=ADA)
    return lambda: by_user(evening.database, ADA)


def _denied(evening: Evening) -> Callable[[], object]:
    token = evening.issue("r1", 2).token
    return lambda: by_token(evening.database, token, count=3)


def _user_denied(evening: Evening) -> Callable[[], object]:
    for n in range(2):
        evening.issue(f"r{n}", 2, user_id=ADA)
    return lambda: by_user(evening.database, ADA, count=3)


def _replayed(evening: Evening) -> Callable[[], object]:
    again = _by_token(evening)
    again()
    return again


def _stray(evening: Evening) -> Callable[[], object]:
    return lambda: by_token(evening.database, "no-such-token-anywhere")


def _preview(evening: Evening) -> Callable[[], object]:
    for n in range(2):
        evening.issue(f"r{n}", 2, user_id=ADA)
    return lambda: preview(evening.database, ADA)


def _undo(evening: Evening) -> Callable[[], object]:
    _by_token(evening)()
    return lambda: undo(evening.database)


def _undo_anywhere(evening: Evening) -> Callable[[], object]:
    _by_token(evening)()
    return lambda: undo(evening.database, event_id=None, caller=SUPERVISOR)


def _undo_again(evening: Evening) -> Callable[[], object]:
    again = _undo(evening)
    again()
    return again


@pytest.mark.parametrize(
    ("prepare", "cost"),
    [
        (_by_token, documented("scan by token")),
        (_by_token_by_document, documented("scan by token, role from documents")),
        (_out, documented("scan by token, out")),
        (_back, documented("scan by token, back in")),
        (_by_user, documented("scan by user, two batches")),
        (_denied, documented("scan, denied")),
        (_user_denied, documented("scan by user, two batches, denied")),
        (_replayed, documented("scan, replayed")),
        (_stray, documented("scan of a token that nobody knows, no event named")),
        (_preview, documented("preview, two batches")),
        (_undo, documented("undo a scan")),
        (_undo_anywhere, documented("undo a scan, no event named")),
        (_undo_again, documented("undo a scan, repeated")),
    ],
)
def test_cost(prepare: Case, cost: Usage, evening: Evening, metered: Meter) -> None:
    call = prepare(evening)
    with metered.measure() as used:
        try:
            call()
        except Refusal:
            assert cost.writes == 1  # the record of the denial
    assert used == cost


@pytest.mark.parametrize("sold", [1, 60])
def test_a_scan_costs_the_same_however_many_were_sold_and_scanned(
    sold: int, evening: Evening, metered: Meter
) -> None:
    tokens = [evening.issue(f"r{n}").token for n in range(sold)]
    for n, token in enumerate(tokens[1:]):
        by_token(evening.database, token, f"before-{n}")
    with metered.measure() as used:
        by_token(evening.database, tokens[0])
    assert used == documented("scan by token")
