"""A hundred scans fit into one call."""

import json
from typing import Any, get_args

from firetill.door.model import DenialReason
from firetill.door.offline_model import LONGEST_CODE, UploadScans
from firetill.transport import inputs
from firetill.transport.callables import BODY_BYTES
from tests.evening import CODES


def body(event_id: str, scan: dict[str, Any], gate: str) -> dict[str, Any]:
    scans = [{**scan, "gate": gate, "count": 100} for _ in range(100)]
    return {"data": {"eventId": event_id, "device": "d" * 64, "scans": scans}}


def size(content: dict[str, Any]) -> int:
    assert len(inputs.parse(content["data"], UploadScans).scans) == 100
    return len(json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def test_the_longest_code_is_no_longer() -> None:
    longest = CODES.sign("t" * 64, "e" * 128, 999_999_999)
    assert len(longest) == LONGEST_CODE
    assert CODES.read(longest).token == "t" * 64


def test_with_every_field_at_its_longest() -> None:
    scan = {
        "scanId": "s" * 128,
        "code": CODES.sign("t" * 64, "e" * 128, 999_999_999),
        "scannedAt": "2026-02-07T09:30:00.000Z",
        "verdict": "admitted",
        "direction": "out",
        "reason": max(get_args(DenialReason), key=len),
    }
    assert 60_000 < size(body("e" * 128, scan, "g" * 64)) <= BODY_BYTES


def test_with_ids_and_codes_as_they_are_and_gates_in_any_script() -> None:
    scan = {
        "scanId": "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "code": CODES.sign("t" * 22, "e" * 20, 1),
        "scannedAt": "2026-02-07T09:30:00.000Z",
        "verdict": "denied",
        "direction": "out",
        "reason": max(get_args(DenialReason), key=len),
    }
    assert size(body("e" * 20, scan, "🚪" * 64)) <= BODY_BYTES
