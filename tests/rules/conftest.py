"""A project of the shared emulator that is bound by `firestore.rules`."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.emulators import FirestoreEmulator
from tests.rules.project import RuledProject

RULES = Path(__file__).parents[2] / "firestore.rules"


@pytest.fixture(scope="session")
def rules() -> str:
    return RULES.read_text()


@pytest.fixture(scope="session")
def under_rules(firestore_emulator: FirestoreEmulator) -> Iterator[Callable[[str], RuledProject]]:
    """A maker of projects, each new and bound to the rules that it is given."""
    with httpx.Client(base_url=firestore_emulator.url, timeout=30) as http:
        yield lambda source: RuledProject(http, f"demo-{uuid.uuid4().hex[:20]}", source)


@pytest.fixture(scope="session")
def shared(under_rules: Callable[[str], RuledProject], rules: str) -> RuledProject:
    return under_rules(rules)


@pytest.fixture
def ruled(shared: RuledProject) -> RuledProject:
    """A project under the real rules, with its documents as each case expects them."""
    shared.reset()
    return shared
