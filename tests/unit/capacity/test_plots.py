"""The plots: each file of data has its picture, and the picture says what the data say."""

import re
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from bench import plots
from bench.plots import PLOTS, axis, svg
from bench.series import DATA, Plot, Series, read

DOCS = Path(__file__).parents[3] / "docs"
FILES = sorted(DATA.glob("*.json"))


def line(*points: tuple[float, float], log: bool = False) -> Plot:
    series = Series(name="A & B", x=[x for x, _ in points], y=[y for _, y in points])
    return Plot(
        name="p",
        title="T < U",
        x_label="across",
        y_label="up",
        series=[series],
        log_x=log,
        log_y=log,
    )


def dots(drawn: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawn)]


def test_there_are_plots() -> None:
    assert {"capacity-cost", "capacity-limits"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_of_data_has_its_plot_and_a_document_shows_it(path: Path) -> None:
    drawn = svg(read(path))
    picture = PLOTS / f"{path.stem}.svg"
    assert picture.read_text() == drawn, "draw it again: python -m bench.plots"
    shown = [one for one in DOCS.glob("*.md") if f"](plots/{path.stem}.svg)" in one.read_text()]
    assert shown, f"no document shows {picture.name}"


def test_no_plot_is_left_without_data() -> None:
    assert {path.stem for path in PLOTS.glob("*.svg")} == {path.stem for path in FILES}


def test_a_picture_is_well_formed_and_the_same_each_time() -> None:
    plot = line((1, 10), (10, 100), log=True)
    root = ElementTree.fromstring(svg(plot))
    assert root.tag.endswith("svg")
    assert svg(plot) == svg(plot)
    assert "prefers-color-scheme: dark" in svg(plot)


def test_points_lie_where_their_values_are() -> None:
    [low, middle, high] = dots(svg(line((1, 1), (10, 10), (100, 100), log=True)))
    assert low == (plots.LEFT, plots.HEIGHT - plots.BOTTOM)
    assert high == (plots.WIDTH - plots.RIGHT, plots.TOP)
    assert middle == ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
    [origin, half, end] = dots(svg(line((0, 0), (5, 50), (10, 100))))
    assert half[0] == pytest.approx((origin[0] + end[0]) / 2, abs=0.1)


def test_marks_are_round() -> None:
    assert axis([3, 4_000], log=True).ticks() == [1, 10, 100, 1_000, 10_000]
    assert axis([0, 97], log=False).ticks() == [0, 20, 40, 60, 80, 100]
    assert axis([12.5], log=False).ticks()[-1] >= 12.5


@pytest.mark.parametrize(
    ("plot", "says"),
    [
        (line((0, 1), log=True), "above 0"),
        (line(), "needs points"),
        (
            msgspec.structs.replace(line((1, 1)), series=[Series(name="x", x=[1], y=[1, 2])]),
            "1 across, 2 up",
        ),
    ],
)
def test_data_that_cannot_be_drawn_are_refused(plot: Plot, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        svg(plot)
