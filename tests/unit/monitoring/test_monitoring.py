"""What Cloud Monitoring is told to watch is what the code logs, by the same names."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from firetill.logs import log
from firetill.upkeep.jobs import JOBS
from tests.unit.monitoring.log_calls import SOURCE, Line, lines

ROOT = Path(__file__).parents[3]
METRICS = {
    path.stem: json.loads(path.read_text()) for path in (ROOT / "monitoring/metrics").iterdir()
}
POLICIES = {
    path.stem: json.loads(path.read_text()) for path in (ROOT / "monitoring/policies").iterdir()
}
DASHBOARD = json.loads((ROOT / "monitoring/dashboard.json").read_text())
OPERATIONS = (ROOT / "docs/operations.md").read_text()
LINES = lines()

_FIELD = re.compile(r'jsonPayload\.(\w+)(=~|=)"([^"]*)"')
_USED = re.compile(r'metric\.type="logging\.googleapis\.com/user/(\w+)"')
_LABEL = re.compile(r"metric\.label\.(\w+)")
GEN2 = 'resource.type="cloud_run_revision"'


def conditions() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, policy in POLICIES.items():
        for condition in policy["conditions"]:
            yield name, condition


def by_log() -> dict[str, str]:
    """The filter of each policy that watches for a line."""
    return {
        name: condition["conditionMatchedLog"]["filter"]
        for name, condition in conditions()
        if "conditionMatchedLog" in condition
    }


def by_metric() -> list[tuple[str, Mapping[str, Any]]]:
    """What each other policy and each chart looks at: a filter, and how it is added up."""
    queries: list[tuple[str, Mapping[str, Any]]] = []
    for name, condition in conditions():
        if "conditionMatchedLog" not in condition:
            watched = condition.get("conditionThreshold") or condition["conditionAbsent"]
            queries.append((name, {**watched, "aggregation": watched["aggregations"][0]}))
    for tile in DASHBOARD["mosaicLayout"]["tiles"]:
        for chart in tile["widget"]["xyChart"]["dataSets"]:
            query = chart["timeSeriesQuery"]["timeSeriesFilter"]
            queries.append((tile["widget"]["title"], query))
    return queries


def matches(condition: str, line: Mapping[str, Any]) -> bool:
    """Tell whether a line passes a filter, which may hold nothing but what is understood here."""
    parts = condition.split(" AND ")
    assert parts[0] == GEN2
    for part in parts[1:]:
        wanted = _FIELD.fullmatch(part)
        assert wanted, part
        field, operator, text = wanted.groups()
        value = line.get(field)
        if value is None or not (re.search(text, value) if operator == "=~" else value == text):
            return False
    return True


def logged(capsys: pytest.CaptureFixture[str], message: str, **fields: Any) -> dict[str, Any]:
    log("INFO", message, **fields)
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


def documented_alerts() -> set[str]:
    table = OPERATIONS.partition("| `alert` | what it means |")[2].partition("\n\n")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_code_is_understood() -> None:
    assert {"call answered", "call refused", "job ran", "wallet drift"} <= {
        line.message for line in LINES
    }


def test_every_alert_has_its_policy_and_every_policy_its_alert() -> None:
    assert len(documented_alerts()) > 15
    assert by_log().keys() == documented_alerts()
    code = "\n".join(path.read_text() for path in SOURCE.rglob("*.py"))
    for name in by_log():
        assert f'"{name}"' in code, f"nothing in the code says {name}"


def test_a_policy_catches_its_own_alert_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for name, condition in by_log().items():
        for other in by_log():
            line = logged(capsys, "something", alert=other)
            assert matches(condition, line) is (name == other)
        assert not matches(condition, logged(capsys, "something", alert=None))


def test_every_policy_says_what_to_do() -> None:
    for name, policy in POLICIES.items():
        content = policy["documentation"]["content"]
        assert len(content) > 40
        for anchor in re.findall(r"docs/operations\.md#([\w-]+)", content):
            headings = re.findall(r"^#+ (.+)$", OPERATIONS, re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
            assert anchor in slugs, f"{name} leads to {anchor}"
        assert policy["severity"] in {"CRITICAL", "ERROR", "WARNING"}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_counts_lines_that_the_code_logs(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    metric = METRICS[name]
    assert metric["name"] == name
    counted = [line for line in LINES if matches(metric["filter"], _sample(capsys, line))]
    assert counted, "no line in the code passes its filter"
    taken = [*metric["labelExtractors"].values(), *filter(None, [metric.get("valueExtractor")])]
    for extractor in taken:
        found = re.fullmatch(r"EXTRACT\(jsonPayload\.(\w+)\)", extractor)
        assert found, extractor
        for line in counted:
            assert found[1] in line.fields, f"{line.message!r} has no {found[1]}"
    labels = [label["key"] for label in metric["metricDescriptor"]["labels"]]
    assert labels == list(metric["labelExtractors"])


def _sample(capsys: pytest.CaptureFixture[str], line: Line) -> dict[str, Any]:
    fields = {name: "x" for name in line.fields if name not in {"severity", "message"}}
    return logged(capsys, line.message, **fields)


def test_what_is_looked_at_is_declared() -> None:
    used = set()
    for where, query in by_metric():
        named = _USED.match(query["filter"])
        assert named, where
        assert GEN2 in query["filter"]
        used.add(named[1])
        known = {label["key"] for label in METRICS[named[1]]["metricDescriptor"]["labels"]}
        groups = " ".join(query["aggregation"]["groupByFields"])
        assert set(_LABEL.findall(query["filter"] + groups)) <= known, where
    assert used == set(METRICS)


def test_the_jobs_that_must_not_be_silent() -> None:
    """Those that run each hour or more often; a day's silence of the others is no silence."""
    condition = POLICIES["job_silent"]["conditions"][0]["conditionAbsent"]
    [listed] = re.findall(r"metric\.label\.job=one_of\((.*)\)", condition["filter"])
    often = {name for name, job in JOBS.items() if not job.schedule.startswith("every day")}
    assert set(json.loads(f"[{listed}]")) == often


def test_reasons_that_are_counted_are_refusals() -> None:
    from firetill import errors  # noqa: PLC0415 - for this test alone

    reasons = {one.reason for one in vars(errors).values() if hasattr(one, "reason")}
    condition = POLICIES["others_unavailable"]["conditions"][0]["conditionThreshold"]
    [listed] = re.findall(r"metric\.label\.reason=one_of\((.*)\)", condition["filter"])
    assert set(json.loads(f"[{listed}]")) <= reasons


def test_tiles_do_not_lie_on_each_other() -> None:
    layout = DASHBOARD["mosaicLayout"]
    taken = [
        (tile["xPos"] + x, tile["yPos"] + y)
        for tile in layout["tiles"]
        for x in range(tile["width"])
        for y in range(tile["height"])
    ]
    assert len(taken) == len(set(taken))
    assert all(x < layout["columns"] for x, _ in taken)
