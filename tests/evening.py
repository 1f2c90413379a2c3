"""An evening at the doors: an event, guests with tickets, and devices that know the roster."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from firetill import access
from firetill.access import Caller
from firetill.database import Database, Transaction
from firetill.door import moves, offline, roster
from firetill.door.moves import Move
from firetill.door.offline_model import OfflineScan, UploadedScan, UploadScans
from firetill.door.roster_model import GetRoster, Roster, RosterEntry
from firetill.tickets import batches, repository
from firetill.tickets.codes import Codes, new_token
from firetill.tickets.model import Batch, Closed, LastScan
from firetill.tickets.rules import with_counts

EVENT: Final = "gala"
CODES: Final = Codes([base64.b64encode(bytes(range(32))).decode()])
STEWARD: Final = access.user("steward", {"staff": [EVENT]})


def event_fields(**changes: Any) -> dict[str, Any]:
    """The document of an event as an administrator writes it."""
    return {
        "name": "Gala",
        "priceCents": 2_500,
        "currency": "eur",
        "quantity": 0,
        "initialQuantity": 0,
        "active": True,
        "offlineAllowed": True,
        **changes,
    }


@dataclass
class Evening:
    """What happens at an event, as commits."""

    database: Database
    event_id: str = EVENT

    def write(self, path: str, fields: Mapping[str, Any]) -> None:
        """Write a document by hand."""

        def body(tx: Transaction) -> None:
            tx.get(path)
            tx.merge(path, fields)

        self.database.run_transaction(body)

    def announce(self, **changes: Any) -> None:
        """Write the event."""
        self.write(f"events/{self.event_id}", event_fields(**changes))

    def issue(self, rager_id: str, quantity: int = 1, *, user_id: str | None = None) -> Batch:
        """Give a guest of their own a batch."""
        token, guest = new_token(), user_id or f"guest-of-{rager_id}"

        def body(tx: Transaction) -> Batch:
            tx.get(*batches.documents(self.event_id, guest, rager_id))
            return batches.issue(
                tx,
                CODES,
                token=token,
                rager_id=rager_id,
                event_id=self.event_id,
                user_id=guest,
                quantity=quantity,
                order_id=None,
            )

        return self.database.run_transaction(body)

    def batch(self, rager_id: str) -> Batch:
        """The batch as it is."""
        [found] = self.database.get(repository.batch_path(self.event_id, rager_id))
        batch = repository.batch_in(found)
        assert batch is not None
        return batch

    def document(self, path: str) -> Mapping[str, Any] | None:
        """A document below the event."""
        [found] = self.database.get(f"events/{self.event_id}/{path}")
        return found.data

    def change(
        self,
        rager_id: str,
        change: Callable[[Transaction, Batch], Batch],
        database: Database | None = None,
    ) -> Batch:
        """Change a batch in a commit of its own."""

        def body(tx: Transaction) -> Batch:
            before = self.batch(rager_id)
            tx.get(
                *batches.documents(self.event_id, before.user_id, rager_id),
                repository.token_path(before.token),
            )
            after = change(tx, before)
            batches.change(tx, before, after)
            return after

        return (database or self.database).run_transaction(body)

    def admit(self, rager_id: str, database: Database | None = None) -> Batch:
        """Let one guest of a batch in, as an online scan does."""

        def change(tx: Transaction, batch: Batch) -> Batch:
            last = LastScan(scan_id="online", at=tx.now, gate="north", device="tablet")
            return moves.moved(batch, Move(counted=1), tx.now, last)

        return self.change(rager_id, change, database)

    def reissue(self, rager_id: str) -> Batch:
        """Replace a batch's token."""
        token = new_token()

        def change(tx: Transaction, batch: Batch) -> Batch:
            renewed = batches.replace_token(tx, CODES, batch, token, "replaced")
            return msgspec.structs.replace(renewed, updated_at=tx.now)

        return self.change(rager_id, change)

    def close(self, rager_id: str, reason: Closed = "revoked") -> Batch:
        """Close a batch and revoke its token."""

        def change(tx: Transaction, batch: Batch) -> Batch:
            batches.revoke(tx, batch, reason)
            return with_counts(batch, tx.now, closed=reason)

        return self.change(rager_id, change)

    def deactivate(self, rager_id: str) -> None:
        """Deactivate a batch by hand."""
        self.write(repository.batch_path(self.event_id, rager_id), {"active": False})

    def upload(
        self,
        *scans: OfflineScan,
        device: str = "phone",
        caller: Caller = STEWARD,
        database: Database | None = None,
    ) -> list[UploadedScan]:
        """What comes of the scans that a device brings back."""
        request = UploadScans(event_id=self.event_id, device=device, scans=list(scans))
        return offline.upload(database or self.database, CODES, caller, request).results

    def page(self, cursor: str | None = None, limit: int = 200) -> Roster:
        """A page of the roster, as staff gets it."""
        request = GetRoster(event_id=self.event_id, cursor=cursor, limit=limit)
        return roster.roster(self.database, CODES, STEWARD, request)


@dataclass
class Device:
    """A device at the door that keeps the roster."""

    evening: Evening
    limit: int = 200
    cursor: str | None = None
    known: dict[str, RosterEntry] = field(default_factory=dict)
    heard: int = 0

    def step(self) -> bool:
        """Ask for one page; whether there is more."""
        page = self.evening.page(self.cursor, self.limit)
        self.cursor = page.cursor
        self.heard += len(page.entries)
        self.known.update({entry.rager_id: entry for entry in page.entries})
        return page.more

    def catch_up(self) -> None:
        """Ask until there is no more."""
        while self.step():
            pass

    def used(self) -> dict[str, int]:
        """How many guests of each batch are in, as far as this device knows."""
        return {rager_id: entry.used_count for rager_id, entry in self.known.items()}
