"""Pledges on the emulator, in a time that the tests move."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from firetill.database import Database, Store
from local.emulators import FirestoreEmulator
from tests.factories import ManualClock

Documents = Callable[[], dict[str, Any]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def database(store: Store, clock: ManualClock) -> Database:
    """The database over `store`, at the time of `clock`."""
    return Database(store, clock)


@pytest.fixture
def documents(firestore_emulator: FirestoreEmulator, project_id: str) -> Documents:
    """Reads every document of the project, whatever its collection, with its update time."""
    parent = f"projects/{project_id}/databases/(default)/documents"

    def read() -> dict[str, Any]:
        replies = httpx.post(
            f"http://{firestore_emulator.address}/v1/{parent}:runQuery",
            json={"structuredQuery": {"from": [{"allDescendants": True}]}},
            headers={"authorization": "Bearer owner"},
        ).json()
        found = [reply["document"] for reply in replies if "document" in reply]
        return {document["name"].removeprefix(f"{parent}/"): document for document in found}

    return read
