"""The documents in the code: structs whose docstring begins with their path."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PATH = re.compile(r"`(?:\w+/\{\w+\}/)*(\w+)/\{\w+\}`")


@dataclass(frozen=True)
class Document:
    """One kind of document: the collection that holds it and the names of its fields in Python."""

    collection: str
    fields: frozenset[str]


def documents(source: Path) -> Iterator[Document]:
    """Yield each kind of document under `source`."""
    for path in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and (
                begins := _PATH.match(ast.get_docstring(node) or "")
            ):
                named = (each.target for each in node.body if isinstance(each, ast.AnnAssign))
                fields = frozenset(each.id for each in named if isinstance(each, ast.Name))
                yield Document(begins[1], fields)
