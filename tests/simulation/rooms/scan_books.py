"""What happened at the doors, followed from commit to commit and held against the batches."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from firetill.database import Write
from tests.simulation.rooms.batch_books import BatchBooks, Held
from tests.simulation.world import Broken, World

Json = Mapping[str, Any]

_FOR_EVER: Final = (
    "result",
    "reason",
    "ragerId",
    "count",
    "counted",
    "readmitted",
    "left",
    "direction",
    "at",
    "usedCount",
    "remaining",
    "inside",
)


class Aim(NamedTuple):
    """What a scan that is under way wants, and the number of the commit before it began."""

    event: str | None
    shown: str | None
    token: str | None
    user: str | None
    guests: int
    direction: str
    expected_version: int | None
    began: int


@dataclass
class ScanBooks:
    """Every scan, and for each batch the sums of those that were not taken back."""

    world: World
    batches: BatchBooks
    aims: dict[int, Aim] = field(default_factory=dict)
    scans: dict[str, Json] = field(default_factory=dict)
    ever_undone: set[str] = field(default_factory=set)
    _sums: dict[str, Counter[str]] = field(default_factory=dict)
    _before: dict[str, Held] = field(default_factory=dict)

    def begin(self) -> None:
        """Take the batches that were there before any scan as they are."""
        for path, held in self.batches.held.items():
            self._sums[path] = Counter(counted=held.used, left=held.outside)
        self._before = dict(self.batches.held)

    def follow(self, writes: Sequence[Write]) -> None:
        """Look at what a commit has changed.

        Raises:
            Broken: something does not hold.
        """
        touched: dict[str, None] = {}
        conflicts: dict[str, None] = {}
        for write in writes:
            if write.kind == "check" or not write.path.startswith("events/"):
                continue
            parts = write.path.split("/")
            if len(parts) == 2:
                continue
            if parts[2] == "ragers":
                touched[write.path] = None
            elif parts[2] == "scans":
                self._see_scan(write.path, writes, touched)
            elif parts[2] == "conflicts":
                conflicts[write.path] = None
        for path in conflicts:
            self._see_conflict(path)
        for path in touched:
            self._see_sums(path)
            self._before[path] = self.batches.held[path]

    # A scan.

    def _see_scan(self, path: str, writes: Sequence[Write], touched: dict[str, None]) -> None:
        scan = self.world.look(path)
        if scan is None:
            raise Broken("scans stay", path)
        before, self.scans[path] = self.scans.get(path), scan
        batch = f"events/{scan['eventId']}/ragers/{scan['ragerId']}"
        if scan["counted"] or scan["readmitted"] or scan["left"]:
            touched[batch] = None
        if before is None:
            if scan.get("source") == "offline":
                self._see_offline(path, scan, batch, writes)
            else:
                self._see_online(path, scan, batch, writes)
            if scan["result"] != "denied":
                self._add(batch, scan, 1)
            return
        if any(scan[name] != before[name] for name in _FOR_EVER):
            raise Broken("what was judged stays so", f"{path}: {dict(scan)}, was {dict(before)}")
        if before["undoneAt"] is None and scan["undoneAt"] is not None:
            self.ever_undone.add(batch)
            self._see_audited("scan_undone", scan, writes)
            self._add(batch, scan, -1)
        elif before["undoneAt"] != scan["undoneAt"]:
            raise Broken("undone once", path)

    def _add(self, batch: str, scan: Json, sign: int) -> None:
        sums = self._sums.setdefault(batch, Counter())
        for name in ("counted", "readmitted", "left"):
            sums[name] += sign * scan[name]

    def _see_online(self, path: str, scan: Json, batch: str, writes: Sequence[Write]) -> None:
        count, passed = scan["count"], scan["counted"] + scan["readmitted"]
        expected = {"admitted": (count, 0), "left": (0, count), "denied": (0, 0)}
        if (passed, scan["left"]) != expected[scan["result"]]:
            raise Broken("all of a party or nobody", f"{path}: {dict(scan)}")
        task = self.world.tasks.running
        aim = self.aims[task.number] if task else None
        if scan["result"] == "denied":
            if any(one.kind == "put" and "/ragers/" in one.path for one in writes):
                raise Broken("a denial changes no ticket", path)
            if aim is not None and self._would_admit(aim, scan):
                raise Broken("nobody is turned away wrongly", f"{path}: {scan['reason']} of {aim}")
            return
        held = self.batches.held[batch]
        told = scan["usedCount"], scan["ticketQuantity"], scan["remaining"], scan["inside"]
        if told != (held.used, held.quantity, held.remaining, held.used - held.outside):
            raise Broken("told as it is", f"{path}: {told} of {held}")
        if scan["remainingTotal"] != self._remaining_total(held):
            raise Broken("told as it is", f"{path}: {scan['remainingTotal']} left in all")
        if aim is None:
            return
        self._see_aimed(path, scan, held, aim)

    def _remaining_total(self, held: Held) -> int:
        guest = held.event, held.user
        tickets, used = self.batches.sums(guest)
        drift = self.batches.drift.get(guest, (0, 0))
        return tickets + drift[0] - used - drift[1]

    def _see_aimed(self, path: str, scan: Json, held: Held, aim: Aim) -> None:
        """Somebody passed: by a live token, by a guest's own batch, as the preview said."""
        if aim.user is not None and held.user != aim.user:
            raise Broken("by the guest's own tickets", f"{path}: {held} for {aim.user}")
        if aim.expected_version is not None and aim.user is not None:
            summary = self.world.look(f"eventUsers/{held.event}/users/{held.user}") or {}
            if summary["version"] != aim.expected_version + 1:
                raise Broken("as the preview showed", f"{path}: {aim}, {dict(summary)}")
        if scan["result"] == "left":
            return
        if held.closed is not None:
            raise Broken("no dead ticket admits", f"{path}: {held}")
        if aim.token is not None:
            says = self.world.look(f"ticketTokens/{aim.token}")
            if says is None or says["revokedAt"] or says["ragerId"] != scan["ragerId"]:
                raise Broken("no dead token admits", f"{path}: {says and dict(says)}")
        if scan["readmitted"] and held.event not in self.batches.ever_reentry:
            raise Broken("nobody comes back unless allowed", path)
        if scan["readmitted"] and held.outside < held.refunded - held.voided:
            raise Broken("nobody comes back whose money did", f"{path}: {held}")

    def _would_admit(self, aim: Aim, scan: Json) -> bool:
        """Whether a denied party had tickets, by what has been so since before it asked."""
        event_path = f"events/{scan['eventId']}"
        event = self.world.look(event_path) or {}
        if aim.direction == "out" or self.batches.changed_at.get(event_path, 0) > aim.began:
            return False
        if not event["active"] or event.get("endsAt") or event.get("doorsOpenAt"):
            return False
        paths = self._paths_aimed_at(aim, str(scan["eventId"]))
        # By guest the commit insists on the summary, so the batches are as they were read, unless
        # they changed without it.
        since = self.batches.changed_at if aim.token is not None else self.batches.silently_at
        if any(since.get(one, 0) > aim.began or not self.batches.is_in_order(one) for one in paths):
            return False
        held = [self.batches.held[one] for one in paths if one not in self.batches.deactivated]
        places = [
            one.remaining + (one.returning if event.get("reentry") and not one.closed else 0)
            for one in held
        ]
        return max(places, default=0) >= aim.guests

    def _paths_aimed_at(self, aim: Aim, event: str) -> list[str]:
        """The batches by which a party would go in: those of its guest, or of its good code."""
        if aim.token is None:
            return self.batches.paths_of((event, str(aim.user)))
        says = self.world.look(f"ticketTokens/{aim.token}")
        if says is None or says["revokedAt"] or aim.event not in {None, says["eventId"]}:
            return []
        path = f"events/{says['eventId']}/ragers/{says['ragerId']}"
        batch = self.world.look(path) or {}
        return [path] if aim.shown in {batch["token"], batch["code"]} else []

    # Scans that came late.

    def _see_offline(self, path: str, scan: Json, batch: str, writes: Sequence[Write]) -> None:
        moved = scan["counted"] + scan["readmitted"]
        came_in = (scan["result"], scan["direction"]) == ("admitted", "in")
        if moved + scan["overAdmitted"] != (scan["count"] if came_in else 0):
            raise Broken("who went in is used or over", f"{path}: {dict(scan)}")
        if not 0 <= scan["left"] <= (scan["count"] if scan["result"] == "left" else 0):
            raise Broken("who left was in", f"{path}: {dict(scan)}")
        conflict = self.world.look(path.replace("/scans/", "/conflicts/"))
        missing = scan["overAdmitted"] or (
            scan["result"] == "left" and scan["left"] < scan["count"]
        )
        if scan["conflict"] != (conflict is not None) or (missing and not scan["conflict"]):
            raise Broken("every conflict is named once", f"{path}: {dict(scan)}")
        if scan["forcedReason"] is not None:
            self._see_audited("admission_forced", scan, writes)
        if came_in and batch in self._before:
            self._see_late(path, scan, batch)

    def _see_late(self, path: str, scan: Json, batch: str) -> None:
        """A scan from before its token died uses what is there, one from after it nothing."""
        token, reason = self._token_of(batch, scan["tokenHash"]), scan["conflictReason"]
        died = token and token["revokedAt"]
        if died is not None and died <= scan["at"]:
            if scan["counted"] or scan["readmitted"] or reason != "revoked_before_scan":
                raise Broken("no dead token admits", f"{path}: {dict(scan)}")
        elif scan["overAdmitted"] and self.batches.held[batch].remaining:
            raise Broken("who went in is used or over", f"{path}: {self.batches.held[batch]}")
        elif reason == "revoked_before_scan":
            raise Broken("what was good then counts", f"{path}: {dict(scan)}")

    def _token_of(self, batch: str, token_hash: str) -> Json | None:
        """What is known of the token of a batch that has this hash."""
        for token in self.batches.tokens.get(batch, ()):
            if hashlib.sha256(token.encode()).hexdigest() == token_hash:
                return self.world.look(f"ticketTokens/{token}")
        return None

    def _see_conflict(self, path: str) -> None:
        conflict, scan = (
            self.world.look(path),
            self.scans.get(path.replace("/conflicts/", "/scans/")),
        )
        if conflict is None or scan is None or not scan["conflict"]:
            raise Broken("every conflict is named once", path)
        told = conflict["reason"], conflict["overAdmitted"], conflict["count"]
        if told != (scan["conflictReason"], scan["overAdmitted"], scan["count"]):
            raise Broken("every conflict is named once", f"{dict(conflict)}: {dict(scan)}")
        batch = f"events/{scan['eventId']}/ragers/{scan['ragerId']}"
        ended, token = conflict["revocation"], self._token_of(batch, scan["tokenHash"])
        if ended is None or token is None:
            return
        if (ended["reason"], ended["at"]) != (token["revokedReason"], token["revokedAt"]):
            raise Broken("a conflict says why", f"{dict(conflict)}: {dict(token)}")

    def _see_audited(self, kind: str, scan: Json, writes: Sequence[Write]) -> None:
        if not any(
            one.fields.get("kind") == kind and one.fields.get("scanId") == scan["scanId"]
            for one in writes
        ):
            raise Broken("on the record", f"{kind} of {scan['scanId']} is not")

    # A batch.

    def _see_sums(self, path: str) -> None:
        held, sums = self.batches.held[path], self._sums.get(path, Counter())
        if held.used != sums["counted"]:
            raise Broken("used is scanned", f"{path}: {held.used}, scanned {sums['counted']}")
        outside = sums["left"] - sums["readmitted"]
        if held.outside + held.adrift != outside:
            raise Broken("outside is who left", f"{path}: {held}, by the scans {outside}")
        if held.adrift and path not in self.ever_undone:
            raise Broken("nothing is adrift unless undone", f"{path}: {held}")
