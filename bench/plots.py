"""Plots of the figures: turns docs/plots/data/*.json into docs/plots/*.svg.

A file of data holds `title`, `x_label`, `y_label`, `log_x`, `log_y`, and `series`, each with `name`
and equally long `x` and `y`. The pictures are drawn by hand rather than by a library: they need
lines and labels and no more, are the same on every machine, and bring their own dark colours.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from bench.series import DATA, Plot, Series, read

PLOTS: Final = Path(__file__).parents[1] / "docs" / "plots"

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 72, 16, 48, 48
"""The margins around the area of the lines, in pixels; the legend stands below."""

LEGEND_ROW: Final = 20
TICKS: Final = 6
COLOURS: Final = (
    "#2563eb",
    "#dc2626",
    "#059669",
    "#d97706",
    "#7c3aed",
    "#0891b2",
    "#be185d",
    "#65a30d",
)
DASHES: Final = ("", "6 3", "2 3", "8 3 2 3")
"""Lines differ in their strokes too, for who cannot tell the colours apart."""

_STYLE: Final = """
text { font: 12px system-ui, sans-serif; fill: #374151; }
.title { font-size: 15px; font-weight: 600; fill: #111827; }
.page { fill: #ffffff; }
.grid { stroke: #e5e7eb; }
.axis { stroke: #6b7280; }
@media (prefers-color-scheme: dark) {
  text { fill: #d1d5db; }
  .title { fill: #f9fafb; }
  .page { fill: #0d1117; }
  .grid { stroke: #30363d; }
  .axis { stroke: #8b949e; }
}
"""


class Axis(msgspec.Struct, frozen=True):
    """Where values lie along an axis, from `low` to `high`."""

    low: float
    high: float
    log: bool

    def place(self, value: float) -> float:
        """Return where a value lies, from 0 to 1."""
        if self.log:
            span = math.log10(self.high) - math.log10(self.low)
            return (math.log10(value) - math.log10(self.low)) / span
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Return where the axis has its marks: powers of ten, or round numbers."""
        if self.log:
            first, last = round(math.log10(self.low)), round(math.log10(self.high))
            return [10.0**power for power in range(first, last + 1)]
        step = _round_step((self.high - self.low) / TICKS)
        count = round((self.high - self.low) / step)
        return [self.low + number * step for number in range(count + 1)]


def axis(values: Sequence[float], *, log: bool) -> Axis:
    """Return an axis on which all values find their place, and that ends at marks.

    Raises:
        ValueError: there is no value, or one that a logarithm does not know.
    """
    if not values:
        raise ValueError("a plot needs points")
    if log:
        if min(values) <= 0:
            raise ValueError("a logarithmic axis needs values above 0")
        first_power = math.floor(math.log10(min(values)))
        last_power = max(math.ceil(math.log10(max(values))), first_power + 1)
        return Axis(10.0**first_power, 10.0**last_power, log=True)
    low = min(0.0, *values)
    span = (max(values) - low) or 1.0
    step = _round_step(span / TICKS)
    first = math.floor(low / step + 1e-9) * step
    return Axis(
        first, first + math.ceil((max(values) - first) / step - 1e-9 or 1) * step, log=False
    )


def _round_step(rough: float) -> float:
    """Return the least of 1, 2, 5, 10 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(size * power for size in (1, 2, 5, 10) if size * power >= rough * (1 - 1e-9))


def svg(plot: Plot) -> str:
    """Draw a plot.

    Raises:
        ValueError: a series has not as many values up as across, or a plot has no points.
    """
    for one in plot.series:
        if len(one.x) != len(one.y):
            raise ValueError(f"{one.name}: {len(one.x)} across, {len(one.y)} up")
    across = axis([value for one in plot.series for value in one.x], log=plot.log_x)
    up = axis([value for one in plot.series for value in one.y], log=plot.log_y)
    height = HEIGHT + LEGEND_ROW * math.ceil(len(plot.series) / 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(plot.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
        _text(LEFT, 26, plot.title, anchor="start", css="title"),
        *_marks(plot, across, up),
        *(_line(one, number, across, up) for number, one in enumerate(plot.series)),
        *_legend(plot.series),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _marks(plot: Plot, across: Axis, up: Axis) -> Iterator[str]:
    for value in across.ticks():
        x = _x(across.place(value))
        yield f'<path class="grid" d="M{x:.1f} {_y(0):.1f}V{_y(1):.1f}"/>'
        yield _text(x, _y(0) + 18, _short(value))
    for value in up.ticks():
        y = _y(up.place(value))
        yield f'<path class="grid" d="M{_x(0):.1f} {y:.1f}H{_x(1):.1f}"/>'
        yield _text(LEFT - 8, y + 4, _short(value), anchor="end")
    yield f'<path class="axis" fill="none" d="M{_x(0):.1f} {_y(1):.1f}V{_y(0):.1f}H{_x(1):.1f}"/>'
    yield _text(_x(0.5), HEIGHT - 10, plot.x_label)
    middle = _y(0.5)
    yield (
        f'<text text-anchor="middle" transform="translate(16 {middle:.1f}) rotate(-90)">'
        f"{escape(plot.y_label)}</text>"
    )


def _line(one: Series, number: int, across: Axis, up: Axis) -> str:
    places = [(_x(across.place(x)), _y(up.place(y))) for x, y in zip(one.x, one.y, strict=True)]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in places)
    colour, dash = _look(number)
    return (
        f'<g stroke="{colour}" fill="{colour}"><title>{escape(one.name)}</title>'
        f'<path fill="none" stroke-width="2" stroke-dasharray="{dash}" d="M{path}"/>{dots}</g>'
        if places
        else ""
    )


def _legend(series: Sequence[Series]) -> Iterator[str]:
    for number, one in enumerate(series):
        x = LEFT + (number % 2) * (WIDTH - LEFT) / 2
        y = HEIGHT + 4 + LEGEND_ROW * (number // 2)
        colour, dash = _look(number)
        yield (
            f'<path stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" '
            f'd="M{x:.1f} {y:.1f}h24"/>'
        )
        yield _text(x + 30, y + 4, one.name, anchor="start")


def _look(number: int) -> tuple[str, str]:
    return COLOURS[number % len(COLOURS)], DASHES[number % len(DASHES)]


def _text(x: float, y: float, text: str, *, anchor: str = "middle", css: str = "") -> str:
    css = f' class="{css}"' if css else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{css}>{escape(text)}</text>'


def _short(value: float) -> str:
    """Write a number as a mark has it: `10M`, `2.5k`, `0.01`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def draw() -> None:
    """Draw every file of data."""
    for path in sorted(DATA.glob("*.json")):
        drawn = svg(read(path))
        (PLOTS / f"{path.stem}.svg").write_text(drawn)
        print(f"drew {path.stem}.svg", flush=True)


def main() -> None:
    """Draw all that there is, without measuring anything."""
    argparse.ArgumentParser(prog="python -m bench.plots", description=__doc__).parse_args()
    draw()


if __name__ == "__main__":
    main()
