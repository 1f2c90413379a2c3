"""An instance loads what its own function needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import main

FUNCTIONS = Path(main.__file__).parent
LIST = (
    "import json, sys, main;"
    "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('firetill.')};"
    "served = [name for name in main.__all__ if hasattr(main, name)];"
    "print(json.dumps([served, sorted(rooms)]))"
)


def loaded(served: str) -> tuple[list[str], set[str]]:
    environment = {**os.environ, "PYTHONPATH": str(FUNCTIONS), "FUNCTION_TARGET": served}
    done = subprocess.run(
        [sys.executable, "-c", LIST], env=environment, check=True, capture_output=True, text=True
    )
    names, rooms = json.loads(done.stdout)
    return names, set(rooms)


@pytest.mark.parametrize(
    ("served", "needed", "spared"),
    [
        ("startSession", {"pledges"}, {"orders", "tickets", "webhooks", "stripe_gateway"}),
        ("scanTicket", {"door", "tickets"}, {"orders", "pledges", "webhooks"}),
        ("getCredits", {"allowances", "accounts"}, {"orders", "tickets", "upkeep"}),
        ("handleStripeWebhook", {"webhooks", "orders", "purchases"}, {"door", "upkeep"}),
    ],
)
def test_one_function_and_the_rooms_it_needs(
    served: str, needed: set[str], spared: set[str]
) -> None:
    names, rooms = loaded(served)
    assert names == [served]
    assert needed <= rooms
    assert not spared & rooms


def test_the_deploy_tool_sees_all() -> None:
    names, _ = loaded("")
    assert names == main.__all__ == list(dict.fromkeys(main.__all__))


def test_a_name_of_nothing_serves_nothing() -> None:
    assert loaded("nonsense")[0] == []


def test_the_garbage_collector_rests_only_while_it_loads() -> None:
    code = "import gc, main; print(gc.isenabled() and gc.get_freeze_count() > 10_000)"
    environment = {**os.environ, "PYTHONPATH": str(FUNCTIONS), "FUNCTION_TARGET": "startSession"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "True"
