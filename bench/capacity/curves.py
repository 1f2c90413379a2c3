"""The data of the model's plots: cost and limits against users."""

from collections.abc import Mapping, Sequence
from typing import Final

from bench.capacity import bill
from bench.capacity.loads import loads
from bench.capacity.model import Model
from bench.series import Plot, Series

USERS: Final = tuple(round(10 ** (3 + step / 4)) for step in range(17))
"""A thousand to ten million, four to each tenfold."""

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Firestore, reads and writes": ("document reads", "document writes", "TTL deletes"),
    "Firestore, storage after a year": ("stored data and indexes",),
    "functions": ("functions, vCPU", "functions, memory", "functions, requests"),
    "logs": ("logs",),
    "data to the internet": ("data to the internet",),
}
SHOWN_LOADS: Final = 6


def write(model: Model) -> None:
    """Write the data of both plots."""
    for plot in (cost(model), limits(model)):
        plot.write()
        print(f"wrote {plot.name}.json", flush=True)


def cost(model: Model) -> Plot:
    """Return a month's cost by group of services, without what is free: a log has no zero."""
    bills = {users: bill.bill(model, users) for users in USERS}
    series = [_series("in all", {users: sum(one.values()) for users, one in bills.items()})]
    for name, services in GROUPS.items():
        amounts = {users: sum(one[what] for what in services) for users, one in bills.items()}
        series.append(_series(name, amounts))
    return _plot(
        "capacity-cost", "What a month costs, Firestore in nam5", "US dollars a month", series
    )


def limits(model: Model) -> Plot:
    """Return how much of their limits the worst loads take."""
    by_users = {users: {one.what: one.share for one in loads(model, users)} for users in USERS}
    worst = [one.what for one in loads(model, USERS[-1])[:SHOWN_LOADS]]
    series = [
        _series(
            what.replace("`", ""),
            {users: 100 * found.get(what, 0.0) for users, found in by_users.items()},
        )
        for what in worst
    ]
    return _plot(
        "capacity-limits", "What is met first: the worst minute", "percent of the limit", series
    )


def _series(name: str, amounts: Mapping[int, float]) -> Series:
    kept = {users: amount for users, amount in amounts.items() if amount >= 0.01}
    return Series(name, list(kept), [float(f"{amount:.4g}") for amount in kept.values()])


def _plot(name: str, title: str, y_label: str, series: Sequence[Series]) -> Plot:
    return Plot(name, title, "users active in a month", y_label, series, log_x=True, log_y=True)
