"""Holding one user's wallet against the user's entries, and mending it on the record."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from firetill import audit, presence
from firetill.database import Database, Snapshot, Transaction
from firetill.ledger import service as ledger
from firetill.ledger.model import Entry, Fault, Wallet
from firetill.ledger.repository import entries_after, user_path
from firetill.logs import log
from firetill.upkeep import repository, rules
from firetill.upkeep.model import Checkpoint
from firetill.upkeep.rules import Chain
from firetill.wire import canonical_json, derived_id

PAGE: Final = 300
"""Entries read in one round trip."""

ROUNDS: Final = 5
"""How often a wallet that drifted is looked at again because it moved meanwhile."""


@dataclass(frozen=True, slots=True)
class Case:
    """On whose behalf something is looked into: the job and its run."""

    db: Database
    job: str
    run_id: str


def verify(case: Case, user_id: str, known: Sequence[Entry | Fault] = ()) -> str:
    """Follow a user's entries on from the checkpoint, and hold the wallet against them.

    A wallet that differs is set to what the entries give, with a record in the audit log; but if
    the entries themselves are not what was posted, they are reported and nothing is mended.

    The wallet is read together with the checkpoint and after `known`, and followed by the entries
    that it counts. Since a wallet and its entries are committed together, traffic can never make
    an honest wallet look wrong.

    Args:
        case: the run.
        user_id: whose wallet.
        known: entries of this user that were read before, in any order.

    Returns:
        `unchanged`: right, and nothing is new. `verified`: right, and the checkpoint moved on.
        `corrected`: it was wrong. `faulty`: the entries are. `left_to_people`: they were found so
        before. `leaving`: the account is being deleted, and its entries are on their way to its
        pseudonym. `busy`: the wallet is wrong and moved each time; the next run tries again.
    """
    corrected = False
    for _ in range(ROUNDS):
        document, user = case.db.get(repository.checkpoint_path(user_id), user_path(user_id))
        checkpoint = repository.checkpoint_in(document)
        base = checkpoint.wallet if checkpoint else Wallet()
        if checkpoint and checkpoint.faulty:
            return "left_to_people"
        if presence.is_leaving(user):
            return "leaving"
        stored = repository.stored_wallet(user)
        chain = _chain(case.db, user_id, base, known, stored)
        right = rules.is_wallet(stored, chain.wallet)
        missing = None if right else rules.missing_entry(stored, base, chain)
        faults = [*chain.faults, *([missing] if missing else [])]
        if faults and is_leaving(case.db, user_id):
            return "leaving"
        report(case, user_id, faults)
        if any(fault.breaks_chain for fault in faults):
            keep(case.db, document, user_id, base, faulty=True)
            return "faulty"
        if right:
            if chain.wallet != base:
                keep(case.db, document, user_id, chain.wallet)
            verdict = "unchanged" if chain.wallet == base else "verified"
            return "corrected" if corrected else verdict
        corrected = _correct(case, user_id, stored, chain.wallet) or corrected
    return "corrected" if corrected else "busy"


def is_leaving(db: Database, user_id: str) -> bool:
    """Tell whether an account is being deleted by now."""
    return presence.is_leaving(db.get(user_path(user_id))[0])


def keep(
    db: Database, seen: Snapshot, user_id: str, wallet: Wallet, *, faulty: bool = False
) -> None:
    """Write a user's checkpoint, unless another run has moved it since it was seen."""

    def body(tx: Transaction) -> None:
        [document] = tx.get(repository.checkpoint_path(user_id))
        if document.data == seen.data:
            checkpoint = Checkpoint(
                user_id=user_id, wallet=wallet, faulty=faulty, verified_at=tx.now
            )
            repository.put_checkpoint(tx, checkpoint)

    db.run_transaction(body)


def report(case: Case, user_id: str | None, faults: Sequence[Fault]) -> None:
    """Put on record, once and with an alert, that entries are not as they should be.

    Those of an account that is being deleted only seem so.
    """
    if faults and user_id is not None and is_leaving(case.db, user_id):
        return
    for fault in rules.worth_reporting(faults):
        _report(case, user_id, fault)


def _report(case: Case, user_id: str | None, fault: Fault) -> None:
    record_id = derived_id("ledger_fault", user_id or "", fault.entry_id, fault.says)
    report_id = uuid.uuid4().hex

    def body(tx: Transaction) -> bool:
        [earlier] = tx.get(audit.record_path(record_id))
        if earlier.data is not None:
            # Ours, whose reply was lost, is still to be logged.
            return bool(earlier.data.get("reportId") == report_id)
        audit.record(
            tx,
            record_id,
            "ledger_fault",
            reportId=report_id,
            userId=user_id,
            entryId=fault.entry_id,
            seq=fault.seq,
            fault=fault.says,
            job=case.job,
            runId=case.run_id,
        )
        return True

    if case.db.run_transaction(body):
        log(
            "ERROR",
            "ledger fault",
            alert="ledger_fault",
            auditId=record_id,
            userId=user_id,
            job=case.job,
            runId=case.run_id,
            **msgspec.to_builtins(fault),
        )


def _chain(
    db: Database, user_id: str, base: Wallet, known: Sequence[Entry | Fault], stored: Any
) -> Chain:
    """Follow the entries as far as the wallet counts them; if it is wrong there, to their end."""
    behind = tuple(rules.faults_behind(base, known))
    chain = rules.followed(Chain(base, behind), rules.next_known(base, known))
    claimed = rules.claimed_seq(stored)
    if claimed is not None and claimed > chain.wallet.seq:
        chain = _read_on(db, user_id, chain, until=claimed)
    if rules.is_wallet(stored, chain.wallet):
        return chain
    return _read_on(db, user_id, chain, until=None)


def _read_on(db: Database, user_id: str, chain: Chain, *, until: int | None) -> Chain:
    query = entries_after(user_id, chain.wallet.seq, limit=PAGE)
    while not chain.ended:
        page = db.query(query)
        chain = rules.followed(chain, map(repository.line_in, page), until)
        if len(page) < PAGE or (until is not None and chain.wallet.seq >= until):
            break
        query = replace(query, start_after=query.cursor(page[-1]))
    return chain


def _correct(case: Case, user_id: str, stored: Any, truth: Wallet) -> bool:
    """Mend a wallet; leave it alone if it is no longer what was found wrong.

    Returns:
        Whether it was mended.
    """
    found = canonical_json(rules.printable(stored))
    record_id = derived_id("wallet_correction", user_id, case.run_id, truth.head, found)
    changed = rules.differences(stored, truth)

    def body(tx: Transaction) -> bool:
        user, earlier = tx.get(user_path(user_id), audit.record_path(record_id))
        if earlier.exists:
            return True  # ours, whose reply was lost
        if canonical_json(rules.printable(repository.stored_wallet(user))) != found:
            return False
        if presence.is_leaving(user):
            return False  # its entries are on their way to its pseudonym
        ledger.correct(
            tx,
            user_id,
            truth,
            record_id=record_id,
            differences=changed,
            job=case.job,
            run_id=case.run_id,
        )
        return True

    if not case.db.run_transaction(body):
        return False
    log(
        "ERROR",
        "wallet drift",
        alert="wallet_drift",
        auditId=record_id,
        userId=user_id,
        before=rules.printable(stored),
        after=msgspec.to_builtins(truth),
        differences=rules.printable(changed),
        job=case.job,
        runId=case.run_id,
    )
    return True
