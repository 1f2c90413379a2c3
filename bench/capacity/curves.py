"""The data of the model's plots: cost and limits against users."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.capacity import bill
from bench.capacity.loads import loads
from bench.capacity.model import Model

DATA: Final = Path(__file__).parents[2] / "docs" / "plots" / "data"
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
    for name, curve in (("capacity-cost", cost(model)), ("capacity-limits", limits(model))):
        DATA.mkdir(parents=True, exist_ok=True)
        text = json.dumps(curve, indent=1, ensure_ascii=False)
        (DATA / f"{name}.json").write_text(f"{text}\n")
        print(f"wrote {name}.json", flush=True)


def cost(model: Model) -> dict[str, Any]:
    """Return a month's cost by group of services, without what is free: a log has no zero."""
    bills = {users: bill.bill(model, users) for users in USERS}
    series = [
        {"name": "in all", **_points({users: sum(one.values()) for users, one in bills.items()})}
    ]
    for name, services in GROUPS.items():
        amounts = {users: sum(one[what] for what in services) for users, one in bills.items()}
        series.append({"name": name, **_points(amounts)})
    return _plot("What a month costs, Firestore in nam5", "US dollars a month", series)


def limits(model: Model) -> dict[str, Any]:
    """Return how much of their limits the worst loads take."""
    by_users = {users: {one.what: one.share for one in loads(model, users)} for users in USERS}
    worst = [one.what for one in loads(model, USERS[-1])[:SHOWN_LOADS]]
    series = [
        {
            "name": what.replace("`", ""),
            **_points({users: 100 * found.get(what, 0.0) for users, found in by_users.items()}),
        }
        for what in worst
    ]
    return _plot("What is met first: the worst minute", "percent of the limit", series)


def _points(amounts: Mapping[int, float]) -> dict[str, list[float]]:
    kept = {users: amount for users, amount in amounts.items() if amount >= 0.01}
    return {"x": list(kept), "y": [float(f"{amount:.4g}") for amount in kept.values()]}


def _plot(title: str, y_label: str, series: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": title,
        "x_label": "users active in a month",
        "y_label": y_label,
        "log_x": True,
        "log_y": True,
        "series": series,
    }
