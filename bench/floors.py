"""Timing an operation against bare replays of its own reads and writes."""

from collections.abc import Callable
from typing import Any

from bench.floor import BuiltReplay, Recorder, SteppingClock, StockReplay, stock_client
from bench.measure import Figure, milliseconds, paired
from bench.scale import scaled
from firetill.database import Database, Store

TARGET = 1.15
ROUNDS = scaled(120)
WARM_UP = scaled(30)


class Floors:
    """A database whose operations can be timed against what they ask of Firestore."""

    def __init__(self, store: Store, address: str, project_id: str) -> None:
        self._recorder = Recorder(store)
        self.clock = SteppingClock()
        self.db = Database(self._recorder, self.clock)
        self._address, self._project_id = address, project_id
        self._client = stock_client(project_id)

    def against(
        self, name: str, ready: Callable[[], Callable[[], object]], *, later_seconds: float = 0
    ) -> list[Figure]:
        """Time an operation and its bare replays in turn.

        Args:
            name: of the figures.
            ready: prepares a fresh user and returns the operation.
            later_seconds: how much time passes between the preparation and the operation.
        """
        prepared = [ready() for _ in range(1 + 2 * (WARM_UP + ROUNDS))]
        self.clock.advance(seconds=later_seconds)
        self._recorder.clear()
        prepared.pop()()
        stock = StockReplay(self._client, self._recorder)
        built = BuiltReplay(self._address, self._project_id, self._recorder)
        return [
            self._figure(name, prepared, stock, "stock `get_all` + batch", TARGET),
            self._figure(name, prepared, built, "requests built beforehand", None),
        ]

    def _figure(
        self,
        name: str,
        prepared: list[Callable[[], object]],
        replay: StockReplay | BuiltReplay,
        floor_name: str,
        most: float | None,
    ) -> Figure:
        operations = [prepared.pop() for _ in range(WARM_UP + ROUNDS)]
        bare: list[Any] = [replay.prepare() for _ in operations]
        ours, floor = paired(
            lambda number: operations[number](),
            lambda number: replay.run(bare[number]),
            rounds=ROUNDS,
            warm_up=WARM_UP,
        )
        ratio = ours / floor
        other = f"{floor_name}: {milliseconds(floor)}"
        target = "for comparison" if most is None else f"≤ {most} ×"
        return Figure(
            name, milliseconds(ours), other, ratio, target, None if most is None else ratio <= most
        )
