"""Form bodies with nested names, such as ``metadata[userId]`` and ``line_items[0][quantity]``."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from local.stripe_double.errors import Json, invalid

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse(encoded: str) -> Json:
    """Read a form body or a query string into nested dictionaries of strings.

    Lists stay dictionaries keyed by their indexes, since only the parameter's own check knows
    whether ``x[0]`` is an item or a metadata key named ``0``.

    Raises:
        ApiError: a name is malformed, or used both as a value and as a hash.
    """
    result: Json = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        match = _NAME.fullmatch(name)
        if match is None:
            raise invalid(f"Invalid parameter name: {name}", param=name)
        _put(result, [match[1], *_PART.findall(match[2])], value, name)
    return result


def _put(target: Json, parts: list[str], value: str, name: str) -> None:
    for part in parts[:-1]:
        target = target.setdefault(part or str(len(target)), {})
        if not isinstance(target, dict):
            raise invalid(f"Invalid hash: {name}", param=parts[0])
    last = parts[-1] or str(len(target))
    if isinstance(target.get(last), dict):
        raise invalid(f"Invalid string: {name}", param=parts[0])
    target[last] = value
