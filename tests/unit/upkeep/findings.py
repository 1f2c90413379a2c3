"""What reconciliation did, as the tests look at it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from firetill.database import Database
from firetill.upkeep import rules, service
from firetill.upkeep.model import Run
from firetill.wire import canonical_json
from tests.factories import NOON

BEGUN = NOON - timedelta(hours=1)

Job = Callable[[Database], Run]
both_jobs = pytest.mark.parametrize(
    "job", [service.reconcile_all_users, service.reconcile_incremental], ids=["all", "incremental"]
)


def alerts(capsys: pytest.CaptureFixture[str], name: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line.get("alert") == name]


def exact(value: Any) -> str:
    """A form in which `1`, `1.0` and `True` differ, and NaN is itself."""
    return canonical_json(rules.printable(value))


def checkpoint(db: Database, user_id: str) -> Any:
    return db.get(f"ledgerCheckpoints/{user_id}")[0].data
