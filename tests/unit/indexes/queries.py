"""Every query in the code, found by reading it and made by calling it."""

import ast
import importlib
import itertools
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from firetill.database import Query

SOURCE = Path(__file__).parents[3] / "functions"
_SAMPLES: dict[Any, tuple[Any, ...]] = {
    int: (7,),
    str: ("x",),
    bool: (False, True),
    datetime: (datetime(2026, 2, 7, tzinfo=UTC),),
    type(None): (None,),
}


@dataclass(frozen=True)
class Site:
    """One place where code constructs a `Query`; `function` is None outside of any."""

    path: Path
    line: int
    function: str | None

    @property
    def module(self) -> str:
        """The module's dotted name."""
        return ".".join(self.path.relative_to(SOURCE).with_suffix("").parts)


def sites(source: Path = SOURCE / "firetill") -> list[Site]:
    """Return every construction of a `Query` under `source`."""
    return [
        site
        for path in sorted(source.rglob("*.py"))
        for site in _sites_in(path, ast.parse(path.read_text()))
    ]


def aliases(source: Path = SOURCE / "firetill") -> list[str]:
    """Return where `Query` goes by another name, under which `sites` would not find it."""
    return [
        f"{path.name}:{node.lineno}"
        for path in sorted(source.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and any(each.name == "Query" and each.asname for each in node.names)
    ]


def built_at(site: Site) -> list[Query]:
    """Call the function around a site with each combination of sample arguments.

    Raises:
        TypeError: a parameter's type has no sample.
    """
    if site.function is None:
        raise TypeError(f"{site.module}:{site.line} makes a query outside of a function")
    function = getattr(importlib.import_module(site.module), site.function)
    hints = typing.get_type_hints(function)
    hints.pop("return")
    choices = [list(_samples(hint, site)) for hint in hints.values()]
    return [
        function(**dict(zip(hints, values, strict=True))) for values in itertools.product(*choices)
    ]


def _samples(hint: Any, site: Site) -> Iterator[Any]:
    origin = typing.get_origin(hint)
    if origin is Literal:
        yield from typing.get_args(hint)
    elif origin in (typing.Union, types.UnionType):
        for member in typing.get_args(hint):
            yield from _samples(member, site)
    elif hint in _SAMPLES:
        yield from _SAMPLES[hint]
    else:
        raise TypeError(f"{site.module}.{site.function} takes {hint}, of which there is no sample")


def _sites_in(path: Path, tree: ast.Module) -> Iterator[Site]:
    for statement in tree.body:
        function = statement.name if isinstance(statement, ast.FunctionDef) else None
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and _called(node) == "Query":
                yield Site(path, node.lineno, function)


def _called(call: ast.Call) -> str | None:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return None
