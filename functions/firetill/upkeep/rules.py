"""What a user's entries prove, and what a wallet owes them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from firetill.ledger import rules
from firetill.ledger.model import GENESIS, Entry, Fault, Wallet

BEHIND: Final = timedelta(seconds=60)
"""How far behind the present the ledger's time index is read.

An entry is stamped when its commit is prepared, and a commit that takes longer than a few seconds
is given up. So within this time whatever was stamped has been committed, and a cursor that stays
behind it passes nothing that is still to come.
"""

FAULTS_REPORTED: Final = 20
"""How many faults of one user are reported at once; the first ones say what happened."""

_HASH: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Chain:
    """A user's entries as far as they were followed: what they give, and what is wrong."""

    wallet: Wallet
    faults: tuple[Fault, ...] = ()
    hashes: frozenset[str] = frozenset()
    """Of the entries that were followed."""
    ended: bool = False
    """Whether it cannot be followed any further: an entry is unreadable."""

    @property
    def broken(self) -> bool:
        """Whether some entry is not what was posted."""
        return any(fault.breaks_chain for fault in self.faults)


def followed(chain: Chain, lines: Iterable[Entry | Fault], until: int | None = None) -> Chain:
    """Follow a chain on through entries by rising `seq`.

    Args:
        chain: what came before.
        lines: the entries that follow, or what is wrong with a document that should be one.
        until: the last `seq` to take; None for all.
    """
    wallet, faults, hashes = chain.wallet, list(chain.faults), set(chain.hashes)
    ended = chain.ended
    for line in lines:
        if isinstance(line, Fault):
            faults.append(line)
            ended = True
            break
        if until is not None and line.seq > until:
            break
        wallet, found = rules.follow(wallet, [line])
        faults += found
        hashes.add(line.hash)
    return Chain(wallet, tuple(faults), frozenset(hashes), ended)


def next_known(wallet: Wallet, lines: Iterable[Entry | Fault]) -> list[Entry]:
    """Return, of entries in any order, those that follow `wallet` without a gap."""
    by_seq: dict[int, list[Entry]] = {}
    for line in lines:
        if isinstance(line, Entry):
            by_seq.setdefault(line.seq, []).append(line)
    following: list[Entry] = []
    # Two entries with one `seq` are a fault; a query finds both, side by side.
    while len(found := by_seq.get(wallet.seq + 1 + len(following), [])) == 1:
        following += found
    return following


def faults_behind(wallet: Wallet, lines: Iterable[Entry | Fault]) -> list[Fault]:
    """Return what is wrong in itself with entries that a checkpoint at `wallet` has passed."""
    faults: list[Fault] = []
    for line in lines:
        if isinstance(line, Fault):
            faults.append(line)
        elif line.seq <= wallet.seq:
            faults += rules.own_faults(line)
    return faults


def claimed_seq(stored: Any) -> int | None:
    """Return the `seq` in a stored wallet or entry; None if there is no such number."""
    seq = stored.get("seq") if isinstance(stored, Mapping) else None
    return seq if type(seq) is int and seq >= 0 else None


def is_wallet(stored: Any, wallet: Wallet) -> bool:
    """Tell whether a user's document holds just this wallet: each field, of the right type.

    Nothing at all is an empty wallet.
    """
    if not stored and stored in (None, {}):
        return wallet == Wallet()
    return isinstance(stored, Mapping) and not differences(stored, wallet)


def differences(stored: Any, wallet: Wallet) -> dict[str, dict[str, Any]]:
    """Return, for each field in which a stored wallet is not `wallet`, what it is and should be.

    `1.0` and `True` are not `1`.
    """
    truth: dict[str, Any] = msgspec.to_builtins(wallet)
    held = stored if isinstance(stored, Mapping) else {}
    return {
        name: {"before": held.get(name), "after": truth.get(name)}
        for name in sorted({*held, *truth})
        if name not in held
        or name not in truth
        or type(held[name]) is not type(truth[name])
        or held[name] != truth[name]
    }


def missing_entry(stored: Any, base: Wallet, chain: Chain) -> Fault | None:
    """Tell whether a wallet bears witness of an entry that is gone, or was another one.

    Its head is then the hash of no entry behind the checkpoint. Up to the checkpoint itself the
    wallet is no witness: what was verified there is. Nor is a wallet without a hash for a head, or
    with the head of an entry that there is: somebody changed the wallet, and that can be mended.

    Args:
        stored: what the user's document has for a wallet.
        base: the checkpoint's wallet.
        chain: all entries behind it.
    """
    seq, head = claimed_seq(stored), stored.get("head") if isinstance(stored, Mapping) else None
    if seq is None or seq <= base.seq or not isinstance(head, str) or not _HASH.fullmatch(head):
        return None
    if head in chain.hashes or head in (base.head, GENESIS):
        return None
    says = "the wallet was the last to see this hash; there is no entry that has it"
    return Fault(entry_id=head, seq=seq, says=says)


def audit_faults(verified: Wallet, found: Wallet) -> list[Fault]:
    """Compare a chain, followed from its first entry, with where it was verified before.

    Args:
        verified: the wallet of the checkpoint.
        found: what the entries give now, until the checkpoint's `seq` or their last.
    """
    if found.seq < verified.seq:
        says = f"entries behind seq {found.seq} are missing; they were verified until this one"
        return [Fault(entry_id=verified.head, seq=verified.seq, says=says)]
    if found.head != verified.head:
        says = f"hash is {found.head}; another entry was verified here before"
        return [Fault(entry_id=verified.head, seq=verified.seq, says=says)]
    return []


def worth_reporting(faults: Sequence[Fault]) -> list[Fault]:
    """Return the faults that tell what happened, without the flood that follows from them.

    After one wrong balance every later `balanceAfter` is off as well: the first is enough.
    """
    breaks = list(dict.fromkeys(fault for fault in faults if fault.breaks_chain))
    others = [fault for fault in faults if not fault.breaks_chain]
    return [*breaks[:FAULTS_REPORTED], *others[:1]]


def printable(value: Any) -> Any:
    """Return whatever a document held as JSON values; what JSON has no word for as text."""
    match value:
        case Mapping():
            return {str(name): printable(inner) for name, inner in value.items()}
        case list() | tuple():
            return [printable(inner) for inner in value]
        case None | bool() | int() | str():
            return value
    return repr(value)
