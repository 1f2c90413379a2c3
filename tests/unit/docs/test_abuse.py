"""The page of abuses keeps up with the tests, and the tests with the declarations."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.abuse.declarations import OPERATIONS, fields_of
from tests.abuse.naming import FIELDS, OWN, Names

ROOT: Final = Path(__file__).parents[3]
PAGE: Final = (ROOT / "docs" / "abuse.md").read_text()
NAMED: Final = re.findall(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)", PAGE)
TRIED: Final = [*(ROOT / "tests" / "abuse").glob("test_*.py"), ROOT / "tests/e2e/test_abuse.py"]
FIRST_CELL: Final = re.compile(r"^\| (?!what |operation |-)(.+?) \|", re.MULTILINE)


def _tests(path: Path) -> set[str]:
    body = ast.parse(path.read_text()).body
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {one.name for one in body if isinstance(one, functions) and one.name.startswith("test_")}


def _rows() -> Iterator[str]:
    for line in PAGE.splitlines():
        if FIRST_CELL.match(line) and not line.startswith("|---"):
            yield line


def _row_of(operation: str) -> str:
    [row] = [row for row in _rows() if row.startswith(f"| `{operation}` | ")]
    return row


@pytest.mark.parametrize(("name", "path"), dict.fromkeys(NAMED))
def test_every_test_that_the_page_names_is_there(name: str, path: str) -> None:
    assert name in _tests(ROOT / path)


@pytest.mark.parametrize("path", TRIED, ids=lambda path: path.name)
def test_every_test_has_a_line(path: Path) -> None:
    named = {name for name, where in NAMED if ROOT / where == path}
    assert _tests(path) - named == set(), "docs/abuse.md does not say what these try"


def test_every_case_has_a_test() -> None:
    rows = list(_rows())
    assert len(rows) > 100
    for row in rows:
        is_operation = re.match(r"\| `(\w+)` \| \w", row)
        assert "[`test_" in row or (is_operation and is_operation[1] in OPERATIONS), row


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_its_row(operation: str) -> None:
    declared, row = OPERATIONS[operation], _row_of(operation)
    who = f"{declared.who}, server" if declared.server else declared.who
    cells = [
        f"`{field}`: {OWN if entry.gets == OWN else f'`{entry.gets}`'}"
        for field, entry in FIELDS[operation].items()
        if isinstance(entry, Names)
    ]
    assert row == f"| `{operation}` | {who} | {', '.join(cells) or 'it names nothing'} |"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_field_is_classified(operation: str) -> None:
    assert FIELDS[operation].keys() == set(fields_of(OPERATIONS[operation]))


def test_no_operation_is_made_up() -> None:
    rows = [match[1] for row in _rows() if (match := re.match(r"\| `(\w+)` \| [a-z, ]+ \|", row))]
    assert sorted(rows) == sorted(OPERATIONS)
