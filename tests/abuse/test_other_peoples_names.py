"""Somebody else's name in every field that can hold one: nothing of hers changes or is told."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import pytest

from firetill.cursors import written
from tests.abuse.declarations import OPERATIONS, with_value
from tests.abuse.doors import Door, call, doors_of, token
from tests.abuse.honest import STU, SUE, honest_for
from tests.abuse.naming import NAMING, OWN, Names
from tests.abuse.town import ADA, EVE, GALA, Everything, Town

CASES: Final = [
    pytest.param(operation, field, names, door, id=f"{operation}.{field}-{door}")
    for operation, field, names in NAMING
    for door in doors_of(operation)
]


def theirs(town: Town, what: str) -> str:
    """The name of Ada's thing, or of what is not for Eve."""
    own = town.names[ADA]
    if what in own:
        return own[what]
    made: Mapping[str, Any] = {
        "key": lambda: f"pack-{ADA[2:5]}",
        "cursor": lambda: written(town.till.clock.instant, own["order"]),
        "job": lambda: "purgeExpired",
        "run": lambda: "0f" * 16,
        "secret_event": lambda: "secret-ball",
        "secret_product": lambda: "secret-poster",
        "id_token": lambda: token(ADA),
        "roster_cursor": lambda: _asked(town, "mia", "getRoster", eventId=GALA),
        "export_cursor": lambda: _asked(town, ADA, "exportData", limit=20),
        "action_cursor": lambda: written(town.till.clock.instant, own["action"]),
        "reply_cursor": lambda: _asked(town, ADA, "listSavedReplies", limit=1),
    }
    name: str = made[what]()
    return name


def _asked(town: Town, who: str, operation: str, **data: Any) -> str:
    answer = call(operation, data, town.headers(who))
    cursor = answer.result["cursor"]
    assert isinstance(cursor, str), answer.text
    return cursor


def is_theirs(path: str, data: Mapping[str, Any]) -> bool:
    """Whether a document is Ada's or her event's."""
    text = f"{path} {_text(data)}"
    return ADA in text or f'"{GALA}"' in text or f"/{GALA}" in path


def secrets(everything: Everything) -> set[str]:
    """What stands in Ada's documents alone, and is long enough to be told from chance."""
    hers: set[str] = set()
    others: set[str] = set()
    for path, data in everything.items():
        found = {*path.split("/"), *_strings(data)}
        (hers if is_theirs(path, data) else others).update(found)
    return {one for one in hers - others if len(one) > 7} | {ADA}


def _strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for inner in value.values():
                yield from _strings(inner)
        case list():
            for inner in value:
                yield from _strings(inner)


def _text(value: Any) -> str:
    return json.dumps(
        value, default=lambda one: one.isoformat() if isinstance(one, datetime) else ""
    )


def attackers(operation: str, honest: str) -> list[str]:
    """Who tries: whoever may call it for their own; of an administrator's, all who may not."""
    return [EVE, STU, SUE] if OPERATIONS[operation].who == "admin" else [honest]


@pytest.mark.parametrize(("operation", "field", "names", "door"), CASES)
def test_anothers_name(operation: str, field: str, names: Names, door: Door, town: Town) -> None:
    honest = honest_for(town, operation, field)
    data = with_value(honest.data, field, theirs(town, names.what))
    for other, what in names.with_it.items():
        data = with_value(data, other, theirs(town, what))
    kept = secrets(town.before) - {*_strings(data)}
    before = town.everything()
    for who in attackers(operation, honest.who):
        answer = call(operation, data, town.headers(who), door)
        if names.gets == OWN:
            assert answer.status == 200, answer.text
        else:
            assert answer.reason == names.gets, answer.text
        told = {one for one in kept if one in answer.text}
        assert told == set(), "the answer tells what is somebody else's"
        after = town.everything()
        changed = [
            path
            for path, data in before.items()
            if is_theirs(path, data) and after.get(path) != data
        ]
        assert changed == [], "somebody else's documents changed"
        made = [path for path in after.keys() - before.keys() if path.startswith(f"events/{GALA}")]
        assert made == [], "something is new at somebody else's event"
        if names.gets != OWN and not operation.startswith(("scanTicket", "uploadScans")):
            hers = [path for path in after.keys() - before.keys() if is_theirs(path, after[path])]
            assert hers == [], "a refused call left something with somebody else"


@pytest.mark.parametrize(
    ("operation", "data"),
    [("getAction", {"actionId": "action"}), ("resendReceipt", {"fulfillmentId": "paid"})],
)
def test_it_would_be_seen(operation: str, data: dict[str, str], town: Town) -> None:
    """What Ada herself is told counts as hers, and what she does as a change."""
    sent = {name: town.names[ADA][what] for name, what in data.items()}
    kept = secrets(town.before) - {*sent.values()}
    answer = call(operation, sent, town.headers(ADA))
    made = town.everything().keys() - town.before.keys()
    told = {one for one in kept if one in answer.text}
    assert answer.status == 200
    assert told or any(is_theirs(path, town.everything()[path]) for path in made)
