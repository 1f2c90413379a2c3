"""How a phone becomes a device, and how it does not."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from firetill import access, errors, limits
from firetill.access import SERVER, Caller
from firetill.database import Database, Store
from firetill.door.pairing_codes import hashed
from firetill.fields import Role
from firetill.limits import LIMITS
from tests.evening import EVENT, STEWARD, Evening
from tests.factories import NOON, ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import SUPERVISOR, by_token, undo
from tests.integration.door.phones import PHONE, make_code, pair, phone, redeem, report, revoke

MEMBER = f"eventStaff/{EVENT}/members/phone-1"
ADMIN = access.user("root", {"admin": True})
ELSEWHERE = access.user("olga", {"supervisor": ["other"]})


def read(db: Database, path: str) -> Mapping[str, Any] | None:
    [found] = db.get(path)
    return found.data


def test_a_phone_becomes_a_device(evening: Evening, clock: ManualClock) -> None:
    db = evening.database
    made = make_code(db, name="Phone 7", gate="south")
    assert made.expires_at == NOON + timedelta(minutes=10)
    clock.advance(minutes=3)
    paired = redeem(db, made.pairing_code)
    assert (paired.device_id, paired.event_id) == ("phone-1", EVENT)
    assert (paired.name, paired.gate, paired.role) == ("Phone 7", "south", "staff")
    assert read(db, MEMBER) == {"role": "staff", "name": "Phone 7"}
    assert evening.document("devices/phone-1") == {
        "deviceId": "phone-1",
        "eventId": EVENT,
        "name": "Phone 7",
        "gate": "south",
        "role": "staff",
        "direction": "in",
        "pairedBy": "steward",
        "pairedAt": clock.instant,
        "lastSeenAt": clock.instant,
        "rosterAt": None,
        "queued": 0,
        "parked": 0,
        "revokedAt": None,
        "revokedBy": None,
        "revokeReason": None,
    }
    token = evening.issue("r1").token
    assert by_token(db, token, caller=PHONE).remaining == 0
    with pytest.raises(errors.NotStaff):
        undo(db, caller=PHONE)


def test_the_code_is_stored_nowhere(evening: Evening, documents: Documents) -> None:
    made = make_code(evening.database)
    found = documents()
    assert made.pairing_code not in str(found)
    assert f"pairingCodes/{hashed(made.pairing_code)}" in found


def test_a_supervisor_s_device_may_what_supervisors_may(evening: Evening) -> None:
    pair(evening.database, "supervisor")
    by_token(evening.database, evening.issue("r1").token, caller=PHONE)
    assert undo(evening.database, caller=PHONE).remaining == 1


@pytest.mark.parametrize(
    ("caller", "role", "allowed"),
    [
        (STEWARD, "staff", True),
        (STEWARD, "supervisor", False),
        (SUPERVISOR, "staff", True),
        (SUPERVISOR, "supervisor", True),
        (ADMIN, "supervisor", True),
        (ELSEWHERE, "staff", False),
        (access.user("mia", {}), "staff", True),
        (access.user("mia", {}), "supervisor", False),
        (access.user("max", {}), "supervisor", True),
        (access.user("ada", {}), "staff", False),
    ],
)
def test_who_makes_codes(
    caller: Caller, role: Role, allowed: bool, evening: Evening, documents: Documents
) -> None:
    evening.write(f"eventStaff/{EVENT}/members/mia", {"role": "staff"})
    evening.write(f"eventStaff/{EVENT}/members/max", {"role": "supervisor"})
    if allowed:
        assert make_code(evening.database, role, caller=caller).role == role
        return
    before = documents()
    with pytest.raises(errors.NotStaff):
        make_code(evening.database, role, caller=caller)
    assert documents() == before


@pytest.mark.parametrize("role", ["staff", "supervisor"])
def test_a_device_makes_no_codes(role: Role, evening: Evening, documents: Documents) -> None:
    """Else a phone that was found could pair others before it is revoked."""
    pair(evening.database, "supervisor")
    before = documents()
    with pytest.raises(errors.NotStaff):
        make_code(evening.database, role, caller=PHONE)
    assert documents() == before


@pytest.mark.parametrize("claims", [{}, {"staff": [EVENT]}])
def test_nor_does_one_that_was_linked_to_an_address(
    claims: Mapping[str, Any], evening: Evening, documents: Documents
) -> None:
    """Whoever finds a phone can link its account: the id stays, and is not anonymous any more."""
    pair(evening.database, "supervisor")
    linked = access.user("phone-1", {"firebase": {"sign_in_provider": "password"}, **claims})
    before = documents()
    with pytest.raises(errors.NotStaff):
        make_code(evening.database, caller=linked)
    assert documents() == before


def test_a_person_whose_account_is_a_device_no_more_makes_codes(evening: Evening) -> None:
    pair(evening.database)
    revoke(evening.database)
    linked = access.user("phone-1", {"staff": [EVENT]})
    assert make_code(evening.database, caller=linked).role == "staff"


def test_a_server_makes_none(evening: Evening) -> None:
    with pytest.raises(errors.SignInRequired):
        make_code(evening.database, caller=SERVER)


def test_an_event_must_be_there(evening: Evening) -> None:
    with pytest.raises(errors.EventNotFound):
        make_code(evening.database, event_id="nowhere", caller=ADMIN)


def test_one_code_too_many(evening: Evening, clock: ManualClock) -> None:
    limit = LIMITS["createPairingCode"]
    codes = {make_code(evening.database).pairing_code for _ in range(limit.times)}
    assert len(codes) == limit.times
    with pytest.raises(errors.RateLimited) as refused:
        make_code(evening.database)
    assert refused.value.data == {"retryAfterSeconds": limit.seconds}
    assert make_code(evening.database, caller=SUPERVISOR).role == "staff"
    clock.advance(seconds=limit.seconds)
    assert make_code(evening.database).role == "staff"


def test_a_person_is_no_device(evening: Evening, documents: Documents) -> None:
    code = make_code(evening.database).pairing_code
    before = documents()
    for caller in (STEWARD, access.user("ada", {}), ADMIN):
        with pytest.raises(errors.NotADevice):
            redeem(evening.database, code, caller)
    assert documents() == before
    assert redeem(evening.database, code).role == "staff"


def test_a_code_runs_out(evening: Evening, clock: ManualClock, documents: Documents) -> None:
    first, second = (make_code(evening.database).pairing_code for _ in range(2))
    clock.advance(minutes=9, seconds=59)
    assert redeem(evening.database, first).device_id == "phone-1"
    clock.advance(seconds=1)
    before = documents()
    with pytest.raises(errors.PairingCodeInvalid):
        redeem(evening.database, second, phone("phone-2"))
    assert documents() == before


@pytest.mark.parametrize("code", ["0000-0000-0000", "hello", "0" * 64, "../events/gala", "U" * 12])
def test_codes_that_nobody_made(code: str, evening: Evening, documents: Documents) -> None:
    before = documents()
    with pytest.raises(errors.PairingCodeInvalid):
        redeem(evening.database, code)
    assert documents() == before


def test_a_code_pairs_one_phone(evening: Evening, documents: Documents) -> None:
    code = make_code(evening.database).pairing_code
    redeem(evening.database, code)
    before = documents()
    with pytest.raises(errors.PairingCodeInvalid):
        redeem(evening.database, code, phone("phone-2"))
    assert documents() == before


def test_the_phone_may_ask_again(
    evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    code = make_code(evening.database).pairing_code
    first = redeem(evening.database, code)
    before = documents()
    clock.advance(hours=1)
    assert redeem(evening.database, code.lower()) == first
    assert documents() == before


def test_the_answer_stays_the_same_when_the_phone_has_gone_to_another_gate(
    evening: Evening,
) -> None:
    code = make_code(evening.database, gate="south").pairing_code
    first = redeem(evening.database, code)
    report(evening.database, gate="north")
    assert redeem(evening.database, code) == first


def test_a_used_code_revives_nobody(evening: Evening, documents: Documents) -> None:
    code = make_code(evening.database).pairing_code
    redeem(evening.database, code)
    revoke(evening.database)
    before = documents()
    with pytest.raises(errors.PairingCodeInvalid):
        redeem(evening.database, code)
    assert documents() == before


def test_a_new_code_revives_a_device(evening: Evening, clock: ManualClock) -> None:
    db = evening.database
    first = make_code(db).pairing_code
    redeem(db, first)
    revoke(db)
    clock.advance(minutes=1)
    again = make_code(db, "supervisor", name="Phone 9", caller=SUPERVISOR).pairing_code
    assert redeem(db, again).name == "Phone 9"
    assert read(db, MEMBER) == {"role": "supervisor", "name": "Phone 9"}
    device = evening.document("devices/phone-1")
    assert device is not None
    assert (device["revokedAt"], device["revokeReason"], device["role"]) == (
        None,
        None,
        "supervisor",
    )
    with pytest.raises(errors.PairingCodeInvalid):
        redeem(db, first)


def test_a_device_of_two_events(evening: Evening) -> None:
    db = evening.database
    other = Evening(db, "other")
    other.announce()
    pair(db)
    redeem(db, make_code(db, event_id="other", caller=ADMIN).pairing_code)
    revoke(db)
    assert by_token(db, other.issue("r1").token, caller=PHONE).event_id == "other"
    with pytest.raises(errors.NotStaff):
        by_token(db, evening.issue("r1").token, caller=PHONE)


def test_the_replies_get_lost(store: Store, evening: Evening, clock: ManualClock) -> None:
    """The second try of each call sees the first one's work, and takes it for its own."""
    plan = Script(commit=[LOST_REPLY, LOST_REPLY])
    db = Database(FaultyStore(store, plan), clock)
    made = make_code(db)
    assert redeem(db, made.pairing_code).device_id == "phone-1"
    assert plan.spent
    code = read(evening.database, f"pairingCodes/{hashed(made.pairing_code)}")
    assert code is not None
    assert (code["usedBy"], code["usedAt"]) == ("phone-1", NOON)
    [count] = evening.database.get(limits.path("steward", "createPairingCode"))
    assert count.data is not None
    assert count.data["count"] == 1
