"""A device tells tickets from forgeries with the roster alone, as a page in a browser does it."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

from firetill.database import Database
from firetill.door import roster
from firetill.door.roster_model import GetRoster
from firetill.tickets.codes import Codes, new_token
from firetill.transport import outputs
from tests.evening import CODES, EVENT, STEWARD, Evening
from tests.factories import ManualClock
from tests.simulation.memory_store import MemoryStore

SCRIPT = Path(__file__).with_name("verify_code.mjs")


def seed(byte: int) -> str:
    return base64.b64encode(bytes([byte] * 32)).decode()


def verdicts(codes: list[str], told: Any) -> list[str]:
    sent = json.dumps({"codes": codes, "roster": told})
    command = ["node", "--no-warnings", str(SCRIPT), sent]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: list[str] = json.loads(done.stdout)
    return found


def told_by(evening: Evening, codes: Codes = CODES) -> Any:
    """The roster as it travels."""
    request = GetRoster(event_id=EVENT)
    return outputs.to_json(roster.roster(evening.database, codes, STEWARD, request))


def new_evening() -> Evening:
    evening = Evening(Database(MemoryStore(), ManualClock()))
    evening.announce()
    return evening


def test_a_device_needs_nothing_but_the_roster() -> None:
    evening = new_evening()
    good = evening.issue("good", 2)
    replaced = evening.issue("replaced")
    renewed = evening.reissue("replaced")
    refunded, used, inactive = (evening.issue(one) for one in ("refunded", "used", "inactive"))
    evening.close("refunded", "refunded")
    evening.admit("used")
    evening.deactivate("inactive")
    cases = {
        good.code: "admitted",
        renewed.code: "admitted",
        replaced.code: "ticket_revoked",
        refunded.code: "ticket_refunded",
        used.code: "already_used",
        inactive.code: "ticket_inactive",
        CODES.sign(good.token, "opera", 1): "wrong_event",
        CODES.sign(new_token(), EVENT, 1): "ticket_not_found",
    }
    assert verdicts(list(cases), told_by(evening)) == list(cases.values())


def test_a_forged_code_is_told_from_a_real_one() -> None:
    evening = new_evening()
    batch = evening.issue("r1")
    signed, _, signature = batch.code.rpartition(".")
    strangers = Codes([seed(9)])
    forged = [
        strangers.sign(batch.token, EVENT, 1),
        f"{signed}.{'A' * 86}",
        f"{signed.replace('.1.', '.2.')}.{signature}",
        f"{signed.replace(EVENT, 'opera')}.{signature}",
        f"{signed[:-1]}{'A' if signed[-1] != 'A' else 'B'}.{signature}",
        batch.token,
        "https://elsewhere.example/ticket",
        "",
    ]
    told = told_by(evening)
    assert verdicts([batch.code, *forged], told) == ["admitted", *["code_forged"] * len(forged)]
    assert verdicts([batch.code], {**told, "publicKeys": strangers.public_keys}) == ["code_forged"]


def test_after_the_keys_have_changed_old_codes_still_count() -> None:
    evening = new_evening()
    batch = evening.issue("r1")
    old = base64.b64encode(bytes(range(32))).decode()
    rotated = Codes([seed(9), old])
    newer = rotated.sign(batch.token, EVENT, 1)
    assert verdicts([batch.code, newer], told_by(evening, rotated)) == ["admitted", "admitted"]
