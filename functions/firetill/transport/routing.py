"""Which handler answers a method at a path."""

from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypeVar

from firetill.errors import MethodNotAllowed, RouteNotFound

H = TypeVar("H")

PREFIX: Final = "/api"
"""May stand before any path: the function's name, as a Hosting rewrite leaves it there."""


class Routes(Generic[H]):
    """A table of handlers by path and method; HEAD goes wherever GET goes.

    A part of a path such as `{actionId}` stands for any one part that is not empty.
    """

    def __init__(self, routes: Iterable[tuple[str, str, H]]) -> None:
        """Lay out the table.

        Args:
            routes: a method, a path and its handler.

        Raises:
            ValueError: two handlers share a method and a path.
        """
        self._table: dict[tuple[str, ...], dict[str, H]] = {}
        for method, path, handler in routes:
            methods = self._table.setdefault(_parts(path), {})
            if method in methods:
                raise ValueError(f"Two operations are at {method} {path}.")
            methods[method] = handler

    def find(self, method: str, path: str) -> tuple[H, dict[str, str]]:
        """Return the handler of a method at a path, and what stands in the path by name.

        A single slash at the end, and `/api` at the beginning, make no difference; case does.

        Raises:
            RouteNotFound: nothing is at the path.
            MethodNotAllowed: something is, for other methods.
        """
        methods, values = self._methods(path)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise MethodNotAllowed(self.allow(path))
        return handler, values

    def allow(self, path: str) -> str:
        """Return the methods that a path takes, as the header `Allow` lists them.

        Raises:
            RouteNotFound: nothing is at the path.
        """
        methods, _ = self._methods(path)
        head = ["HEAD"] if "GET" in methods else []
        return ", ".join([*sorted(methods), *head, "OPTIONS"])

    def _methods(self, path: str) -> tuple[Mapping[str, H], dict[str, str]]:
        asked = _parts(path)
        if asked in self._table:
            return self._table[asked], {}
        for parts, methods in self._table.items():
            if (values := _match(parts, asked)) is not None:
                return methods, values
        raise RouteNotFound


def _match(parts: tuple[str, ...], asked: tuple[str, ...]) -> dict[str, str] | None:
    """Return what stands for the named parts of a path; None if it is another path."""
    if len(parts) != len(asked):
        return None
    values = {}
    for part, found in zip(parts, asked, strict=True):
        if part.startswith("{") and found:
            values[part[1:-1]] = found
        elif part != found:
            return None
    return values


def _parts(path: str) -> tuple[str, ...]:
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        path = path[len(PREFIX) :]
    return tuple(path.removesuffix("/").split("/"))
