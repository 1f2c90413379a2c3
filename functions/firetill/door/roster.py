"""The roster for devices at the door, page by page and then only what has changed."""

from firetill import access
from firetill.access import Caller
from firetill.database import Database, Snapshot
from firetill.door import repository, roster_rules
from firetill.door.reading import readable
from firetill.door.roster_model import GetRoster, Roster
from firetill.door.roster_rules import Mark
from firetill.tickets.codes import Codes
from firetill.tickets.repository import event_in, event_path


def roster(db: Database, codes: Codes, caller: Caller, request: GetRoster) -> Roster:
    """Return a page of an event's batches that changed since a cursor, the earliest first.

    A batch may come more than once, the latest state last; devices keep it by `ragerId`.

    Raises:
        InvalidField: the cursor is none of ours, or another event's.
        NotStaff: the caller is not of the event's staff.
        EventNotFound: there is no such event.
        Contention: Firestore did not answer.
    """
    event_id = request.event_id
    cursor = (
        roster_rules.first(event_id)
        if request.cursor is None
        else roster_rules.read(request.cursor, event_id)
    )
    now = db.now()
    event, *roles = db.get(event_path(event_id), *access.documents(caller, event_id, "staff"))
    access.require(caller, event_id, "staff", roles)
    about = roster_rules.about(event_in(event))
    since = cursor.mark
    found = db.query(
        repository.changed_batches(event_id, since.at, since.rager_id, limit=request.limit)
    )
    more = len(found) == request.limit
    last = _place(found[-1]) if found else None
    batches = [batch for batch in map(readable, found) if batch is not None]
    return Roster(
        event_id=event_id,
        entries=[roster_rules.entry(batch) for batch in batches],
        cursor=roster_rules.written(roster_rules.after(cursor, last, now, more=more)),
        more=more,
        public_keys=codes.public_keys,
        server_time=now,
        event=about,
    )


def _place(snapshot: Snapshot) -> Mark:
    return roster_rules.mark((snapshot.data or {})["updatedAt"], snapshot.document_id)
