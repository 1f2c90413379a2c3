"""Mistakes in merging and deleting accounts, and in the jobs that look after everything."""

from typing import Final

from tests.mutations.model import Mutation

_MERGING: Final = "integration/estates/test_merging.py"
_DELETION: Final = "integration/estates/test_deletion.py"
_OVERLAP: Final = "integration/upkeep/test_overlap.py"

MUTATIONS: Final = (
    Mutation(
        "a merge takes nothing from where it comes",
        "estates/merging.py",
        "        ledger.post(tx, other_id, leaving)\n",
        "",
        "an account's credits are there twice",
        (_MERGING,),
    ),
    Mutation(
        "a merge takes the later window",
        "estates/merging.py",
        "    earliest = min(",
        "    earliest = max(",
        "frozen votes live longer than promised",
        (_MERGING,),
    ),
    Mutation(
        "a merge leaves an open action's charge behind",
        "estates/merging_rules.py",
        "    if open_actions:\n",
        "    if len(open_actions) > 1:\n",
        "an action that fails pays back to an account that nobody opens again",
        (_MERGING,),
    ),
    Mutation(
        "a deleted wallet moves whatever came meanwhile",
        "estates/handing_over.py",
        '    if wallet != (seen.data or {}).get("wallet"):\n        return False\n',
        "",
        "an entry keeps the name of somebody who has left",
        (_DELETION, "integration/estates/test_late_events.py"),
    ),
    Mutation(
        "a deleted guest's tickets replace the pseudonym's",
        "estates/handing_over.py",
        "        total_tickets=one.total_tickets + other.total_tickets,\n",
        "        total_tickets=other.total_tickets,\n",
        "tickets that were paid for count for nobody",
        (_DELETION, "integration/estates/test_late_events.py"),
    ),
    Mutation(
        "reconciliation reads up to now",
        "upkeep/rounds.py",
        "    until = case.db.now() - rules.BEHIND\n",
        "    until = case.db.now()\n",
        "an entry that is committed late is never verified",
        (_OVERLAP,),
    ),
    Mutation(
        "a correction undoes what was posted meanwhile",
        "upkeep/reconciliation.py",
        "        if canonical_json(rules.printable(repository.stored_wallet(user))) != found:\n"
        "            return False\n",
        "",
        "credits that were just bought are gone",
        (_OVERLAP,),
    ),
    Mutation(
        "a wallet is mended from entries that were forged",
        "upkeep/reconciliation.py",
        "        if any(fault.breaks_chain for fault in faults):\n"
        "            keep(case.db, document, user_id, base, faulty=True)\n",
        "        if chain.ended:\n"
        "            keep(case.db, document, user_id, base, faulty=True)\n",
        "whoever forges an entry is paid by the nightly job",
        ("unit/upkeep/test_faults.py",),
    ),
    Mutation(
        "a job stops behind its first full page",
        "upkeep/progress.py",
        "        if len(page) < query.limit:\n",
        "        if len(page) <= query.limit:\n",
        "of many sessions that have run out only a few are settled",
        ("unit/upkeep/test_progress.py", "integration/upkeep/test_expiry.py"),
    ),
    Mutation(
        "a slow run sets a job back",
        "upkeep/progress.py",
        "        if lanes.get(lane) != before:\n            raise Overtaken(lane)\n",
        "",
        "a job goes over the same again while the rest waits",
        ("unit/upkeep/test_progress.py",),
    ),
    Mutation(
        "what is kept is purged",
        "upkeep/retention.py",
        "since + retention.age <= now\n",
        "since - retention.age <= now\n",
        "the audit log is gone after a day",
        ("integration/upkeep/test_purge.py",),
    ),
    Mutation(
        "a refund whose webhook was lost is not missed",
        "upkeep/stripe_rules.py",
        '    if said.amount_refunded > mirror.get("amountRefunded", 0):\n',
        '    if said.amount_refunded < mirror.get("amountRefunded", 0):\n',
        "credits stay although their money has gone back",
        ("integration/upkeep/test_stripe_reconciliation.py",),
    ),
    Mutation(
        "one broken item stops a job",
        "upkeep/runner.py",
        "        except Exception as error:  # noqa: BLE001 - one bad item must not stop the rest\n"
        "            return error\n",
        "        except ValueError as error:\n            return error\n",
        "one session that cannot be read keeps all others from being settled",
        ("unit/upkeep/test_runner.py", "integration/upkeep/test_expiry.py"),
    ),
    Mutation(
        "a second run takes a deletion's step twice",
        "estates/deletion.py",
        "(known.step, known.round) != (seen.step, seen.round)",
        'known.step == "done"',
        "a deletion skips a step, and personal data stay",
        (_DELETION,),
    ),
    Mutation(
        "a deletion does not wait for the last ID token",
        "estates/deletion_rules.py",
        "        return deletion.due_at is not None and now < deletion.due_at\n",
        "        return False\n",
        "a phone that is still signed in brings the account back",
        ("unit/estates/test_deletion_rules.py", _DELETION),
    ),
    Mutation(
        "a payment is posted to an account that is leaving",
        "ledger/service.py",
        '    if postings and "wallet" not in (user.data or {}):\n        presence.require(user)\n',
        "",
        "credits that were paid for end in a tombstone",
        ("integration/estates/test_late_events.py", "integration/ledger/test_posting.py"),
    ),
    Mutation(
        "a round over wallets never ends",
        "upkeep/rounds.py",
        "if len(users) == WALLETS_PER_RUN else None",
        "if len(users) == WALLETS_PER_RUN else before",
        "a wallet at the beginning is looked at once and never again",
        ("unit/upkeep/test_rounds.py",),
    ),
    Mutation(
        "what is kept for a time is kept a moment longer",
        "upkeep/retention.py",
        "since + retention.age <= now\n",
        "since + retention.age < now\n",
        "what is said to be gone is still there",
        ("integration/upkeep/test_purge.py",),
    ),
    Mutation(
        "a payment that Stripe canceled is not missed",
        "upkeep/stripe_rules.py",
        '    unheard_of = said.status == "canceled" != mirror.get("status")\n',
        '    unheard_of = said.status == "canceled" == mirror.get("status")\n',
        "an order waits for money that can never come",
        ("integration/upkeep/test_stripe_reconciliation.py",),
    ),
)
