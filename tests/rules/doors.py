"""Tickets, scans and roles: what guests, an event's staff and others may read of them."""

from collections.abc import Iterator

from tests.rules.case import ADMINS, CALLERS, Case, commit, count, get, query
from tests.rules.client import Write, where

STAFF = (
    "steward_of_gala",
    "steward_anywhere",
    "head_of_gala",
    "head_anywhere",
    "admin_by_claim",
    "ada",
    "mia",
    "max",
)
"""Who has a role at the gala."""

AT_THE_BALL = ("steward_of_ball", "steward_anywhere", "head_anywhere", "admin_by_claim", "ada")
"""Who of the callers here has one at the ball, or at both."""

STRANGERS = (
    "bob",
    "carol",
    "nobody",
    "steward_of_ball",
    "steward_by_map",
    "steward_by_name",
    "admin_by_word",
    "mel",
)
"""Who has none at the gala, whatever they claim."""

OF_THE_DOOR = ("scans/s1", "conflicts/s1", "devices/phone")


def doors() -> Iterator[Case]:
    """Yield the cases of an event's doors."""
    yield from _by_role()
    yield from _guests()
    yield from _roles()
    yield from _devices()
    yield from _writing()


def _by_role() -> Iterator[Case]:
    for path in OF_THE_DOOR:
        for caller in (*STAFF, *STRANGERS):
            name, allowed = f"{caller}: {path} of the gala", caller in STAFF
            yield Case(f"get {name}", caller, get(f"events/gala/{path}"), allowed)
        for caller in STAFF:
            allowed = caller in AT_THE_BALL
            yield Case(
                f"get {caller}: {path} of the ball", caller, get(f"events/ball/{path}"), allowed
            )
    for caller in (*STAFF, *STRANGERS):
        allowed = caller in STAFF
        summary = get("eventUsers/gala/users/alice")
        yield Case(f"get {caller}: a guest's summary", caller, summary, allowed)
        for name in ("scans", "conflicts", "devices"):
            listing = query(where(name), "events/gala")
            yield Case(f"list {caller}: {name} of the gala", caller, listing, allowed)
    for caller in (*STAFF, *STRANGERS):
        codes, allowed = "events/gala/ragers/of-alice", caller in ADMINS
        yield Case(f"get {caller}: a code of the gala", caller, get(codes), allowed)
        listing = query(where("ragers"), "events/gala")
        yield Case(f"list {caller}: codes of the gala", caller, listing, allowed)
    everywhere = where("scans")
    everywhere["from"][0]["allDescendants"] = True
    for caller in ("steward_anywhere", "admin_by_claim", "alice"):
        yield Case(f"list {caller}: scans of all events", caller, query(everywhere), False)


def _guests() -> Iterator[Case]:
    own = where("ragers", ("userId", "EQUAL", "alice"))
    of_all_events = where("ragers", ("userId", "EQUAL", "alice"))
    of_all_events["from"][0]["allDescendants"] = True
    unfiltered = where("ragers")
    unfiltered["from"][0]["allDescendants"] = True
    batch, scan = "events/gala/ragers/of-alice", "events/gala/scans/s1"
    yield Case("guest: one's own batch", "alice", get(batch), True)
    yield Case("guest: one's own batch, anonymous", "alice_anonymously", get(batch), True)
    yield Case("guest: one's own batches of an event", "alice", query(own, "events/gala"), True)
    yield Case("guest: another's batches of an event", "bob", query(own, "events/gala"), False)
    yield Case("guest: one's own batches of all events", "alice", query(of_all_events), True)
    yield Case("guest: count them", "alice", count(of_all_events), True)
    yield Case("guest: another's batches of all events", "bob", query(of_all_events), False)
    yield Case("guest: all batches of all events", "alice", query(unfiltered), False)
    yield Case("staff: all batches of all events", "steward_anywhere", query(unfiltered), False)
    yield Case("guest: batches without a token", "nobody", query(of_all_events), False)
    yield Case("guest: one's own summary", "alice", get("eventUsers/gala/users/alice"), True)
    yield Case("guest: no summary yet", "carol", get("eventUsers/gala/users/carol"), True)
    yield Case("guest: all summaries", "alice", query(where("users"), "eventUsers/gala"), False)
    yield Case("guest: a scan of one's own ticket", "alice", get(scan), False)
    yield Case("guest: a token", "alice", get("ticketTokens/of-alice"), False)
    yield Case("staff: a token", "admin_by_claim", get("ticketTokens/of-alice"), False)


def _roles() -> Iterator[Case]:
    members = query(where("members"), "eventStaff/gala")
    yield Case("role: one's own", "mia", get("eventStaff/gala/members/mia"), True)
    yield Case("role: none of one's own", "carol", get("eventStaff/gala/members/carol"), True)
    yield Case("role: another's", "max", get("eventStaff/gala/members/mia"), False)
    yield Case(
        "role: another's, for administrators", "ada", get("eventStaff/gala/members/mia"), False
    )
    yield Case("role: unsigned", "nobody", get("eventStaff/gala/members/mia"), False)
    yield Case("role: all", "max", members, False)
    yield Case("administrator: oneself", "ada", get("adminUsers/ada"), True)
    yield Case("administrator: oneself, who is none", "bob", get("adminUsers/bob"), True)
    yield Case("administrator: another", "bob", get("adminUsers/ada"), False)
    yield Case("administrator: all", "ada", query(where("adminUsers")), False)


def _devices() -> Iterator[Case]:
    """Mel's device was revoked at the gala, and Mia's has no role at the ball."""
    own = query(where("devices", ("deviceId", "EQUAL", "mel")), "events/gala")
    yield Case("device: itself, revoked", "mel", get("events/gala/devices/mel"), True)
    yield Case("device: itself, elsewhere", "mia", get("events/ball/devices/mia"), True)
    yield Case("device: itself, not paired", "carol", get("events/gala/devices/carol"), True)
    yield Case("device: another, revoked", "mel", get("events/gala/devices/mia"), False)
    yield Case("device: another, elsewhere", "mia", get("events/ball/devices/mel"), False)
    yield Case("device: itself, as a list", "mel", own, False)
    yield Case("device: a pairing code", "mia", get("pairingCodes/of-alice"), False)
    yield Case("device: pairing codes", "max", query(where("pairingCodes")), False)
    revive = Write("events/gala/devices/mel", {"revokedAt": None}, mask=("revokedAt",))
    yield Case("device: revive itself", "mel", commit(revive), False)
    pair = Write("events/gala/devices/bob", {"deviceId": "bob"}, exists=False)
    yield Case("device: pair itself", "bob", commit(pair), False)


def _writing() -> Iterator[Case]:
    paths = (
        *(f"events/gala/{path}" for path in OF_THE_DOOR),
        "eventUsers/gala/users/alice",
        "eventStaff/gala/members/mia",
        "adminUsers/ada",
    )
    for path in paths:
        for caller in ("alice", "mia", "max", "ada", "admin_by_claim"):
            change = Write(path, {"usedCount": 0}, mask=("usedCount",))
            yield Case(f"change {caller}: {path}", caller, commit(change), False)
            yield Case(f"delete {caller}: {path}", caller, commit(Write(path, delete=True)), False)
    for caller in (name for name, claims in CALLERS.items() if claims is not None):
        uid = caller.partition("_")[0]
        appoint = Write(f"eventStaff/ball/members/{uid}", {"role": "supervisor"}, exists=False)
        yield Case(f"appoint oneself {caller}", caller, commit(appoint), False)
    crown = Write("adminUsers/bob", {}, exists=False)
    yield Case("make oneself an administrator", "bob", commit(crown), False)
