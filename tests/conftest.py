"""Fixtures that any test may ask for."""

import contextlib
import os
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from firetill import wire
from local import emulators
from local.emulators import FirestoreEmulator
from local.ports import Ports
from local.stack import Stack

_PORT = "firetill_firestore_port"
# An example's time is that of the machine, on which other tests run too.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

_STACKS = ("tests/e2e/", "tests/integration/local/")
"""The folders of tests that start stacks."""


class _StacksOnOneWorker(LoadScopeScheduling):  # type: ignore[misc]  # it ships no types
    """Each test goes to the next free worker, but those that start whole stacks all go to one.

    Stacks take seconds to start and gigabytes to run. Groups by mark, which pytest-xdist has too,
    are written into ids, where pytest 9 does not let it.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "stacks" if nodeid.startswith(_STACKS) else nodeid


class _Workers:
    """Under pytest-xdist: one emulator, held by the process that starts the workers."""

    def __init__(self) -> None:
        self._until_the_end = contextlib.ExitStack()
        self._emulator: FirestoreEmulator | None = None

    @pytest.hookimpl(optionalhook=True)  # it is xdist's
    def pytest_configure_node(self, node: Any) -> None:
        if self._emulator is None:
            self._emulator = self._until_the_end.enter_context(emulators.firestore_emulator())
        node.workerinput[_PORT] = self._emulator.port

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> LoadScopeScheduling:
        return _StacksOnOneWorker(config, log)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        self._until_the_end.close()


@pytest.hookimpl(optionalhook=True)  # it is xdist's
def pytest_xdist_auto_num_workers() -> int:
    """One worker for each core, and one for the stacks, which mostly waits for them."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no two tests have one id: pytest-xdist runs one, and is silent about the other."""
    twice = {one for one, count in Counter(item.nodeid for item in items).items() if count > 1}
    if twice:
        raise pytest.UsageError(f"several tests are called {', '.join(sorted(twice))}")
    wire.prepare()  # as `main.py` does: races of threads are run here too


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Workers())


@pytest.fixture(scope="session")
def firestore_emulator(request: pytest.FixtureRequest) -> Iterator[FirestoreEmulator]:
    """The one Firestore emulator of this run, shared by all tests and workers; see `project_id`."""
    shared = cast("dict[str, int]", getattr(request.config, "workerinput", {}))
    if _PORT in shared:
        yield FirestoreEmulator(shared[_PORT])
        return
    with emulators.firestore_emulator() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack with the real functions and the Stripe double, beside any other stack.

    Scheduled functions run only through `stack.run_job`.
    """
    environment = {name: value for name, value in os.environ.items() if "STRIPE" not in name}
    with Stack(
        ports=Ports.free(),
        project_id=f"demo-{uuid.uuid4().hex[:12]}",
        environment=environment,
        logs=tmp_path_factory.mktemp("stack") / "logs",
    ) as running:
        yield running


@pytest.fixture
def project_id(firestore_emulator: FirestoreEmulator, monkeypatch: pytest.MonkeyPatch) -> str:
    """A project of this test's own in the shared emulator, with clients' environment set to it.

    Nothing needs cleaning up afterwards: no other test uses the id.
    """
    project = f"demo-{uuid.uuid4().hex[:20]}"
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_emulator.address)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", project)
    monkeypatch.setenv("GCLOUD_PROJECT", project)
    return project
