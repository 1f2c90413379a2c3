"""Exporting: all of one's own, nothing of anybody else's, in pages of any size."""

import base64
import json
from typing import Any

import pytest

from firetill.database import Database, Store
from firetill.errors import DirectoryUnavailable, InvalidField, RateLimited
from firetill.estates import export
from firetill.estates.model import ExportData, ExportedDocument
from firetill.limits import LIMITS
from firetill.transport import outputs
from tests.costs import documented
from tests.factories import ManualClock
from tests.integration.estates.lives import LEO, MAY, World
from tests.integration.shop import EVENT, write
from tests.metering import Meter


def pages(world: World, user_id: str = LEO, *, limit: int = 200) -> list[list[ExportedDocument]]:
    found, cursor = [], None
    while True:
        request = ExportData(limit=limit, cursor=cursor)
        page = export.export(world.db, user_id, request, world.people.email_of)
        json.dumps(outputs.to_json(page))
        found.append(page.documents)
        cursor = page.cursor
        if cursor is None:
            return found
        if len(found) % LIMITS["exportData"].times == 0:
            world.clock.advance(hours=1)


def exported(world: World, user_id: str = LEO, *, limit: int = 200) -> list[ExportedDocument]:
    return [document for page in pages(world, user_id, limit=limit) for document in page]


def by_path(documents: list[ExportedDocument]) -> dict[str, dict[str, Any]]:
    return {document.path: document.data for document in documents}


def test_everything_that_names_him_is_there(world: World) -> None:
    found = by_path(exported(world))
    assert found["authentication"] == {"email": "leo@example.com"}
    assert found[f"users/{LEO}"]["displayName"] == f"Name of {LEO}"
    assert set(world.naming(LEO)) - set(found) == set()


def test_nothing_of_hers_is_there(world: World) -> None:
    write(
        world.db,
        f"events/{EVENT}/scans/theirs",
        {"scanId": "theirs", "userId": MAY, "staffId": LEO, "undoneBy": None, "forcedBy": LEO},
    )
    write(world.db, "auditLog/theirs", {"auditId": "theirs", "actor": LEO, "userId": MAY})
    his, hers = by_path(exported(world)), by_path(exported(world, MAY))
    assert MAY not in json.dumps(his, default=str)
    assert LEO not in json.dumps(hers, default=str)
    assert his[f"events/{EVENT}/scans/theirs"] == {
        "scanId": "theirs",
        "userId": None,
        "staffId": LEO,
        "undoneBy": None,
        "forcedBy": LEO,
    }
    assert hers[f"events/{EVENT}/scans/theirs"]["staffId"] is None
    assert hers[f"events/{EVENT}/scans/theirs"]["forcedBy"] is None
    assert his["auditLog/theirs"]["userId"] is None
    assert hers["auditLog/theirs"]["actor"] is None


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_of_any_size_are_the_whole(lived: World, world: World, limit: int) -> None:
    whole, split = exported(lived.copied()), exported(world, limit=limit)
    assert [one.path for one in split if "rateLimits" not in one.path] == [
        one.path for one in whole if "rateLimits" not in one.path
    ]


def test_a_user_without_anything(world: World) -> None:
    assert {one.path.partition("/")[0] for one in exported(world, "u-new-1")} == {
        "authentication",
        "rateLimits",
    }


def test_so_many_pages_an_hour(world: World) -> None:
    request = ExportData(limit=1)
    for _ in range(LIMITS["exportData"].times):
        export.export(world.db, LEO, request, world.people.email_of)
    with pytest.raises(RateLimited):
        export.export(world.db, LEO, request, world.people.email_of)


def test_authentication_does_not_answer(world: World) -> None:
    world.people.asleep = True
    with pytest.raises(DirectoryUnavailable):
        exported(world)


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "====",
        "ünïcode",
        cursor_of("nothing:userId", None),
        cursor_of("ledger:userId"),
        cursor_of("ledger:userId", 7),
        cursor_of("ledger:userId", "sessions/s1"),
        cursor_of("ledger:userId", "ledger/a/b/c"),
        cursor_of("ledger:userId", "ledger/__x__"),
        cursor_of("ledger:userId", "ledger/.."),
        cursor_of("pushDevices:userId", "pushDevices/x"),
        cursor_of("users/{uid}/items:", f"users/{MAY}/items/ember_theme"),
        cursor_of("events/{eventId}/ragers:userId", "events/gala/scans/x"),
    ],
)
def test_a_cursor_of_somebody_s_own_making(world: World, cursor: str) -> None:
    request = ExportData(cursor=cursor)
    with pytest.raises(InvalidField) as refused:
        export.export(world.db, LEO, request, world.people.email_of)
    assert refused.value.data == {"field": "cursor"}


def test_a_cursor_shows_nothing_of_hers(world: World) -> None:
    [hers] = [path for path in world.naming(MAY) if path.startswith("sessions/")]
    request = ExportData(cursor=cursor_of("sessions:userId", hers))
    page = export.export(world.db, LEO, request, world.people.email_of)
    assert MAY not in json.dumps(outputs.to_json(page))


def test_what_an_export_of_nothing_costs(store: Store, metered: Meter, world: World) -> None:
    """A query for each way in which a collection holds data, which found nothing."""
    db = Database(store, ManualClock())
    with metered.measure() as used:
        export.export(db, LEO, ExportData(), world.people.email_of)
    assert used == documented("export, of a user without anything")


def test_the_emulator_answers_each_query(store: Store, world: World) -> None:
    """Its pages go on where the last one ended, as in memory."""
    db = Database(store, ManualClock())
    for path, data in world.memory.everything().items():
        if LEO in str(data) and not path.startswith("jobs"):
            write(db, path, data)
    write(db, f"events/{EVENT}", {"name": "Gala"})
    real = World(world.memory, world.clock, people=world.people)
    found: list[str] = []
    cursor: str | None = None
    while not found or cursor:
        page = export.export(db, LEO, ExportData(limit=5, cursor=cursor), real.people.email_of)
        found += [one.path for one in page.documents]
        cursor = page.cursor
    assert len(found) == len(set(found))
    kept = {one for one in found if not one.startswith(("rateLimits", "authentication"))}
    assert kept == {
        one for one in world.naming(LEO) if db.get(one)[0].exists and "rateLimits" not in one
    }
