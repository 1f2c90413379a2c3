"""What queues, triggers and Authentication send: bodies that only Google should be able to send."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest
from cloudevents.http import CloudEvent

from firetill.fields import is_user_id
from tests.fuzz import deployed, hostile, people
from tests.fuzz.answers import ACCEPTED, Violation
from tests.fuzz.mutations import mutated
from tests.fuzz.sending import Answer, environ, send
from tests.fuzz.targets import Input, Target, latin, raw
from tests.fuzz.world import World

_VERIFY: Final = "firebase_functions.private.token_verifier.verify_auth_blocking_token"
_LATER: Final = 503
"""What a task is answered whose time has not come."""


def targets(world: World) -> Iterator[Target]:
    """A target for each function that neither apps nor Stripe call, but for the jobs."""
    found = deployed.functions()
    for name, (kind, door) in found.items():
        match kind:
            case "task":
                task = _Task(world, door)
                yield Target(f"task/{name}", task.make, task.run)
            case "event":
                event = _Event(world, door)
                yield Target(f"event/{name}", event.make, event.run)
            case "blocking":
                sign_up = _SignUp(door)
                yield Target(f"blocking/{name}", sign_up.make, sign_up.run)


class _Task:
    def __init__(self, world: World, door: Any) -> None:
        self._door = door
        self._ids = world.known["actionId"]

    def make(self, rng: Random) -> Input:
        body = json.dumps({"data": {"actionId": rng.choice(self._ids)}}).encode()
        match rng.randrange(5):
            case 0:
                body = mutated(rng, body)
            case 1:
                body = f'{{"data":{rng.choice(hostile.LEAVES)}}}'.encode()
            case 2:
                body = f'{{"data":{{"actionId":{rng.choice(hostile.LEAVES)}}}}}'.encode()
            case 3:
                body = rng.choice(hostile.LEAVES).encode()
        return {"body": latin(body)}

    def run(self, given: Input) -> str:
        made = environ("POST", "/", {"Content-Type": "application/json"}, raw(given["body"]))
        answer = send(self._door, made)
        return "later" if answer.status == _LATER else _came_of(answer)


class _Event:
    """Firestore can only tell of documents that it could hold."""

    def __init__(self, world: World, door: Any) -> None:
        self._door = door
        self._ids = world.known["notificationId"]

    def make(self, rng: Random) -> Input:
        if rng.random() < 0.5:
            return {"id": rng.choice(self._ids)}
        return {"id": rng.choice([text for text in hostile.TEXTS if is_user_id(text)])}

    def run(self, given: Input) -> str:
        document = f"notifications/{given['id']}"
        self._door(
            CloudEvent(
                {
                    "type": "google.cloud.firestore.document.v1.created",
                    "source": f"//firestore.googleapis.com/projects/{people.PROJECT}",
                    "subject": f"documents/{document}",
                    "datacontenttype": "application/protobuf",
                    "location": "us-central1",
                    "project": people.PROJECT,
                    "database": "(default)",
                    "namespace": "(default)",
                    "document": document,
                    "time": "2026-02-07T12:00:00.000000Z",
                    "id": "1",
                    "specversion": "1.0",
                },
                b"",
            )
        )
        return ACCEPTED


class _SignUp:
    """What Authentication's token says is taken for genuine; it may say anything."""

    def __init__(self, door: Any) -> None:
        self._door = door

    def make(self, rng: Random) -> Input:
        said: dict[str, Any] = {
            "event_id": "e1",
            "event_type": "beforeCreate",
            "iat": 1_770_000_000,
            "ip_address": "127.0.0.1",
            "user_agent": "fuzz",
            "sign_in_method": rng.choice(("password", "anonymous", "")),
            "user_record": {
                "uid": rng.choice((f"new-{rng.randrange(99)}", *hostile.TEXTS)),
                "provider_data": [],
                "metadata": {"creation_time": 1_770_000_000, "last_sign_in_time": 1_770_000_000},
            },
        }
        token = json.dumps(said)
        if rng.random() < 0.5:
            token = latin(mutated(rng, token.encode()))
        body = json.dumps({"data": {"jwt": token}}).encode()
        if rng.random() < 0.2:
            body = mutated(rng, body)
        return {"body": latin(body)}

    def run(self, given: Input) -> str:
        made = environ("POST", "/", {"Content-Type": "application/json"}, raw(given["body"]))
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(_VERIFY, json.loads)
            answer = send(self._door, made)
        return _came_of(answer)


def _came_of(answer: Answer) -> str:
    if answer.status >= 500:
        raise Violation(f"{answer.status}: {answer.body[:300]!r}")
    json.loads(answer.body)
    return ACCEPTED if answer.status < 300 else "invalid_argument"
