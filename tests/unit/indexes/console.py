"""The queries of the web pages, read from their TypeScript.

A collection that is named by a variable cannot be read; those lists are in `client_queries`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from firetill.database import Query

PAGES = Path(__file__).parents[3] / "web" / "src"
_BEGIN = re.compile(r"\bquery\(\s*collection(Group)?\(([^()]*)\)")
_WHERE = re.compile(r"""\bwhere\(\s*"([\w.]+)",\s*"(==|<=?|>=?)",""")
_ORDER = re.compile(r"""\borderBy\(\s*"([\w.]+)"(?:,\s*"(asc|desc)")?\s*\)""")


def queries() -> Iterator[Query]:
    """Yield the queries of all pages, with no operands and no real limits."""
    for path in sorted((*PAGES.rglob("*.ts"), *PAGES.rglob("*.tsx"))):
        yield from queries_in(path.read_text())


def queries_in(source: str) -> Iterator[Query]:
    """Yield the queries in one file whose collections are named in place."""
    for begin in _BEGIN.finditer(source):
        name = begin[2].rpartition(",")[2].strip()
        if not name.startswith('"'):
            continue
        rest = source[begin.end() : _end(source, begin.start())]
        yield Query(
            name.strip('"'),
            1,
            where=tuple((path, operator, None) for path, operator in _WHERE.findall(rest)),
            order_by=tuple((path, way or "asc") for path, way in _ORDER.findall(rest)),
            group=begin[1] is not None,
        )


def shape(query: Query) -> tuple[object, ...]:
    """Return what decides which index serves a query: all but whose documents, and how many."""
    name = query.collection.rpartition("/")[2]
    compared = frozenset((path, operator) for path, operator, _ in query.where)
    return name, query.group, compared, query.order_by


def _end(source: str, start: int) -> int:
    """Return where the brackets close that open first behind `start`."""
    depth = 0
    for place in range(source.index("(", start), len(source)):
        depth += {"(": 1, ")": -1}.get(source[place], 0)
        if depth == 0:
            return place
    raise ValueError(f"a query without an end: {source[start : start + 80]}")
