"""An evening on the emulator, with a directory of guests."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from firetill.database import Database, Store
from local.emulators import FirestoreEmulator
from tests.evening import Evening
from tests.factories import ManualClock
from tests.integration.tickets.holders import Holders, People

Documents = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(store: Store, clock: ManualClock) -> Database:
    return Database(store, clock)


@pytest.fixture
def evening(database: Database) -> Evening:
    evening = Evening(database)
    evening.announce(quantity=10, initialQuantity=10)
    return evening


@pytest.fixture
def holders(evening: Evening) -> Holders:
    return Holders(evening, People())


@pytest.fixture
def documents(firestore_emulator: FirestoreEmulator, project_id: str) -> Documents:
    """Reads the fields of every document of the project."""
    parent = f"projects/{project_id}/databases/(default)/documents"

    def read() -> dict[str, dict[str, Any]]:
        replies = httpx.post(
            f"http://{firestore_emulator.address}/v1/{parent}:runQuery",
            json={"structuredQuery": {"from": [{"allDescendants": True}]}},
            headers={"authorization": "Bearer owner"},
        ).json()
        found = [reply["document"] for reply in replies if "document" in reply]
        return {one["name"].removeprefix(f"{parent}/"): one.get("fields", {}) for one in found}

    return read
