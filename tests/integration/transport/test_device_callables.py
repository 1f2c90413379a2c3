"""Devices over the wire as they are deployed, and what hostile callers try at them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from firetill import runtime
from firetill.door.desk_endpoints import findGuests, resolveConflict
from firetill.door.device_endpoints import (
    createPairingCode,
    pairDevice,
    reportDevice,
    revokeDevice,
)
from firetill.door.endpoints import scanTicket
from tests.evening import EVENT, Evening
from tests.integration.tickets.holders import People
from tests.unit.transport.doors import Caller, error_of, unsigned_token

pytestmark = pytest.mark.usefixtures("firebase_process")

KEY = base64.b64encode(bytes(range(32))).decode()  # the evening's own
WISH = {"eventId": EVENT, "name": "Phone 1", "gate": "north"}
REPORT = {"eventId": EVENT, "queued": 0, "parked": 0, "gate": "north"}
INT64 = "type.googleapis.com/google.protobuf.Int64Value"
SURROGATE = "\ud800"


@pytest.fixture
def evening(firebase_process: str, monkeypatch: pytest.MonkeyPatch) -> Evening:  # noqa: ARG001 - it must be there first
    """The evening in the functions' own process; Mia is its staff, Max its supervisor."""
    monkeypatch.setenv("TICKET_SIGNING_KEYS", KEY)
    monkeypatch.setattr(runtime, "directory", lambda: People({"ada": "ada@example.com"}))
    evening = Evening(runtime.database())
    evening.announce()
    for name, role in (("mia", "staff"), ("max", "supervisor")):
        evening.write(f"eventStaff/{EVENT}/members/{name}", {"role": role})
    return evening


def anonymously(user_id: str) -> Mapping[str, str]:
    """The header of somebody who has signed in anonymously."""
    head, payload, rest = unsigned_token(user_id).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["firebase"] = {"sign_in_provider": "anonymous", "identities": {}}
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return {"Authorization": f"Bearer {head}.{changed}.{rest}"}


def result(door: Any, data: dict[str, Any], user_id: str, *, phone: bool = False) -> dict[str, Any]:
    headers = anonymously(user_id) if phone else None
    response = Caller(door).call(data, user_id=user_id, headers=headers)
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: dict[str, Any] = json.loads(response.get_data())["result"]
    return answer


def refused(door: Any, data: Any, user_id: str, *, phone: bool = False) -> dict[str, Any]:
    headers = anonymously(user_id) if phone else None
    answer = Caller(door).call(data, user_id=user_id, headers=headers)
    details: dict[str, Any] = error_of(answer)["details"]
    return details


def paired(role: str = "staff") -> None:
    """Let a phone in."""
    made = result(createPairingCode, {**WISH, "role": role}, "max")
    result(pairDevice, {"pairingCode": made["pairingCode"]}, "phone-1", phone=True)


def test_a_phone_s_life_over_the_wire(evening: Evening) -> None:
    made = result(createPairingCode, WISH, "mia")
    assert (made["role"], made["expiresAt"][-1]) == ("staff", "Z")
    code = made["pairingCode"]
    shown = {"pairingCode": f"{code[:4]}-{code[4:8]}-{code[8:]}"}
    assert refused(pairDevice, shown, "ada") == {"reason": "not_a_device"}
    device = result(pairDevice, shown, "phone-1", phone=True)
    assert device == {**WISH, "deviceId": "phone-1", "role": "staff"}
    assert refused(pairDevice, shown, "phone-2", phone=True) == {"reason": "pairing_code_invalid"}
    report = {**REPORT, "queued": {"@type": INT64, "value": "3"}, "rosterAt": None}
    told = result(reportDevice, report, "phone-1", phone=True)
    assert (told["name"], told["serverTime"][-1]) == ("Phone 1", "Z")
    batch = evening.issue("r1", 3, user_id="ada")
    scan = {"token": batch.code, "scanId": "s1"}
    assert result(scanTicket, scan, "phone-1", phone=True)["ok"] is True
    lost = {"eventId": EVENT, "deviceId": "phone-1", "reason": "left in a taxi"}
    assert refused(revokeDevice, lost, "mia")["reason"] == "not_staff"
    revoked = result(revokeDevice, lost, "max")
    assert (revoked["revokedBy"], revoked["reason"]) == ("max", "left in a taxi")
    for door, data in ((scanTicket, scan), (reportDevice, report)):
        assert refused(door, data, "phone-1", phone=True)["reason"] == "not_staff"


