"""Wallets and the ledger: exact at every commit, whatever anybody does."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from firetill.accounts.welcome import sign_up
from firetill.database import Write
from firetill.ledger import rules
from firetill.ledger import service as ledger
from firetill.ledger.model import Entry, Wallet
from firetill.upkeep import service as upkeep
from tests.factories import post, posting
from tests.simulation.room import USERS, Job, Room
from tests.simulation.world import Broken, World


class Wallets(Room):
    """Follows every chain as it grows."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._verified: dict[str, Wallet] = {}
        self._hashes: dict[str, str] = {}
        self._clawed: set[str] = set()

    def open(self) -> None:
        db = self.world.database
        for user in USERS:
            sign_up(db, user, anonymous=False)
            post(db, user, posting("credits_grant", 100, "simulation"))

    def jobs(self) -> Mapping[str, Job]:
        db = self.world.database
        return {
            "reconcileAllUsers": lambda: upkeep.reconcile_all_users(db),
            "reconcileIncremental": lambda: upkeep.reconcile_incremental(db),
        }

    def after_commit(self, writes: Sequence[Write]) -> None:
        fresh: dict[str, list[Entry]] = {}
        touched: dict[str, None] = {}
        for write in writes:
            collection, _, name = write.path.partition("/")
            if write.kind == "check":
                continue
            if collection == "ledger":
                entry = self._appended(write)
                if entry is not None:
                    fresh.setdefault(entry.user_id, []).append(entry)
                    touched[entry.user_id] = None
            elif collection == "users" and "/" not in name and "wallet" in write.fields:
                touched[name] = None
        for user_id in touched:
            self._follow(user_id, fresh.get(user_id, []))

    def _appended(self, write: Write) -> Entry | None:
        """The new entry in a write; None if an entry only came under its user's pseudonym."""
        known = self._hashes.get(write.path)
        data = self.world.look(write.path)
        if data is None:
            raise Broken("append-only", f"{write.path} was deleted")
        if known is None:
            entry = msgspec.convert(data, Entry)
            self._hashes[write.path] = entry.hash
            return entry
        if data["hash"] != known or not rules.is_pseudonym(data["userId"]):
            raise Broken("append-only", f"{write.path} was changed")
        return None

    def _follow(self, user_id: str, fresh: list[Entry]) -> None:
        if rules.is_pseudonym(user_id):
            return  # a chain that moves there page by page is looked at in the end
        fresh.sort(key=lambda entry: entry.seq)
        self._add_up(user_id, fresh)
        wallet, faults = rules.fold(self._verified.get(user_id, Wallet()), fresh)
        if faults:
            raise Broken("chain", f"{user_id}: {faults}")
        self._verified[user_id] = wallet
        kept = (self.world.look(f"users/{user_id}") or {}).get("wallet")
        if kept is None:
            return  # it has left with its account
        if msgspec.convert(kept, Wallet) != wallet:
            raise Broken("wallet is the fold", f"{user_id}: {kept} is not {wallet}")
        if any(entry.kind == "credits_clawback" for entry in fresh):
            self._clawed.add(user_id)
        allowed = {"credits"} if user_id in self._clawed else set()
        below = {name for name, balance in wallet.balances().items() if balance < 0} - allowed
        if below:
            raise Broken("nothing below zero", f"{user_id}: {sorted(below)}")

    def _add_up(self, user_id: str, fresh: list[Entry]) -> None:
        """Add the legs of new entries up, by no rule of the ledger's own."""
        balances = self._verified.get(user_id, Wallet()).balances()
        for entry in fresh:
            if sum(entry.legs.values()):
                raise Broken("what one gains another loses", f"{user_id}: {dict(entry.legs)}")
            balances = {name: has + entry.legs.get(name, 0) for name, has in balances.items()}
            if balances != entry.balance_after:
                raise Broken("legs are balances", f"{user_id}: {balances}, {entry.balance_after}")

    def at_end(self) -> None:
        for path in self.world.store.paths_in("users"):
            data = self.world.look(path) or {}
            if "wallet" not in data:
                continue
            _, faults = ledger.verify(self.world.database, path.partition("/")[2])
            if faults:
                raise Broken("chain", f"{path}: {faults}")
        for data in self.world.documents("auditLog"):
            if data.get("kind") in {"wallet_correction", "reconciliation_fault"}:
                raise Broken("reconciled", f"a job found a fault: {_short(data)}")


def _short(data: Mapping[str, Any]) -> str:
    return str({name: value for name, value in data.items() if name != "createdAt"})[:400]
