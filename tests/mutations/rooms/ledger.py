"""Mistakes in the ledger."""

from typing import Final

from tests.mutations.model import Mutation

_RULES: Final = "unit/ledger/test_rules.py"

MUTATIONS: Final = (
    Mutation(
        "a pledge is burnt from the free credits",
        "ledger/rules.py",
        '    "credits_burn": (("lockedCredits", "world:burn"),),\n',
        '    "credits_burn": (("credits", "world:burn"),),\n',
        "a lost pledge costs twice: once free, once locked for ever",
        (_RULES,),
    ),
    Mutation(
        "ash is converted and kept",
        "ledger/rules.py",
        '(("ash", "world:ash"), ("world:obsidian", "obsidian"))',
        '(("world:obsidian", "obsidian"),)',
        "ash turns into Obsidian again and again",
        (_RULES,),
    ),
    Mutation(
        "the world gains what the user gains",
        "ledger/rules.py",
        "shape.world: -total}",
        "shape.world: total}",
        "entries no longer sum to zero",
        (_RULES,),
    ),
    Mutation(
        "one credit more than there is",
        "ledger/rules.py",
        "        if after[account] >= 0 or ",
        "        if after[account] >= -1 or ",
        "a pledge locks a credit that nobody has",
        (_RULES,),
    ),
    Mutation(
        "a claw-back stops at an empty wallet",
        "ledger/rules.py",
        'MAY_OVERDRAW: Final[frozenset[Kind]] = frozenset({"credits_clawback"})',
        "MAY_OVERDRAW: Final[frozenset[Kind]] = frozenset()",
        "who spends first and asks for the money back plays for nothing",
        (_RULES,),
    ),
    Mutation(
        "an entry's id does not hold the user",
        "ledger/rules.py",
        '    return derived_id("ledger", user_id, posting.kind, *posting.cause)\n',
        '    return derived_id("ledger", posting.kind, *posting.cause)\n',
        "only the very first user gets the welcome credits",
        (_RULES,),
    ),
    Mutation(
        "the sequence does not advance",
        "ledger/rules.py",
        "        seq=wallet.seq + 1,\n",
        "        seq=max(1, wallet.seq),\n",
        "history cannot be told, and reconciliation misses entries",
        (_RULES,),
    ),
    Mutation(
        "an entry follows the first and not the last",
        "ledger/rules.py",
        "        prev_hash=wallet.head,\n",
        "        prev_hash=Wallet().head,\n",
        "an entry that was removed is never missed",
        (_RULES,),
    ),
    Mutation(
        "of several postings only the last moves the wallet",
        "ledger/service.py",
        "        current, entry = rules.append(current, user_id, posting, tx.now)\n",
        "        current, entry = rules.append(\n"
        "            repository.wallet_in(user), user_id, posting, tx.now\n"
        "        )\n",
        "a lost pledge grants votes and leaves the credits locked",
        ("integration/ledger/test_posting.py",),
    ),
    Mutation(
        "a page of the ledger begins with the last entry of the one before",
        "ledger/repository.py",
        '("seq", ">", seq)',
        '("seq", ">=", seq)',
        "reconciliation calls honest wallets broken",
        ("unit/upkeep/test_drift.py", "integration/ledger/test_posting.py"),
    ),
)