def test_the_desk_over_the_wire(evening: Evening) -> None:
    evening.issue("r1", 3, user_id="ada")
    search = {"eventId": EVENT, "search": "ada@example.com"}
    assert refused(findGuests, search, "mia")["reason"] == "not_staff"
    [guest] = result(findGuests, search, "max")["guests"]
    assert (guest["userId"], guest["displayName"], guest["remaining"]) == ("ada", None, 3)
    looked_at = {"eventId": EVENT, "scanId": "s1", "note": "x"}
    assert refused(resolveConflict, looked_at, "max") == {
        "reason": "conflict_not_found",
        "scanId": "s1",
    }


@pytest.mark.parametrize(
    ("door", "data", "field"),
    [
        (createPairingCode, {**WISH, "role": "admin"}, "role"),
        (createPairingCode, {**WISH, "name": ""}, "name"),
        (createPairingCode, {**WISH, "name": "x" * 65}, "name"),
        (createPairingCode, {**WISH, "gate": SURROGATE}, "gate"),
        (createPairingCode, {**WISH, "eventId": "gala/devices/x"}, "eventId"),
        (createPairingCode, {**WISH, "expiresAt": "2036-01-01T00:00:00Z"}, "expiresAt"),
        (pairDevice, {"pairingCode": ""}, "pairingCode"),
        (pairDevice, {"pairingCode": "0" * 65}, "pairingCode"),
        (pairDevice, {"pairingCode": 70}, "pairingCode"),
        (pairDevice, {"pairingCode": "0" * 12, "deviceId": "mia"}, "deviceId"),
        (reportDevice, {**REPORT, "queued": -1}, "queued"),
        (reportDevice, {**REPORT, "queued": 100_001}, "queued"),
        (reportDevice, {**REPORT, "parked": True}, "parked"),
        (reportDevice, {**REPORT, "direction": "both"}, "direction"),
        (reportDevice, {**REPORT, "rosterAt": "yesterday"}, "rosterAt"),
        (reportDevice, {**REPORT, "rosterAt": "2026-02-07T21:00:00"}, "rosterAt"),
        (reportDevice, {**REPORT, "rosterAt": "0001-01-01T00:00:00+14:00"}, "rosterAt"),
        (reportDevice, {**REPORT, "revokedAt": None}, "revokedAt"),
        (reportDevice, {**REPORT, "deviceId": "phone-2"}, "deviceId"),
        (revokeDevice, {"eventId": EVENT, "deviceId": "../mia", "reason": "x"}, "deviceId"),
        (revokeDevice, {"eventId": EVENT, "deviceId": "a", "reason": ""}, "reason"),
        (findGuests, {"eventId": EVENT, "search": ""}, "search"),
        (findGuests, {"eventId": EVENT, "search": "x" * 255}, "search"),
        (findGuests, {"eventId": EVENT, "search": SURROGATE}, "search"),
        (resolveConflict, {"eventId": EVENT, "scanId": "a/b", "note": "x"}, "scanId"),
        (resolveConflict, {"eventId": EVENT, "scanId": "a", "note": "x" * 201}, "note"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hostile_fields_are_refused_by_name(
    door: Any, data: dict[str, Any], field: str, evening: Evening
) -> None:
    paired("supervisor")
    before = evening.document("devices/phone-1")
    assert refused(door, data, "phone-1", phone=True)["field"] == field
    assert evening.document("devices/phone-1") == before


def test_a_device_appoints_nobody(evening: Evening) -> None:  # noqa: ARG001 - Max's
    paired("supervisor")
    assert refused(createPairingCode, WISH, "phone-1", phone=True) == {
        "reason": "not_staff",
        "eventId": EVENT,
    }
