"""Pages of objects, newest first."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable

from local.stripe_double.account import Call
from local.stripe_double.errors import Json, no_such


def page(
    call: Call, kind: str, url: str, *, where: Callable[[Json], bool] = lambda _: True
) -> Json:
    """One page of a kind of object, filtered by ``where`` and the ``created`` parameter."""
    created = call.params.get("created", {})
    things = [
        thing
        for thing in reversed(call.account.all(kind))
        if where(thing) and _within(thing["created"], created)
    ]
    return cut(things, url, call.params)


def cut(things: list[Json], url: str, params: Json) -> Json:
    """A page of an ordered list by ``limit``, ``starting_after`` and ``ending_before``.

    Raises:
        ApiError: a cursor names nothing in the list.
    """
    limit = params.get("limit", 10)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after:
        things = things[_position(things, after, "starting_after") + 1 :]
    if before:
        things = things[: _position(things, before, "ending_before")]
        chosen = things[-limit:]
    else:
        chosen = things[:limit]
    return {
        "object": "list",
        "data": chosen,
        "has_more": len(things) > len(chosen),
        "url": url,
    }


def same(params: Json, names: Iterable[str]) -> Callable[[Json], bool]:
    """A filter that keeps objects whose named fields equal the parameters that were given."""
    wanted = {name: params[name] for name in names if name in params}
    return lambda thing: all(thing.get(name) == value for name, value in wanted.items())


def _within(moment: int, bounds: Json) -> bool:
    checks: dict[str, Callable[[int, int], bool]] = {
        "gt": operator.gt,
        "gte": operator.ge,
        "lt": operator.lt,
        "lte": operator.le,
    }
    return all(checks[name](moment, bound) for name, bound in bounds.items())


def _position(things: list[Json], object_id: str, param: str) -> int:
    for index, thing in enumerate(things):
        if thing["id"] == object_id:
            return index
    raise no_such("object", object_id, param=param)
