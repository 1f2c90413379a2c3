"""Guests who pass tickets on, and the administrator who creates them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from firetill import access
from firetill.access import Caller
from firetill.database import Database
from firetill.errors import DirectoryUnavailable
from firetill.orders import manual
from firetill.orders.manual import CreateTickets, IssuedBatch
from firetill.tickets import service
from firetill.tickets.transfer_model import Transferred, TransferTicket
from tests.evening import CODES, EVENT, Evening

ADA, BOB, CARA = "ada", "bob", "cara"
ADMIN: Final = access.user("root", {"admin": True})


@dataclass
class People:
    """A directory: who has an account, under which address that they have proved."""

    accounts: dict[str, str] = field(
        default_factory=lambda: {name: f"{name}@example.com" for name in (ADA, BOB, CARA)}
    )
    asleep: bool = False

    def exists(self, user_id: str) -> bool:
        self._answer()
        return user_id in self.accounts

    def email_of(self, user_id: str) -> str | None:
        self._answer()
        return self.accounts.get(user_id)

    def user_id_by_email(self, email: str) -> str | None:
        self._answer()
        return next((one for one, known in self.accounts.items() if known == email), None)

    def delete(self, user_id: str) -> None:
        self._answer()
        self.accounts.pop(user_id, None)

    def _answer(self) -> None:
        if self.asleep:
            raise DirectoryUnavailable


@dataclass
class Holders:
    """What they ask of the till, with what most tests leave alone filled in."""

    evening: Evening
    people: People

    def transfer(
        self,
        rager_id: str,
        quantity: int = 1,
        *,
        to: str | None = BOB,
        email: str | None = None,
        key: str = "pass-1",
        caller: str = ADA,
        event_id: str = EVENT,
        database: Database | None = None,
    ) -> Transferred:
        request = TransferTicket(
            event_id=event_id,
            rager_id=rager_id,
            quantity=quantity,
            idempotency_key=key,
            to_user_id=None if email else to,
            to_email=email,
        )
        over = database or self.evening.database
        return service.transfer(over, CODES, self.people, access.user(caller, {}), request)

    def create(
        self,
        user_id: str = ADA,
        quantity: int = 1,
        *,
        key: str = "by-hand-1",
        caller: Caller = ADMIN,
        event_id: str = EVENT,
        database: Database | None = None,
    ) -> IssuedBatch:
        request = CreateTickets(
            event_id=event_id, user_id=user_id, quantity=quantity, idempotency_key=key
        )
        over = database or self.evening.database
        return manual.create_manually(over, CODES, self.people, caller, request)

    def read(self, path: str) -> Mapping[str, Any] | None:
        [found] = self.evening.database.get(path)
        return found.data

    def summary(self, user_id: str) -> tuple[int, int, list[str]]:
        """What a guest holds: tickets, of which used, and the batches."""
        found = self.read(f"eventUsers/{self.evening.event_id}/users/{user_id}") or {}
        return found.get("totalTickets", 0), found.get("usedCount", 0), found.get("ragerIds", [])
