"""What plots show: a few points by name, kept in `docs/plots/data`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

DATA: Final = Path(__file__).parents[1] / "docs" / "plots" / "data"


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a plot; `x` and `y` are equally long."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


class Plot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plot shows; `name` is that of its file, which holds the rest."""

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
        told = msgspec.to_builtins(self)
        del told["name"]
        text = json.dumps(told, indent=2, ensure_ascii=False)
        (folder / f"{self.name}.json").write_text(f"{text}\n", encoding="utf-8")


def read(path: Path) -> Plot:
    """Return the plot whose data a file holds.

    Raises:
        msgspec.MsgspecError: it holds something else.
    """
    return msgspec.convert({"name": path.stem, **msgspec.json.decode(path.read_bytes())}, Plot)


def rounded(values: Sequence[float]) -> list[float]:
    """Return values to three digits behind the point, which is more than is true of them."""
    return [round(value, 3) for value in values]
