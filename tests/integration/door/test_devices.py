"""What devices report, and how they are taken away."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from firetill import access, errors
from firetill.access import SERVER, Caller
from firetill.database import Database, Store
from tests.evening import EVENT, STEWARD, Evening
from tests.factories import NOON, ManualClock
from tests.faults import LOST_REPLY, FaultyStore, Script
from tests.integration.door.conftest import Documents
from tests.integration.door.gates import SUPERVISOR, by_token, preview
from tests.integration.door.offline_scans import offline_scan
from tests.integration.door.phones import PHONE, make_code, pair, phone, redeem, report, revoke

ELSEWHERE = access.user("olga", {"supervisor": ["other"], "staff": [EVENT]})


def test_a_device_reports(evening: Evening, clock: ManualClock) -> None:
    db = evening.database
    pair(db)
    clock.advance(seconds=20)
    seen = NOON + timedelta(seconds=5)
    told = report(db, queued=3, parked=1, gate="south", direction="out", roster_at=seen)
    assert (told.name, told.gate, told.role) == ("Phone 1", "south", "staff")
    assert told.server_time == clock.instant
    device = evening.document("devices/phone-1") or {}
    assert device["lastSeenAt"] == clock.instant
    assert (device["queued"], device["parked"]) == (3, 1)
    assert (device["gate"], device["direction"], device["rosterAt"]) == ("south", "out", seen)
    assert (device["name"], device["pairedAt"], device["pairedBy"]) == (
        "Phone 1",
        NOON,
        "supervisor",
    )
    clock.advance(seconds=20)
    report(db)
    device = evening.document("devices/phone-1") or {}
    assert (device["queued"], device["rosterAt"], device["gate"]) == (0, None, "north")


def test_a_device_speaks_for_itself_alone(evening: Evening, documents: Documents) -> None:
    pair(evening.database)
    pair(evening.database, caller=phone("phone-2"))
    before = documents()
    report(evening.database, phone("phone-2"), queued=7)
    changed = {path for path, fields in documents().items() if fields != before.get(path)}
    assert changed == {f"events/{EVENT}/devices/phone-2"}


@pytest.mark.parametrize(
    ("caller", "event_id", "kind"),
    [
        (STEWARD, EVENT, errors.DeviceNotFound),
        (SUPERVISOR, EVENT, errors.DeviceNotFound),
        (phone("phone-2"), EVENT, errors.NotStaff),
        (PHONE, "other", errors.NotStaff),
        (SERVER, EVENT, errors.SignInRequired),
    ],
)
def test_who_reports_nothing(
    caller: Caller,
    event_id: str,
    kind: type[errors.Refusal],
    evening: Evening,
    documents: Documents,
) -> None:
    pair(evening.database)
    before = documents()
    with pytest.raises(kind):
        report(evening.database, caller, event_id=event_id)
    assert documents() == before


def test_a_roster_from_outside_of_the_calendar(evening: Evening) -> None:
    pair(evening.database)
    east = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    with pytest.raises(errors.InvalidField) as refused:
        report(evening.database, roster_at=east)
    assert refused.value.data == {"field": "rosterAt"}
    report(evening.database, roster_at=datetime(1, 1, 1, tzinfo=UTC))


def test_a_device_is_taken_away(evening: Evening, clock: ManualClock, documents: Documents) -> None:
    db = evening.database
    pair(db)
    batch = evening.issue("r1", 3)
    by_token(db, batch.token, caller=PHONE)
    clock.advance(minutes=5)
    before = documents()
    revoked = revoke(db)
    assert (revoked.device_id, revoked.event_id) == ("phone-1", EVENT)
    assert (revoked.revoked_at, revoked.revoked_by) == (clock.instant, "supervisor")
    assert revoked.reason == "left in a taxi"
    after = documents()
    assert before.keys() - after.keys() == {f"eventStaff/{EVENT}/members/phone-1"}
    [audited] = [fields for path, fields in after.items() if path not in before]
    assert {name: next(iter(value.values())) for name, value in audited.items()} == {
        "auditId": audited["auditId"]["stringValue"],
        "kind": "device_revoked",
        "userId": "phone-1",
        "eventId": EVENT,
        "name": "Phone 1",
        "staffId": "supervisor",
        "reason": "left in a taxi",
        "at": "2026-02-07T12:05:00Z",
    }
    device = evening.document("devices/phone-1") or {}
    assert (device["revokedAt"], device["revokedBy"]) == (clock.instant, "supervisor")
    assert device["revokeReason"] == "left in a taxi"


def test_whatever_it_calls_next_is_refused(evening: Evening, documents: Documents) -> None:
    db = evening.database
    pair(db, "supervisor")
    batch = evening.issue("r1", 3)
    by_token(db, batch.token, caller=PHONE)
    revoke(db)
    before = documents()
    calls = (
        lambda: by_token(db, batch.token, "scan-2", caller=PHONE),
        lambda: by_token(db, batch.token, caller=PHONE),
        lambda: preview(db, batch.user_id, caller=PHONE),
        lambda: evening.upload(offline_scan("s1", batch.code), caller=PHONE),
        lambda: report(db),
        lambda: revoke(db, caller=PHONE),
    )
    for call in calls:
        with pytest.raises(errors.NotStaff):
            call()
    assert documents() == before


def test_revoking_again_changes_nothing(
    evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    pair(evening.database)
    first = revoke(evening.database)
    before = documents()
    clock.advance(hours=1)
    again = revoke(
        evening.database, reason="once more", caller=access.user("max", {"supervisor": True})
    )
    assert again == first
    assert documents() == before


def test_each_revocation_is_on_record(
    evening: Evening, clock: ManualClock, documents: Documents
) -> None:
    for reason in ("left in a taxi", "stolen"):
        pair(evening.database)
        clock.advance(minutes=1)
        assert revoke(evening.database, reason=reason).reason == reason
    audited = [fields for path, fields in documents().items() if path.startswith("auditLog/")]
    assert {one["reason"]["stringValue"] for one in audited} == {"left in a taxi", "stolen"}


def test_a_membership_that_came_back_by_hand_goes(evening: Evening) -> None:
    pair(evening.database)
    revoke(evening.database)
    evening.write(f"eventStaff/{EVENT}/members/phone-1", {"role": "staff"})
    with pytest.raises(errors.DeviceNotFound):
        report(evening.database)
    revoke(evening.database)
    with pytest.raises(errors.NotStaff):
        report(evening.database)


def test_a_supervisor_s_device_revokes_itself(evening: Evening) -> None:
    pair(evening.database, "supervisor")
    assert revoke(evening.database, caller=PHONE).revoked_by == "phone-1"
    with pytest.raises(errors.NotStaff):
        report(evening.database)


@pytest.mark.parametrize("device_id", ["phone-1", "phone-9"])
@pytest.mark.parametrize("caller", [STEWARD, SERVER, ELSEWHERE, PHONE, phone("phone-2")])
def test_only_a_supervisor_revokes(
    caller: Caller, device_id: str, evening: Evening, documents: Documents
) -> None:
    pair(evening.database)
    before = documents()
    with pytest.raises(errors.NotStaff):
        revoke(evening.database, device_id, caller=caller)
    assert documents() == before


def test_a_device_that_is_none(evening: Evening) -> None:
    """Staff without a device are not taken away in passing."""
    evening.write(f"eventStaff/{EVENT}/members/mia", {"role": "staff"})
    for device_id in ("phone-9", "mia"):
        with pytest.raises(errors.DeviceNotFound) as refused:
            revoke(evening.database, device_id)
        assert refused.value.data == {"deviceId": device_id}
    token = evening.issue("r1").token
    assert by_token(evening.database, token, caller=access.user("mia", {})).ok


def test_the_reply_of_a_revocation_gets_lost(
    store: Store, evening: Evening, clock: ManualClock
) -> None:
    pair(evening.database)
    plan = Script(commit=[LOST_REPLY])
    assert revoke(Database(FaultyStore(store, plan), clock)).revoked_by == "supervisor"
    assert plan.spent


def test_a_device_that_was_found_hands_in_what_it_has(evening: Evening) -> None:
    db = evening.database
    pair(db)
    scan = offline_scan("s1", evening.issue("r1").code)
    revoke(db)
    with pytest.raises(errors.NotStaff):
        evening.upload(scan, caller=PHONE)
    redeem(db, make_code(db).pairing_code)
    [uploaded] = evening.upload(scan, caller=PHONE)
    assert uploaded.status == "recorded"
