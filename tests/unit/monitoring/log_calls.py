"""Every line that the code can log: its message, and the fields that it names."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from firetill.upkeep.model import Run

SOURCE = Path(__file__).parents[3] / "functions" / "firetill"
ALWAYS = frozenset({"severity", "message"})


@dataclass(frozen=True)
class Line:
    """One call of `log` or `log_failure`: a message that it may write, and the fields beside it."""

    message: str
    fields: frozenset[str]


def lines() -> list[Line]:
    """Return every line in the code."""
    return [
        line
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        for line in _lines(node, node.func.id)
    ]


def _lines(call: ast.Call, name: str) -> Iterator[Line]:
    at = {"log": 1, "log_failure": 0}.get(name)
    if at is None or len(call.args) <= at:
        return
    fields = {keyword.arg for keyword in call.keywords if keyword.arg} | ALWAYS
    if name == "log_failure":
        fields |= {"alert", "error", "stack"}
    for message in _texts(call.args[at]):
        of_run = set(Run.__struct_encode_fields__) if message == "job ran" else set()
        yield Line(message, frozenset(fields | of_run))


def _texts(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body), *_texts(orelse)]
        case _:
            return []
