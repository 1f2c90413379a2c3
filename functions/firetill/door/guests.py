"""Finding a guest without a code, by what a person at the door can say or show."""

from firetill import access
from firetill.access import Caller
from firetill.database import Database, Snapshot
from firetill.directory import Directory
from firetill.door.desk_model import FindGuests, FoundGuest, FoundGuests
from firetill.fields import is_user_id
from firetill.tickets import repository as tickets
from firetill.usernames import repository as usernames
from firetill.usernames.rules import normalised


def find(db: Database, directory: Directory, caller: Caller, request: FindGuests) -> FoundGuests:
    """Return the guests of an event whom a search names exactly; of nobody else it tells anything.

    Args:
        db: the database.
        directory: who has an account; asked only if the search may be an e-mail address.
        caller: who searches.
        request: at which event, and for what.

    Raises:
        NotStaff: the caller is no supervisor of the event.
        EventNotFound: there is no such event.
        DirectoryUnavailable: Authentication did not say whose address it is.
        Contention: Firestore did not answer.
    """
    event_id, search = request.event_id, request.search.strip()
    roles = access.documents(caller, event_id, "supervisor")
    named = _named(event_id, search)
    event, *found = db.get(tickets.event_path(event_id), *roles, *named)
    access.require(caller, event_id, "supervisor", found[: len(roles)])
    tickets.event_in(event)
    meant = [search] if is_user_id(search) else []
    meant += [(one.data or {})["userId"] for one in found[len(roles) :] if one.exists]
    if "@" in search and (owner := directory.user_id_by_email(search)):
        meant.append(owner)
    return FoundGuests(guests=_guests(db, event_id, list(dict.fromkeys(meant))))


def _named(event_id: str, search: str) -> list[str]:
    """Return the documents that say whom a username or an order's id means."""
    username = normalised(search)
    return [
        *([usernames.username_path(username)] if is_user_id(username) else []),
        tickets.batch_path(event_id, tickets.bought_rager_id(search, event_id)),
    ]


def _guests(db: Database, event_id: str, user_ids: list[str]) -> list[FoundGuest]:
    if not user_ids:
        return []
    summaries = [tickets.summary_path(event_id, user_id) for user_id in user_ids]
    users = [usernames.user_path(user_id) for user_id in user_ids]
    found = db.get(*summaries, *users)
    held, profiles = found[: len(user_ids)], found[len(user_ids) :]
    guests = [
        _guest(event_id, summary, profile) for summary, profile in zip(held, profiles, strict=True)
    ]
    return [guest for guest in guests if guest.total_tickets > 0]


def _guest(event_id: str, holds: Snapshot, profile: Snapshot) -> FoundGuest:
    summary = tickets.summary_in(holds, event_id, holds.document_id)
    return FoundGuest(
        user_id=summary.user_id,
        display_name=(profile.data or {}).get("displayName"),
        username=usernames.username_in(profile),
        total_tickets=summary.total_tickets,
        used_count=summary.used_count,
        remaining=summary.remaining,
    )
