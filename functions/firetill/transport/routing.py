"""Which handler answers a method at a path."""

from collections.abc import Iterable, Mapping
from typing import Final, Generic, TypeVar

from firetill.errors import MethodNotAllowed, RouteNotFound

H = TypeVar("H")

PREFIX: Final = "/api"
"""May stand before any path: the function's name, as a Hosting rewrite leaves it there."""


class Routes(Generic[H]):
    """A table of handlers by path and method; HEAD goes wherever GET goes."""

    def __init__(self, routes: Iterable[tuple[str, str, H]]) -> None:
        """Lay out the table.

        Args:
            routes: a method, a path and its handler.

        Raises:
            ValueError: two handlers share a method and a path.
        """
        self._table: dict[str, dict[str, H]] = {}
        for method, path, handler in routes:
            methods = self._table.setdefault(_bare(path), {})
            if method in methods:
                raise ValueError(f"Two operations are at {method} {path}.")
            methods[method] = handler

    def find(self, method: str, path: str) -> H:
        """Return the handler of a method at a path.

        A single slash at the end, and `/api` at the beginning, make no difference; case does.

        Raises:
            RouteNotFound: nothing is at the path.
            MethodNotAllowed: something is, for other methods.
        """
        methods = self._methods(path)
        handler = methods.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise MethodNotAllowed(self.allow(path))
        return handler

    def allow(self, path: str) -> str:
        """Return the methods that a path takes, as the header `Allow` lists them.

        Raises:
            RouteNotFound: nothing is at the path.
        """
        methods = self._methods(path)
        head = ["HEAD"] if "GET" in methods else []
        return ", ".join([*sorted(methods), *head, "OPTIONS"])

    def _methods(self, path: str) -> Mapping[str, H]:
        methods = self._table.get(_bare(path))
        if methods is None:
            raise RouteNotFound
        return methods


def _bare(path: str) -> str:
    if path == PREFIX or path.startswith(f"{PREFIX}/"):
        path = path[len(PREFIX) :]
    return path.removesuffix("/")
