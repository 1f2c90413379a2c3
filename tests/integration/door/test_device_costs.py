"""What devices and the supervisors' desk cost, exactly; all roles are from documents."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from firetill import access, errors
from firetill.door import conflicts, guests
from firetill.door.desk_model import FindGuests, ResolveConflict
from firetill.errors import Refusal
from firetill.usernames import service as usernames
from firetill.usernames.model import ClaimUsername
from tests.costs import documented
from tests.evening import EVENT, Evening
from tests.integration.door.gates import by_token
from tests.integration.door.offline_scans import offline_scan
from tests.integration.door.phones import PHONE, make_code, pair, redeem, report, revoke
from tests.integration.tickets.holders import People
from tests.metering import Meter, Usage

MAX = access.user("max", {})

Case = Callable[[Evening], Callable[[], object]]


@pytest.fixture
def evening(evening: Evening) -> Evening:
    evening.write(f"eventStaff/{EVENT}/members/max", {"role": "supervisor"})
    return evening


def _code(evening: Evening) -> Callable[[], object]:
    return lambda: make_code(evening.database, caller=MAX)


def _pair(evening: Evening) -> Callable[[], object]:
    code = make_code(evening.database).pairing_code
    return lambda: redeem(evening.database, code)


def _pair_again(evening: Evening) -> Callable[[], object]:
    again = _pair(evening)
    again()
    return again


def _no_code(evening: Evening) -> Callable[[], object]:
    return lambda: redeem(evening.database, "0000-0000-0000")


def _report(evening: Evening) -> Callable[[], object]:
    pair(evening.database)
    return lambda: report(evening.database)


def _revoke(evening: Evening) -> Callable[[], object]:
    pair(evening.database)
    return lambda: revoke(evening.database, caller=MAX)


def _revoke_again(evening: Evening) -> Callable[[], object]:
    again = _revoke(evening)
    again()
    return again


def _find(search: str) -> Case:
    def prepare(evening: Evening) -> Callable[[], object]:
        evening.issue("r1", 3, user_id="ada")
        usernames.claim(evening.database, "ada", ClaimUsername(username="ada.l"))
        people = People({"ada": "ada@example.com"})
        request = FindGuests(event_id=EVENT, search=search)
        return lambda: guests.find(evening.database, people, MAX, request)

    return prepare


def _resolve(evening: Evening) -> Callable[[], object]:
    code = evening.issue("r1").code
    evening.upload(offline_scan("s1", code), offline_scan("s2", code))
    request = ResolveConflict(event_id=EVENT, scan_id="s2", note="a screenshot")
    return lambda: conflicts.resolve(evening.database, MAX, request)


@pytest.mark.parametrize(
    ("prepare", "cost", "deletes"),
    [
        (_code, documented("make a pairing code"), 0),
        (_pair, documented("pair a device"), 0),
        (_pair_again, documented("pair a device, repeated"), 0),
        (_no_code, documented("pair a device, with a code that is none"), 0),
        (_report, documented("report of a device"), 0),
        (_revoke, documented("revoke a device"), 1),
        (_revoke_again, documented("revoke a device, repeated"), 0),
        (_find("ada@example.com"), documented("find a guest by e-mail"), 0),
        (_find("ada.l"), documented("find a guest by username"), 0),
        (_resolve, documented("close a conflict"), 0),
    ],
)
def test_cost(prepare: Case, cost: Usage, deletes: int, evening: Evening, metered: Meter) -> None:
    call = prepare(evening)
    with metered.measure() as used:
        try:
            call()
        except Refusal as refusal:
            refused: Refusal | None = refusal
        else:
            refused = None
    assert isinstance(refused, errors.PairingCodeInvalid) is (prepare is _no_code)
    assert used == replace(cost, deletes=deletes)


def test_a_scan_by_a_device_costs_what_any_scan_costs(evening: Evening, metered: Meter) -> None:
    pair(evening.database)
    token = evening.issue("r1", 2).token
    with metered.measure() as used:
        by_token(evening.database, token, caller=PHONE)
    assert used == documented("scan by token, role from documents")
