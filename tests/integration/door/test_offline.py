"""What devices decided offline is recorded as it happened, once; what it contradicts is named."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from firetill import access
from firetill.database import Store
from firetill.errors import (
    AlreadyUsed,
    EventNotFound,
    IdempotencyKeyReused,
    NotStaff,
)
from firetill.tickets.codes import new_token, token_hash
from tests.evening import EVENT, Evening
from tests.factories import NOON, ManualClock
from tests.integration.door import gates
from tests.integration.door.offline_scans import (
    EARLIER,
    conflict_of,
    everything,
    offline_scan,
    scan_of,
)


def test_an_admission_is_an_admission(evening: Evening) -> None:
    batch = evening.issue("r1", 3, user_id="ada")
    [result] = evening.upload(offline_scan("s1", batch.code, count=2))
    assert (result.status, result.reason) == ("recorded", None)
    assert (result.used_count, result.remaining) == (2, 1)
    after = evening.batch("r1")
    assert (after.used_count, after.active, after.updated_at) == (2, True, NOON)
    assert after.last_scan is not None
    assert (after.last_scan.scan_id, after.last_scan.at) == ("s1", EARLIER)
    [summary] = evening.database.get(f"eventUsers/{EVENT}/users/ada")
    assert summary.data is not None
    assert (summary.data["usedCount"], summary.data["version"]) == (2, 2)
    record = scan_of(evening, "s1")
    expected = {
        "scanId": "s1",
        "eventId": EVENT,
        "result": "admitted",
        "reason": None,
        "ragerId": "r1",
        "userId": "ada",
        "count": 2,
        "counted": 2,
        "overAdmitted": 0,
        "gate": "north",
        "device": "phone",
        "staffId": "steward",
        "at": EARLIER,
        "scannedAt": EARLIER,
        "receivedAt": NOON,
        "source": "offline",
        "conflict": False,
        "conflictReason": None,
        "tokenHash": token_hash(batch.token),
        "ticketQuantity": 3,
        "usedCount": 2,
        "remaining": 1,
        "remainingTotal": 1,
    }
    assert {name: record[name] for name in expected} == expected
    assert evening.document("conflicts/s1") is None


def test_only_hashes_of_tokens_are_kept(evening: Evening, store: Store) -> None:
    batch = evening.issue("r1")
    stray = new_token()
    evening.upload(
        offline_scan("s1", batch.code),
        offline_scan("s2", batch.code),
        offline_scan("s3", stray),
        offline_scan("s4", "https://elsewhere.example/" + stray),
        offline_scan("s5", stray, verdict="denied", reason="ticket_not_found"),
    )
    kept = json.dumps([everything(store, "scans"), everything(store, "conflicts")], default=str)
    assert kept.count("overAdmitted") == 8
    assert batch.token not in kept
    assert stray not in kept


def test_two_devices_admit_one_ticket(evening: Evening) -> None:
    batch = evening.issue("r1")
    evening.upload(offline_scan("s1", batch.token, gate="north"), device="phone")
    later = EARLIER + timedelta(minutes=1)
    [result] = evening.upload(
        offline_scan("s2", batch.token, gate="south", scanned_at=later), device="pad"
    )
    assert (result.status, result.reason) == ("conflict", "more_admitted_than_held")
    assert (result.used_count, result.remaining) == (1, 0)
    assert evening.batch("r1").used_count == 1
    assert conflict_of(evening, "s2") == {
        "scanId": "s2",
        "eventId": EVENT,
        "reason": "more_admitted_than_held",
        "ragerId": "r1",
        "this": {"scanId": "s2", "device": "pad", "gate": "south", "at": later},
        "other": {"scanId": "s1", "device": "phone", "gate": "north", "at": EARLIER},
        "revocation": None,
        "count": 1,
        "overAdmitted": 1,
        "createdAt": NOON,
        "resolvedAt": None,
        "resolvedBy": None,
        "note": None,
    }
    assert scan_of(evening, "s2")["conflict"] is True


def test_a_party_larger_than_its_ticket_counts_as_far_as_the_ticket_goes(
    evening: Evening,
) -> None:
    batch = evening.issue("r1", 3)
    evening.admit("r1")
    [result] = evening.upload(offline_scan("s1", batch.token, count=5))
    assert (result.status, result.used_count, result.remaining) == ("conflict", 3, 0)
    assert evening.batch("r1").active is False
    conflict = conflict_of(evening, "s1")
    assert (conflict["count"], conflict["overAdmitted"]) == (5, 3)
    assert conflict["other"]["scanId"] == "online"
    assert scan_of(evening, "s1")["counted"] == 2


def test_a_ticket_revoked_before_the_scan(evening: Evening, clock: ManualClock) -> None:
    batch = evening.issue("r1")
    clock.instant = revoked = NOON - timedelta(hours=2)
    evening.close("r1")
    clock.instant = NOON
    [result] = evening.upload(offline_scan("s1", batch.code))
    assert (result.status, result.reason) == ("conflict", "revoked_before_scan")
    conflict = conflict_of(evening, "s1")
    assert conflict["revocation"] == {"reason": "revoked", "at": revoked}
    assert (conflict["other"], conflict["overAdmitted"]) == (None, 1)
    assert conflict["this"]["device"] == "phone"
    assert evening.batch("r1").used_count == 0


def test_a_ticket_refunded_after_the_scan(evening: Evening) -> None:
    batch = evening.issue("r1")
    evening.close("r1", "refunded")
    [result] = evening.upload(offline_scan("s1", batch.code))
    assert (result.status, result.reason) == ("conflict", "revoked_after_scan")
    assert conflict_of(evening, "s1")["revocation"] == {"reason": "refunded", "at": NOON}
    assert evening.batch("r1").closed == "refunded"


def test_a_code_replaced_after_the_scan_still_takes_from_its_batch(
    evening: Evening,
) -> None:
    batch = evening.issue("r1", 2)
    evening.reissue("r1")
    [result] = evening.upload(offline_scan("s1", batch.code))
    assert (result.reason, result.used_count) == ("revoked_after_scan", 1)
    assert conflict_of(evening, "s1")["overAdmitted"] == 0
    [copy] = evening.upload(offline_scan("s2", batch.code, scanned_at=NOON))
    assert (copy.reason, copy.used_count) == ("revoked_before_scan", 1)
    assert conflict_of(evening, "s2")["overAdmitted"] == 1


def test_what_is_no_ticket_here(evening: Evening) -> None:
    elsewhere = Evening(evening.database, "opera")
    theirs = elsewhere.issue("r9", user_id="bob")
    mine = evening.issue("r1")
    forged = mine.code[:-4] + ("AAAA" if mine.code[-4:] != "AAAA" else "BBBB")
    results = evening.upload(
        offline_scan("s1", theirs.code),
        offline_scan("s2", theirs.token),
        offline_scan("s3", forged),
        offline_scan("s4", new_token()),
        offline_scan("s5", "no code at all\n☃"),
    )
    assert [result.reason for result in results] == [
        "wrong_event",
        "wrong_event",
        "code_forged",
        "unknown_ticket",
        "code_forged",
    ]
    for result in results:
        conflict = conflict_of(evening, result.scan_id)
        assert conflict["overAdmitted"] == 1
        assert (conflict["ragerId"], conflict["other"]) == (None, None)
        assert scan_of(evening, result.scan_id)["userId"] is None, "another event's guest"
    assert elsewhere.batch("r9").used_count == 0


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ({"offlineAllowed": False}, "offline_not_allowed"),
        ({"active": False}, "event_inactive"),
        ({"endsAt": EARLIER}, "outside_window"),
        ({"doorsOpenAt": EARLIER + timedelta(seconds=1)}, "outside_window"),
    ],
)
def test_whoever_went_in_is_in(evening: Evening, event: dict[str, Any], reason: str) -> None:
    batch = evening.issue("r1")
    evening.announce(**event)
    [result] = evening.upload(offline_scan("s1", batch.code))
    assert (result.status, result.reason, result.used_count) == ("conflict", reason, 1)
    conflict = conflict_of(evening, "s1")
    assert (conflict["overAdmitted"], conflict["other"]) == (0, None)


def test_a_deactivated_ticket_is_used_and_stays_deactivated(evening: Evening) -> None:
    batch = evening.issue("r1", 2)
    evening.deactivate("r1")
    [result] = evening.upload(offline_scan("s1", batch.code))
    assert (result.reason, result.used_count) == ("deactivated", 1)
    assert evening.batch("r1").active is False


@pytest.mark.parametrize("scanned_at", [NOON + timedelta(minutes=6), NOON - timedelta(days=31)])
def test_a_clock_that_cannot_be_right(evening: Evening, scanned_at: datetime) -> None:
    batch = evening.issue("r1")
    [result] = evening.upload(offline_scan("s1", batch.code, scanned_at=scanned_at))
    assert (result.reason, result.used_count) == ("clock", 1)
    record = scan_of(evening, "s1")
    assert (record["at"], record["scannedAt"]) == (NOON, scanned_at)
    assert conflict_of(evening, "s1")["this"]["at"] == scanned_at


def test_a_denial_is_a_denial(evening: Evening, store: Store) -> None:
    batch = evening.issue("r1")
    [result] = evening.upload(
        offline_scan("s1", batch.code, verdict="denied", reason="already_used")
    )
    assert (result.status, result.reason) == ("recorded", None)
    record = scan_of(evening, "s1")
    assert (record["result"], record["reason"], record["counted"]) == ("denied", "already_used", 0)
    assert record["ragerId"] == "r1"
    assert evening.batch("r1") == batch
    assert everything(store, "conflicts") == []


def test_the_same_upload_again_changes_nothing(evening: Evening, store: Store) -> None:
    batch = evening.issue("r1")
    scans = [
        offline_scan("s1", batch.code),
        offline_scan("s2", batch.code, gate="south"),
        offline_scan("s3", "forged", verdict="denied", reason="code_forged"),
    ]
    first = evening.upload(*scans)
    assert [one.status for one in first] == ["recorded", "conflict", "recorded"]
    before = (everything(store, "scans"), everything(store, "conflicts"), evening.batch("r1"))
    again = evening.upload(*scans)
    assert [(one.status, one.reason) for one in again] == [
        ("replayed", None),
        ("replayed", "more_admitted_than_held"),
        ("replayed", None),
    ]
    assert [one.used_count for one in again] == [one.used_count for one in first]
    after = (everything(store, "scans"), everything(store, "conflicts"), evening.batch("r1"))
    assert after == before


def test_an_id_that_comes_again_with_other_input_loses_nothing(
    evening: Evening, store: Store
) -> None:
    batch = evening.issue("r1", 5)
    evening.upload(offline_scan("s1", batch.code), device="phone")
    other = offline_scan("s1", batch.code, count=2, gate="south")
    [result] = evening.upload(other, device="pad")
    assert (result.status, result.reason) == ("conflict", "scan_id_reused")
    assert (result.scan_id, result.used_count) == ("s1", 3)
    [conflict] = everything(store, "conflicts")
    assert conflict["scanId"] != "s1"
    assert conflict["this"]["device"] == "pad"
    assert conflict["other"]["device"] == "phone"
    assert conflict["overAdmitted"] == 0
    assert sorted(one["count"] for one in everything(store, "scans")) == [1, 2]
    [again] = evening.upload(other, device="pad")
    assert (again.status, again.reason, again.used_count) == ("replayed", "scan_id_reused", 3)
    [first] = evening.upload(offline_scan("s1", batch.code), device="phone")
    assert (first.status, first.reason) == ("replayed", None)
    assert evening.batch("r1").used_count == 3


def test_a_denial_under_a_used_id_is_kept_too(evening: Evening, store: Store) -> None:
    batch = evening.issue("r1")
    evening.upload(offline_scan("s1", batch.code))
    [result] = evening.upload(offline_scan("s1", batch.code, verdict="denied"))
    assert (result.status, result.reason) == ("conflict", "scan_id_reused")
    assert len(everything(store, "scans")) == 2
    assert [one["overAdmitted"] for one in everything(store, "conflicts")] == [0]


def test_one_upload_may_hold_a_scan_twice(evening: Evening, store: Store) -> None:
    batch = evening.issue("r1", 5)
    scan = offline_scan("s1", batch.code)
    results = evening.upload(scan, scan, offline_scan("s1", batch.code, count=2))
    assert sorted(result.status for result in results) == ["conflict", "recorded", "replayed"]
    assert evening.batch("r1").used_count == 3
    assert len(everything(store, "scans")) == 2


def test_who_may_upload(evening: Evening) -> None:
    batch = evening.issue("r1")
    scan = offline_scan("s1", batch.code)
    for stranger in (access.user("ada", {}), access.user("eve", {"staff": ["opera"]})):
        with pytest.raises(NotStaff):
            evening.upload(scan, caller=stranger)
    with pytest.raises(EventNotFound):
        Evening(evening.database, "opera").upload(scan, caller=access.user("r", {"admin": True}))
    assert evening.document("scans/s1") is None
    evening.write("eventStaff/gala/members/bob", {"role": "staff"})
    [result] = evening.upload(scan, caller=access.user("bob", {}))
    assert result.status == "recorded"
    assert scan_of(evening, "s1")["staffId"] == "bob"


@pytest.mark.parametrize(
    "token", ["__aaaaaaaaaaaaaaaa__", "________________", "-" * 64], ids=lambda token: token[:4]
)
def test_tokens_of_odd_forms(evening: Evening, token: str) -> None:
    [result] = evening.upload(offline_scan("s1", token))
    assert result.reason in {"unknown_ticket", "code_forged"}


def test_undoing_gives_back_what_the_ticket_held(evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    evening.admit("r1")
    evening.upload(offline_scan("s1", batch.token, count=5))
    undone = gates.undo(evening.database, "s1")
    assert (undone.used_count, undone.remaining) == (1, 2)
    assert scan_of(evening, "s1")["overAdmitted"] == 3, "the record keeps what it said"
    [again] = evening.upload(offline_scan("s1", batch.token, count=5))
    assert again.status == "replayed"
    assert evening.batch("r1").used_count == 1


def test_a_device_whose_online_scan_was_never_answered(evening: Evening, store: Store) -> None:
    """It goes on offline under the same id: the guest is counted once."""
    batch = evening.issue("r1", 3)
    gates.by_token(evening.database, batch.code, "s1")
    [result] = evening.upload(offline_scan("s1", batch.code))
    assert (result.status, result.reason, result.used_count) == ("replayed", None, 1)
    assert evening.batch("r1").used_count == 1
    assert len(everything(store, "scans")) == 1


def test_a_device_that_admits_whom_the_till_had_denied(evening: Evening, store: Store) -> None:
    batch = evening.issue("r1")
    gates.by_token(evening.database, batch.code, "s1", gate="south")
    with pytest.raises(AlreadyUsed):
        gates.by_token(evening.database, batch.code, "s2")
    [result] = evening.upload(offline_scan("s2", batch.code))
    assert (result.status, result.reason) == ("conflict", "more_admitted_than_held")
    [conflict] = everything(store, "conflicts")
    assert conflict["other"]["gate"] == "south"
    assert len(everything(store, "scans")) == 3


def test_an_online_scan_that_arrives_after_its_offline_twin(evening: Evening) -> None:
    batch = evening.issue("r1", 3)
    evening.upload(offline_scan("s1", batch.code))
    with pytest.raises(IdempotencyKeyReused):
        gates.by_token(evening.database, batch.code, "s1")
    assert evening.batch("r1").used_count == 1
