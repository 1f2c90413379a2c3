import json
from pathlib import Path

import pytest

from bench.__main__ import PARTS
from bench.growth.history import Probe
from bench.growth.measure import Curve, Point
from bench.load.row import counted
from bench.load.trace import Trace
from bench.memory import Point as Memory
from bench.memory import growth
from bench.memory import table as memory_table
from bench.report import BENCHMARKS, record
from bench.series import Plot, Series
from firetill.database import Write
from tests.metering import Usage


@pytest.mark.parametrize("name", PARTS)
def test_every_part_has_its_place_in_the_document(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "benchmarks.md"
    copy.write_text(BENCHMARKS.read_text())
    record(copy, name, "| measured |")
    assert f"<!-- {name} -->\n| measured |\n<!-- /{name} -->" in copy.read_text()


@pytest.mark.parametrize(
    ("grows", "used", "verdict"),
    [
        (None, ("2, 2, 4, 0", "2, 2, 4, 0"), "the same"),
        (None, ("2, 2, 4, 0", "2, 9, 4, 0"), "**grows**"),
        ("every batch is read", ("2, 2, 4, 0", "2, 9, 4, 0"), "every batch is read"),
    ],
)
def test_what_grows_without_leave_is_said_loudly(
    grows: str | None, used: tuple[str, str], verdict: str
) -> None:
    probe = Probe("start", lambda: lambda _: None, grows=grows)
    points = [Point(1_000, 0.002, used[0]), Point(10_000, 0.003, used[1])]
    row = Curve("entries", probe, points).row(3)
    assert row.endswith(f"| {verdict} |")
    assert "| 2.0 | 3.0 | - | 1.50 |" in row


def test_a_copy_shares_only_what_is_hot() -> None:
    trace = Trace([], {"users/u": {}}, [Write("ledger/e", "put")], frozenset({"users/u"}))
    apart, hot = trace.naming("a", 7, hot=False), trace.naming("h", 7, hot=True)
    assert [apart("users/u"), apart("ledger/e")] == ["users/u-a-7", "ledger/e-a-7"]
    assert [hot("users/u"), hot("ledger/e")] == ["users/u-h", "ledger/e-h-7"]


def test_usage_is_told_per_operation() -> None:
    used = Usage(round_trips=20, reads=25, writes=40, checks=0)
    assert counted(used, 10) == "2, 2.5, 4, 0"


def test_memory_is_held_against_what_it_was_when_warm() -> None:
    found = [Memory(number * 1_000, 80.0 + number, number * 10.0) for number in range(11)]
    assert growth(found) == pytest.approx(8 / 82)
    assert "+8.0 MiB, +9.8 %; target < 5 %: **missed**. 100 operations" in memory_table(found)


def test_a_plot_is_written_as_data(tmp_path: Path) -> None:
    Plot("p", "Title", "x", "ms", [Series("ours", [1, 8], [2.5, 3])], log_x=True).write(tmp_path)
    assert json.loads((tmp_path / "p.json").read_text()) == {
        "title": "Title",
        "x_label": "x",
        "y_label": "ms",
        "log_x": True,
        "log_y": False,
        "series": [{"name": "ours", "x": [1, 8], "y": [2.5, 3]}],
    }
