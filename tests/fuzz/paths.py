"""Every path of the REST interface, by its body, its path and its query."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote

from firetill import api
from firetill.transport.declared import Declared
from tests.fuzz import deployed, hostile, people
from tests.fuzz.answers import Answers, Violation
from tests.fuzz.calls import LATER, WRITES, body_of, samples_of, who_calls
from tests.fuzz.mutations import mutated
from tests.fuzz.sending import ORIGIN, environ, send
from tests.fuzz.shapes import Shapes
from tests.fuzz.targets import Input, Target, latin, raw
from tests.fuzz.world import World


def targets(world: World) -> Iterator[Target]:
    """A target for each operation with a path."""
    shapes = Shapes(world.known)
    for declared in api.OPERATIONS:
        path = _Path(world, shapes, declared)
        name = f"rest/{declared.method} {declared.path}"
        yield Target(name, path.make, path.run, WRITES.get(declared.name, ()))


class _Path:
    def __init__(self, world: World, shapes: Shapes, declared: Declared[Any]) -> None:
        self._world, self._shapes, self._declared = world, shapes, declared
        self._answers = Answers.of_path(declared)
        self._samples = samples_of(shapes, declared)
        self._door = deployed.functions()["api"][1]

    def make(self, rng: Random) -> Input:
        given = {"who": who_calls(rng, self._declared)}
        if rng.random() < 0.1:
            given["later"] = rng.choice(LATER)
        if self._declared.method == "POST":
            body = body_of(rng, self._shapes, self._declared, self._samples)
            return given | {"path": str(self._declared.path), "body": latin(body)}
        return given | {"path": self._asked(rng), "body": ""}

    def run(self, given: Input) -> str:
        self._world.later(int(given.get("later") or 0))
        headers = {
            **people.headers(given["who"]),
            "Content-Type": "application/json",
            "Origin": ORIGIN,
        }
        made = environ(self._declared.method, given["path"], headers, raw(given["body"]))
        answer = send(self._door, made)
        if "X-Request-Id" not in answer.headers:
            raise Violation(f"{answer.status}: no request id")
        return self._answers.check(answer, enveloped=False)

    def _asked(self, rng: Random) -> str:
        """A path and its query, by the fields of what it takes; now and then changed bytes."""
        if rng.random() < 0.5:
            named = self._shapes.texts(rng, self._declared.takes)
        else:
            example = json.loads(json.dumps(self._declared.example))
            named = [(name, self._known(rng, name, value)) for name, value in example.items()]
        path = str(self._declared.path)
        for name in self._declared.in_path:
            values = [value for key, value in named if key == name] or ["x"]
            path = path.replace(f"{{{name}}}", _quoted(values[0]))
        query = "&".join(
            f"{_quoted(name)}={_quoted(value)}"
            for name, value in named
            if name not in self._declared.in_path or rng.random() < 0.01
        )
        if rng.random() < 0.2:
            query = latin(mutated(rng, query.encode()))
        return f"{path}?{query}" if query else path

    def _known(self, rng: Random, name: str, value: Any) -> str:
        if rng.random() < 0.2:
            return rng.choice(hostile.TEXTS)
        if isinstance(value, str):
            return rng.choice(self._shapes.known.get(name, (value,)))
        return json.dumps(value)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
