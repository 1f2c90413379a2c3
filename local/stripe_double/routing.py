"""Which endpoint answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from local.stripe_double.account import Call
from local.stripe_double.errors import ApiError, Json
from local.stripe_double.params import Params

Endpoint = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    """One endpoint.

    Attributes:
        method: the HTTP method.
        path: with ``{id}`` where the object's id stands.
        endpoint: what does the work.
        answers: the kind of object in the reply, or ``list:`` and the kind.
        params: what it takes.
        publishable: whether a publishable key and the object's client secret will do.
    """

    method: str
    path: str
    endpoint: Endpoint
    answers: str
    params: Params = field(default_factory=lambda: Params({}))
    publishable: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The path as an expression."""
        return re.compile(self.path.replace("{id}", r"(?P<id>[^/]+)"))


class Router:
    """Finds the route for a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = list(routes)

    def find(self, method: str, path: str) -> tuple[Route, str]:
        """The route, and the id in its path.

        Raises:
            ApiError: nothing answers there.
        """
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match and route.method == method:
                return route, match.groupdict().get("id", "")
        raise ApiError(
            404,
            f"Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or "
            "we can help at https://support.stripe.com/.",
            executed=False,
        )
