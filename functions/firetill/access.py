"""Who calls, and what that lets them do.

A caller is a signed-in user, or a trusted server that holds the proxy key. Roles come from claims
in the ID token, or from documents that an administrator writes: `adminUsers/{uid}` makes an
administrator, `eventStaff/{eventId}/members/{uid}` with its `role` a member of an event's staff.
An administrator may all that a supervisor may, a supervisor all that staff may.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from firetill.database import Snapshot
from firetill.errors import NotAdmin, NotStaff, SignInRequired
from firetill.fields import Role

ADMIN_USERS: Final = "adminUsers"
EVENT_STAFF: Final = "eventStaff"

Events = Literal["all"] | frozenset[str]
"""The events for which a claim holds."""

NONE: Final[Events] = frozenset()


class Member(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`eventStaff/{eventId}/members/{uid}`: what a user may do at one event's doors."""

    role: Role
    name: str | None = None


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls: `user_id` is None only for a server, which names the user in its input.

    `anonymous` is whoever signed in without showing who it is.
    """

    user_id: str | None
    server: bool = False
    anonymous: bool = False
    admin: bool = False
    staff: Events = NONE
    supervisor: Events = NONE

    @property
    def name(self) -> str:
        """Return what records call this caller: the user's id, or `server`."""
        return "server" if self.user_id is None else self.user_id


SERVER: Final = Caller(user_id=None, server=True)


def user(user_id: str, claims: Mapping[str, Any]) -> Caller:
    """Return the caller behind a verified ID token.

    The claims are `admin` (true), `staff` and `supervisor` (true, or a list of events' ids);
    anything else in their place gives nothing.
    """
    firebase = claims.get("firebase")
    provider = firebase.get("sign_in_provider") if isinstance(firebase, Mapping) else None
    return Caller(
        user_id=user_id,
        anonymous=provider == "anonymous",
        admin=claims.get("admin") is True,
        staff=_events(claims.get("staff")),
        supervisor=_events(claims.get("supervisor")),
    )


def signed_in(caller: Caller) -> str:
    """Return the caller's user id.

    Raises:
        SignInRequired: a server calls, for whom this operation is not.
    """
    if caller.user_id is None:
        raise SignInRequired
    return caller.user_id


def documents(caller: Caller, event_id: str, role: Role) -> list[str]:
    """Return the documents that decide whether a caller has a role; none if its claims do.

    Whoever opens the transaction reads them in its own first batch, and waives their checks.
    """
    if _claims(caller, event_id, role) or caller.user_id is None:
        return []
    return [member_path(event_id, caller.user_id), admin_path(caller.user_id)]


def admin_documents(caller: Caller) -> list[str]:
    """Return the documents that decide whether a caller is an administrator."""
    return [] if caller.admin or caller.user_id is None else [admin_path(caller.user_id)]


def require(caller: Caller, event_id: str, role: Role, found: Sequence[Snapshot]) -> None:
    """Make sure that a caller has a role at an event.

    Args:
        caller: who calls; a server counts as staff, never as a supervisor.
        event_id: at which event.
        role: what it takes.
        found: the snapshots of `documents`.

    Raises:
        NotStaff: the caller has not that role there.
    """
    if _claims(caller, event_id, role):
        return
    documents = {snapshot.path: snapshot for snapshot in found}
    admin = documents.get(admin_path(caller.name))
    member = documents.get(member_path(event_id, caller.name))
    if (admin and admin.exists) or (member and _role(member) in _AT_LEAST[role]):
        return
    raise NotStaff(event_id)


def require_admin(caller: Caller, found: Sequence[Snapshot]) -> str:
    """Make sure that a caller is an administrator, and return the user id.

    Args:
        caller: who calls.
        found: the snapshots of `admin_documents`.

    Raises:
        NotAdmin: the caller is none.
    """
    if caller.user_id is not None and (caller.admin or any(one.exists for one in found)):
        return caller.user_id
    raise NotAdmin


def admin_path(user_id: str) -> str:
    """Return the path of the document that makes a user an administrator."""
    return f"{ADMIN_USERS}/{user_id}"


def member_path(event_id: str, user_id: str) -> str:
    """Return the path of the document that makes a user a member of an event's staff."""
    return f"{EVENT_STAFF}/{event_id}/members/{user_id}"


_AT_LEAST: Final[Mapping[Role, frozenset[Role | None]]] = {
    "staff": frozenset({"staff", "supervisor"}),
    "supervisor": frozenset({"supervisor"}),
}


def _claims(caller: Caller, event_id: str, role: Role) -> bool:
    if caller.admin or _covers(caller.supervisor, event_id):
        return True
    return role == "staff" and (caller.server or _covers(caller.staff, event_id))


def _covers(events: Events, event_id: str) -> bool:
    return events == "all" or event_id in events


def _events(claim: Any) -> Events:
    if claim is True:
        return "all"
    if isinstance(claim, list):
        return frozenset(one for one in claim if isinstance(one, str))
    return NONE


def _role(snapshot: Snapshot) -> Role | None:
    try:
        return msgspec.convert(snapshot.data, Member).role
    except msgspec.ValidationError:
        return None  # absent, or none that we know: no rights
