"""What guests hold, followed from commit to commit and held to what must always be true of it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from firetill.database import Write
from tests.simulation.world import Broken, World

Guest = tuple[str, str]
"""An event and a user."""

ENDS: Final = {"refunded", "transferred", "revoked", "replaced"}
HASHES_KEPT: Final = 20
SPREAD_AT_MOST: Final = 50
LATE_SECONDS: Final = 20.0
"""A commit that lands so long after its stamp is nothing that real time-outs allow."""


class Held(NamedTuple):
    """A batch, as far as others depend on it."""

    event: str
    user: str
    quantity: int
    used: int
    outside: int
    adrift: int
    voided: int
    refunded: int
    closed: str | None
    origin: str

    @property
    def remaining(self) -> int:
        """How many may still go in."""
        return 0 if self.closed else self.quantity - self.used

    @property
    def returning(self) -> int:
        """How many of those outside may come back."""
        return max(0, self.outside - (self.refunded - self.voided))


@dataclass
class BatchBooks:
    """Every batch with its tokens, and the sums over guests, purchases and events.

    `drift` is by how much somebody has put a summary wrong by hand, in tickets and in used ones.
    `legacy` are batches from before there were tokens, until they are given some. `ever_reentry`
    are the events that have ever let guests come back. `silently_at` is the commit by which a batch
    last changed although its summary did not.
    """

    world: World
    held: dict[str, Held] = field(default_factory=dict)
    tokens: dict[str, list[str]] = field(default_factory=dict)
    changed_at: dict[str, int] = field(default_factory=dict)
    silently_at: dict[str, int] = field(default_factory=dict)
    deactivated: set[str] = field(default_factory=set)
    ever_reentry: set[str] = field(default_factory=set)
    legacy: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    drift: dict[Guest, tuple[int, int]] = field(default_factory=dict)
    ever_drifted: set[Guest] = field(default_factory=set)
    remaining_at: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _of: dict[Guest, dict[str, None]] = field(default_factory=dict)
    _versions: dict[Guest, int] = field(default_factory=dict)
    _bought: dict[str, list[int]] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    _sold: dict[str, int] = field(default_factory=dict)

    def follow(self, writes: Sequence[Write]) -> None:
        """Look at what a commit has changed.

        Raises:
            Broken: something does not hold.
        """
        batches, guests, events = self._changed(writes)
        if not (batches or guests or events):
            return
        recounted, new = dict(guests), {path for path in batches if path not in self.held}
        for path in batches:
            for guest in self._take(path, summaries=guests):
                recounted[guest] = None
            events[self.held[path].event] = None
        self._see_corrections(writes)
        for path in batches:
            self._see_tokens(path)
            self._see_purchase(self.held[path], path, is_new=path in new)
        for guest in recounted:
            self._see_summary(guest, written=guest in guests)
        for event in events:
            self._see_stock(event)

    def _changed(
        self, writes: Sequence[Write]
    ) -> tuple[dict[str, None], dict[Guest, None], dict[str, None]]:
        """Return the batches, guests and events that a commit has to do with."""
        batches: dict[str, None] = {}
        guests: dict[Guest, None] = {}
        events: dict[str, None] = {}
        for write in writes:
            if write.kind == "check":
                continue
            collection, _, rest = write.path.partition("/")
            if collection == "events":
                event, _, rest = rest.partition("/")
                if not rest or rest.startswith("inventory/"):
                    events[event] = None
                    self.changed_at[f"events/{event}"] = self.world.commits
                elif rest.startswith("ragers/"):
                    batches[write.path] = None
            elif collection == "ticketTokens":
                batches[self._token(write.path)] = None
            elif collection == "eventUsers":
                event, _, user = rest.partition("/users/")
                guests[event, user] = None
        return batches, guests, events

    def _see_corrections(self, writes: Sequence[Write]) -> None:
        for write in writes:
            if write.kind == "put" and write.fields.get("kind") == "summary_correction":
                guest = str(write.fields["eventId"]), str(write.fields["userId"])
                if not any(self.drift.get(guest, (0, 0))):
                    raise Broken("nothing right is corrected", f"{guest}")
                self.drift.pop(guest)

    def put_wrong(self, guest: Guest, tickets: int, used: int) -> None:
        """Know that somebody has written a summary by hand, with so many too many."""
        before = self.drift.get(guest, (0, 0))
        self.drift[guest] = before[0] + tickets, before[1] + used
        self.ever_drifted.add(guest)

    def is_in_order(self, path: str) -> bool:
        """Tell whether all batches of a batch's guest have tokens and are in the summary."""
        guest = self.held[path].event, self.held[path].user
        known = self.drift.get(guest, (0, 0))[0] >= 0
        return known and not any(one in self.legacy for one in self._of[guest])

    def batches_of(self, guest: Guest) -> Iterable[Held]:
        """All batches of a guest."""
        return (self.held[path] for path in self._of.get(guest, ()))

    def paths_of(self, guest: Guest) -> list[str]:
        """The paths of a guest's batches."""
        return list(self._of.get(guest, ()))

    def sums(self, guest: Guest) -> tuple[int, int]:
        """How many tickets a guest holds in all, and how many of them are used."""
        held = list(self.batches_of(guest))
        return sum(one.quantity for one in held), sum(one.used for one in held)

    def issued(self, path: str) -> int:
        """For how many tickets a batch that was not passed on was made."""
        return self._bought[path][0]

    # One batch.

    def _token(self, path: str) -> str:
        data = self.world.look(path)
        if data is None:
            raise Broken("tokens stay", path)
        owner = f"events/{data['eventId']}/ragers/{data['ragerId']}"
        token = path.partition("/")[2]
        if self._owners.setdefault(token, owner) != owner:
            raise Broken("a token has one batch", f"{path}: {owner}")
        known = self.tokens.setdefault(owner, [])
        if token not in known:
            known.append(token)
            if owner in self.legacy:
                # A door that read it before could not, and its summary has not moved since.
                self.silently_at[owner] = self.world.commits
            self.legacy.discard(owner)
        return owner

    def _take(self, path: str, *, summaries: Mapping[Guest, None]) -> list[Guest]:
        """Take note of a batch; return the guests whose sums it has changed."""
        data = self.world.look(path)
        if data is None:
            raise Broken("batches stay", path)
        before, after = self.held.get(path), _held(path, data)
        self.held[path] = after
        self.changed_at[path] = self.world.commits
        if not 0 <= after.outside <= after.used <= after.quantity:
            raise Broken("counts are possible", f"{path}: {after}")
        if not 0 <= after.voided <= after.refunded <= after.voided + after.used:
            raise Broken("refunds are of tickets", f"{path}: {after}")
        self._see_active(path, data, after)
        stamp = data.get("updatedAt")
        late = stamp is None or (self.world.now - stamp).total_seconds() > LATE_SECONDS
        (self.late.add if late else self.late.discard)(path)
        quantity, alive = (before.quantity, before.quantity + before.voided) if before else (0, 0)
        self._sold[after.event] = self._sold.get(after.event, 0) + after.quantity - quantity
        family = self._bought.setdefault(after.origin, [after.quantity + after.voided, 0])
        family[1] += after.quantity + after.voided - alive
        guest = after.event, after.user
        self._of.setdefault(guest, {})[path] = None
        if before is None:
            return [guest]
        if before.closed and after.closed != before.closed:
            raise Broken("what is closed stays so", f"{path}: {after.closed}")
        earlier = before.event, before.user
        if earlier != guest:
            del self._of[earlier][path]
            drift = self.drift.pop(earlier, (0, 0))
            if any(drift):
                self.put_wrong(guest, *drift)
            return [earlier, guest]
        counts = (before.quantity, before.used, before.outside)
        if counts != (after.quantity, after.used, after.outside) and guest not in summaries:
            raise Broken("a summary moves with its batches", f"{path}: {after}")
        return [guest]

    def _see_active(self, path: str, data: Mapping[str, Any], after: Held) -> None:
        if not after.remaining:
            self.deactivated.discard(path)
        expected = after.remaining > 0 and path not in self.deactivated
        if path not in self.legacy and data["active"] != expected:
            raise Broken("active as it has tickets", f"{path}: {data['active']}")

    def _see_tokens(self, path: str) -> None:
        if path in self.legacy:
            return
        data, known = self.world.look(path) or {}, self.tokens.get(path, [])
        says = {token: self.world.look(f"ticketTokens/{token}") or {} for token in known}
        alive = [token for token, one in says.items() if one["revokedAt"] is None]
        if alive != ([] if data["closed"] else [data["token"]]):
            raise Broken("one live token", f"{path}: {alive} of {known}, {data['closed']}")
        for token, one in says.items():
            if token not in alive and one["revokedReason"] not in ENDS:
                raise Broken("a dead token says why", f"{path}: {dict(one)}")
        if data["closed"] and says[data["token"]]["revokedReason"] != data["closed"]:
            raise Broken("a dead token says why", f"{path}: closed as {data['closed']}")
        hashes = [hashlib.sha256(one.encode()).hexdigest() for one in known[:-1]]
        if data["token"] != known[-1] or data["previousTokenHashes"] != hashes[-HASHES_KEPT:]:
            raise Broken("old tokens are remembered", f"{path}: {known}")
        signed = f"FT1.{data['eventId']}.{len(known)}.{data['token']}."
        if data["version"] != len(known) or not data["code"].startswith(signed):
            raise Broken("a code for each token", f"{path}: {data['code']}")

    def _see_purchase(self, held: Held, path: str, *, is_new: bool) -> None:
        """Tickets that are passed on are neither more nor fewer, and can be found again."""
        issued, now = self._bought[held.origin]
        if issued != now:
            raise Broken("transfers change no sum", f"{held.origin}: {now} of {issued}")
        if path == held.origin:
            return
        if held.quantity:
            found = (self.world.look(held.origin) or {}).get("transferredTo", [])
            if path.rpartition("/")[2] not in found or len(found) > SPREAD_AT_MOST:
                raise Broken("a purchase knows its tickets", f"{path}: {found}")
        if is_new:
            batch = self.world.look(path) or {}
            source = f"events/{held.event}/ragers/{batch['transferredFrom']}"
            for token in self.tokens[source]:
                says = self.world.look(f"ticketTokens/{token}") or {}
                if says["revokedAt"] is None and says["createdAt"] != batch["createdAt"]:
                    raise Broken("who gives keeps no old code", f"{source}: {dict(says)}")

    # Sums.

    def _see_summary(self, guest: Guest, *, written: bool) -> None:
        event, user = guest
        data = self.world.look(f"eventUsers/{event}/users/{user}")
        summary = data or {}
        tickets, used = self.sums(guest)
        drift = self.drift.get(guest, (0, 0))
        says = summary.get("totalTickets", 0) - drift[0], summary.get("usedCount", 0) - drift[1]
        if says != (tickets, used):
            raise Broken("a summary is its batches", f"{guest}: {says}, not {tickets, used}")
        if data is None:
            self._versions.pop(guest, None)  # it has gone with its account
            return
        named = list(summary.get("ragerIds", ()))
        holding = [
            path.rpartition("/")[2] for path in self._of.get(guest, ()) if self.held[path].quantity
        ]
        if not any(drift) and (len({*named}) < len(named) or {*holding} - {*named}):
            raise Broken("a summary names its batches", f"{guest}: {named}, not {holding}")
        version = int(summary.get("version", 0))
        if written and version <= self._versions.get(guest, -1):
            raise Broken("a summary's version rises", f"{guest}: {version}")
        self._versions[guest] = version
        remaining = sum(one.remaining for one in self.batches_of(guest))
        self.remaining_at[event, user, version] = remaining

    def _see_stock(self, event: str) -> None:
        data = self.world.look(f"events/{event}")
        if data is None:
            return
        places = [data, *self.world.documents(f"events/{event}/inventory")]
        if any(not 0 <= one.get("reserved", 0) <= one["quantity"] for one in places):
            raise Broken("no stock below zero", f"{event}: {places}")
        left, sold = sum(one["quantity"] for one in places), self._sold.get(event, 0)
        if left + sold != data["initialQuantity"]:
            raise Broken("tickets are conserved", f"{event}: {left} left, {sold} with guests")


def _held(path: str, data: Mapping[str, Any]) -> Held:
    event, origin = path.split("/")[1], data.get("origin")
    return Held(
        event=event,
        user=str(data["userId"]),
        quantity=int(data["ticketQuantity"]),
        used=int(data.get("usedCount", 0)),
        outside=int(data.get("outside", 0)),
        adrift=int(data.get("adrift", 0)),
        voided=int(data.get("voidedUnits", 0)),
        refunded=int(data.get("refundedUnits", 0)),
        closed=data.get("closed"),
        origin=f"events/{event}/ragers/{origin}" if origin else path,
    )
