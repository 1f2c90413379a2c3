"""Mistakes in tickets and at the door."""

from typing import Final

from tests.mutations.model import Mutation

_RULES: Final = "unit/tickets/test_rules.py"
_TRANSFER_RULES: Final = "unit/tickets/test_transfer_rules.py"
_TRANSFERS: Final = "integration/tickets/test_transfers.py"
_MOVES: Final = "unit/door/test_moves.py"
_DOOR: Final = "unit/door/test_rules.py"
_OFFLINE: Final = "unit/door/test_offline_rules.py"

MUTATIONS: Final = (
    Mutation(
        "anybody passes on anybody's tickets",
        "tickets/service.py",
        "        if source.user_id != giver:\n",
        "        if source.user_id == recipient:\n",
        "tickets are stolen by who knows a batch's id",
        (_TRANSFERS,),
    ),
    Mutation(
        "the giver's old code stays good",
        "tickets/service.py",
        '        kept = batches.replace_token(tx, codes, kept, token, "transferred")\n',
        "        pass\n",
        "the picture that was sent along still opens the door",
        (_TRANSFERS,),
    ),
    Mutation(
        "used tickets are passed on",
        "tickets/transfer_rules.py",
        "    if batch.remaining < quantity:\n",
        "    if batch.ticket_quantity < quantity:\n",
        "passing on what was used ends in an internal error",
        (_TRANSFER_RULES, _TRANSFERS),
    ),
    Mutation(
        "what is passed on twice forgets where it was bought",
        "tickets/service.py",
        "            origin=source.origin or source.rager_id,\n",
        "            origin=source.rager_id,\n",
        "who passes tickets on twice may keep them and have the money back",
        (_TRANSFERS,),
    ),
    Mutation(
        "each refund kills all tickets of the earlier ones again",
        "tickets/rules.py",
        "    due = units - sum(batch.refunded_units for batch in batches)\n",
        "    due = units\n",
        "two refunds of one ticket kill three",
        (_RULES,),
    ),
    Mutation(
        "a summary counts used tickets anew",
        "tickets/rules.py",
        "    used = after.used_count - (before.used_count if before else 0)\n",
        "    used = after.used_count\n",
        "guests with tickets left are told that they have none",
        (_RULES,),
    ),
    Mutation(
        "a party goes in on one ticket",
        "door/rules.py",
        "    if places < count:\n",
        "    if places < 1:\n",
        "three go in on two tickets",
        (_DOOR,),
    ),
    Mutation(
        "the doors close a moment late",
        "door/rules.py",
        "(ends is not None and now >= ends)",
        "(ends is not None and now > ends)",
        "a ticket is used up at an event that is over",
        (_DOOR,),
    ),
    Mutation(
        "another scan under a used id is taken for a repetition",
        "door/service.py",
        "            rules.require_same_input(first, rules.input_fingerprint(request))\n",
        "",
        "a guest without a ticket hears the last guest's welcome",
        ("integration/door/test_scans.py",),
    ),
    Mutation(
        "a preview is never outdated",
        "door/service.py",
        "request.expected_version is not None and target.user_id is not None",
        "request.expected_version is not None and target.user_id is None",
        "two gates use a guest's last ticket on one look",
        ("integration/door/test_previews.py", "integration/door/test_scans.py"),
    ),
    Mutation(
        "another supervisor takes a scan back once more",
        "door/undoing.py",
        "        if scanned.undone_counts is not None:\n",
        "        if scanned.undone_counts is not None and scanned.undone_by == caller.name:\n",
        "one guest's mistake lets in two more",
        ("integration/door/test_undoing.py",),
    ),
    Mutation(
        "a refunded ticket is opened again",
        "door/rules.py",
        "    if batch.refunded_units > batch.voided_units:\n",
        "    if batch.refunded_units < batch.voided_units:\n",
        "a guest has the money and goes in again",
        (_DOOR,),
    ),
    Mutation(
        "who comes back stays outside",
        "door/moves.py",
        "        outside=batch.outside + move.left - move.readmitted,\n",
        "        outside=batch.outside + move.left,\n",
        "one step out of the door lets in any number of guests",
        (_MOVES,),
    ),
    Mutation(
        "guests come back where nobody may",
        "door/moves.py",
        "    readmitted = min(count, batch.returning) if reentry else 0\n",
        "    readmitted = min(count, batch.returning)\n",
        "a ticket is handed over the fence and used again",
        (_MOVES, _DOOR),
    ),
    Mutation(
        "an offline scan of a used id is dropped",
        "door/offline_rules.py",
        "        return known.fingerprint == fingerprint_\n",
        "        return True\n",
        "a guest who went in is never counted",
        (_OFFLINE,),
    ),
    Mutation(
        "a device's clock is believed however old",
        "door/offline_rules.py",
        "now if scanned_at - now > FAST or now - scanned_at > OLD else scanned_at",
        "now if scanned_at - now > FAST else scanned_at",
        "a tablet that thinks it is 1970 gets round every refund",
        (_OFFLINE,),
    ),
    Mutation(
        "a revocation counts before it came",
        "door/offline_rules.py",
        "    good = revocation is None or at < revocation.at\n",
        "    good = revocation is None or at > revocation.at\n",
        "who went in before passing the ticket on is not counted, who did after is",
        (_OFFLINE,),
    ),
    Mutation(
        "a reader leaves behind what has yet to land",
        "door/roster_rules.py",
        "    return Cursor(cursor.event_id, settled or reached)\n",
        "    return Cursor(cursor.event_id, reached)\n",
        "an offline gate never hears that a ticket was refunded",
        ("unit/door/test_roster_rules.py",),
    ),
    Mutation(
        "a pairing code never runs out",
        "door/pairing.py",
        "    if code.expires_at <= tx.now:\n",
        "    if code.expires_at <= code.created_at:\n",
        "a slip of paper from last year opens the door",
        ("integration/door/test_pairing.py",),
    ),
)
