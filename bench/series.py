"""Small summaries for the plots: a few points by name, in `docs/plots/data`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

DATA = Path(__file__).parents[1] / "docs" / "plots" / "data"


@dataclass(frozen=True)
class Series:
    """One line of a plot."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Plot:
    """What a plot shows; `name` is that of its file."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    log_x: bool = False
    log_y: bool = False

    def write(self, folder: Path = DATA) -> None:
        """Write the plot's data, for whoever draws it."""
        folder.mkdir(parents=True, exist_ok=True)
        told = asdict(self)
        del told["name"]
        text = json.dumps(told, indent=2, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(f"{text}\n", encoding="utf-8")


def rounded(values: Sequence[float]) -> list[float]:
    """Return values to three digits behind the point, which is more than is true of them."""
    return [round(value, 3) for value in values]
