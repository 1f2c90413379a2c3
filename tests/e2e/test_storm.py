"""A small storm over a stack of its own, of which nothing may be lost."""

import os
import uuid
from pathlib import Path

from local.ports import Ports
from local.storm.play import Settings, play
from local.storm.stack import StormStack

SMALL = Settings(
    users=6,
    minutes=20 / 60,
    seed=1,
    think_seconds=0.5,
    at_once=2,
    fault_seconds=1.0,
    restart_seconds=600.0,
    speed=1.0,
    thorough=False,
)


def test_nothing_is_lost(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "STRIPE" not in name}
    with StormStack(
        ports=Ports.free(),
        project_id=f"demo-storm-{uuid.uuid4().hex[:8]}",
        environment=environment,
        logs=tmp_path / "logs",
    ) as stack:
        outcome = play(stack, SMALL, lambda _: None)
    assert [str(one) for one in outcome.lost] == []
    assert outcome.weather.faults["kills"] >= 1
    assert outcome.books.done("createCreditsPurchaseIntent")
