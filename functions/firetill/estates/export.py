"""All data of a user, page by page, from the registry."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import msgspec

from firetill import cursors, limits
from firetill.access import member_path
from firetill.database import Database, Snapshot
from firetill.errors import InvalidField
from firetill.estates.model import ExportData, ExportedData, ExportedDocument
from firetill.estates.registry import HOLDINGS, Holding
from firetill.fields import is_user_id
from firetill.tickets.repository import all_events

LIMIT: Final = "exportData"
MEMBERS: Final = "eventStaff/{eventId}/members"
EVENTS_PAGE: Final = 300


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where an export goes on: in which holding, and behind which document."""

    holding: str
    path: str | None


def export(
    db: Database, user_id: str, request: ExportData, email_of: Callable[[str], str | None]
) -> ExportedData:
    """Return a page of all that is stored about a user.

    Args:
        db: the database.
        user_id: about whom.
        request: where to go on, and how many documents a page has.
        email_of: asks Authentication for the user's address, on the first page alone.

    Raises:
        InvalidField: the cursor is none that an earlier page gave.
        RateLimited: too many pages within the hour.
        DirectoryUnavailable: Authentication did not answer.
    """
    place = _read(request.cursor) if request.cursor else None
    db.run_transaction(lambda tx: limits.take(tx, user_id, LIMIT))
    documents: list[ExportedDocument] = []
    if place is None:
        documents.append(ExportedDocument(path="authentication", data={"email": email_of(user_id)}))
        place = Place(HOLDINGS[0].name, None)
    begun = [holding.name for holding in HOLDINGS].index(place.holding)
    path = place.path
    for holding in HOLDINGS[begun:]:
        room = request.limit - len(documents)
        if room <= 0:
            on = cursors.encode(Place(holding.name, path))
            return ExportedData(documents=documents, cursor=on)
        found = _found(db, holding, user_id, path, room)
        documents += (
            _exported(holding, one, user_id)
            for one in found
            if not _was_found_before(holding, one, user_id)
        )
        if holding.find is not None and len(found) == room:
            at = Place(holding.name, found[-1].path)
            return ExportedData(documents=documents, cursor=cursors.encode(at))
        path = None
    return ExportedData(documents=documents, cursor=None)


def _found(
    db: Database, holding: Holding, user_id: str, after: str | None, limit: int
) -> list[Snapshot]:
    if holding.collection == MEMBERS:
        return list(_memberships(db, user_id))
    if holding.find is None:
        [document] = db.get(f"{holding.collection}/{user_id}")
        return [document] if document.exists else []
    query = holding.find(user_id, limit=limit)
    if after is not None and not query.group and not after.startswith(f"{query.collection}/"):
        raise InvalidField("cursor", "is another user's")
    return db.query(replace(query, start_after=(after,) if after else None))


def _memberships(db: Database, user_id: str) -> Iterator[Snapshot]:
    """Yield what a user may do at events; there is no other way than to look at each event."""
    query = all_events(limit=EVENTS_PAGE)
    while events := db.query(query):
        paths = [member_path(event.document_id, user_id) for event in events]
        yield from (one for one in db.get(*paths) if one.exists)
        query = replace(query, start_after=query.cursor(events[-1]))


def _was_found_before(holding: Holding, found: Snapshot, user_id: str) -> bool:
    """Tell whether a document names a user in a way that came earlier, too."""
    earlier = HOLDINGS[: HOLDINGS.index(holding)]
    ways = [one.people[0] for one in earlier if one.collection == holding.collection]
    return any((found.data or {}).get(name) == user_id for name in ways)


def _exported(holding: Holding, found: Snapshot, user_id: str) -> ExportedDocument:
    data: dict[str, Any] = dict(found.data or {})
    for name in holding.people:
        if data.get(name) not in (None, user_id):
            data[name] = None  # another person's
    return ExportedDocument(path=found.path, data=data)


def _read(text: str) -> Place:
    place = cursors.decode(text, Place)
    holding = next((one for one in HOLDINGS if one.name == place.holding), None)
    if holding is None or not _is_within(holding, place.path):
        raise InvalidField("cursor", cursors.NOT_OURS)
    return place


def _is_within(holding: Holding, path: str | None) -> bool:
    """Tell whether a path can be that of one of a holding's documents, or None."""
    if path is None:
        return True
    parts, pattern = path.split("/"), [*holding.collection.split("/"), "{id}"]
    return (
        holding.find is not None
        and len(parts) == len(pattern)
        and all(
            is_user_id(part) if name.startswith("{") else part == name
            for part, name in zip(parts, pattern, strict=True)
        )
    )
