"""Mistakes in pledges and in the shop."""

from typing import Final

from tests.mutations.model import Mutation

_STARTING: Final = "unit/pledges/test_starting.py"
_HEARTBEATS: Final = "unit/pledges/test_heartbeats.py"
_SETTLING: Final = "unit/pledges/test_settling.py"
_LIVES: Final = "integration/pledges/test_lives.py"
_REFUSALS: Final = "integration/pledges/test_refusals.py"

MUTATIONS: Final = (
    Mutation(
        "a second session beside the first",
        "pledges/rules.py",
        "    if player.active_session_id is not None:\n",
        "    if player.active_session_id == session_id:\n",
        "the first session's pledge stays locked until the job finds it",
        (_STARTING,),
    ),
    Mutation(
        "a session is settled twice",
        "pledges/service.py",
        "        if session.settlement is not None:\n",
        '        if session.status == "COMPLETED" and request.resolution == "SUCCESS":\n',
        "a pledge that came back is burnt all the same",
        (_REFUSALS, _LIVES),
    ),
    Mutation(
        "the job expires settled sessions",
        "pledges/service.py",
        '        if session.status != "ACTIVE" or not rules.is_stale(session, tx.now):\n',
        "        if not rules.is_stale(session, tx.now):\n",
        "a pledge that was kept fails ten minutes later",
        (_LIVES, "integration/upkeep/test_expiry.py"),
    ),
    Mutation(
        "the tolerance counts the wrong way",
        "pledges/rules.py",
        "session.end_time - EARLY_TOLERANCE",
        "session.end_time + EARLY_TOLERANCE",
        "whoever is on time is told to wait",
        (_HEARTBEATS,),
    ),
    Mutation(
        "a session is stale a moment early",
        "pledges/rules.py",
        "    return now - session.native.last_checked_at > HEARTBEAT_LIMIT\n",
        "    return now - session.native.last_checked_at >= HEARTBEAT_LIMIT\n",
        "a success at the very limit is refused",
        (_HEARTBEATS,),
    ),
    Mutation(
        "a heartbeat revives a lost session",
        "pledges/rules.py",
        "    if is_stale(session, now):\n"
        "        raise HeartbeatLost(session.session_id, session.native.last_checked_at)\n"
        "    if now - ",
        "    if now - ",
        "whether a pledge is lost hangs on when the job comes by",
        (_HEARTBEATS,),
    ),
    Mutation(
        "a window is open and closed at its end",
        "pledges/rules.py",
        "player.redemption_expiry is not None and now < player.redemption_expiry\n",
        "player.redemption_expiry is not None and now <= player.redemption_expiry\n",
        "votes that have burnt are promised to be redeemed",
        (_SETTLING,),
    ),
    Mutation(
        "lost votes slip into the next window",
        "pledges/rules.py",
        "            moves = lost + _postings(\n",
        "            moves = _postings(\n",
        "who fails again gets back what had burnt",
        (_SETTLING,),
    ),
    Mutation(
        "the job burns votes under a running redemption",
        "pledges/service.py",
        "        if not rules.window_closed(player, tx.now) or _redeems(tx, player):\n",
        "        if not rules.window_closed(player, tx.now):\n",
        "a redemption that began in time rescues nothing",
        (_LIVES,),
    ),
    Mutation(
        "what is sold once is sold twice",
        "shop/service.py",
        "        if item.once and owned is not None:\n",
        "        if item.once and owned is not None and owned.quantity > 1:\n",
        "a user pays again for what is theirs",
        ("integration/shopping/test_purchases.py",),
    ),
    Mutation(
        "a session starts while the account is being deleted",
        "pledges/service.py",
        "        presence.require(user)\n",
        "",
        "a pledge is locked in an account that is gone",
        (_REFUSALS,),
    ),
)
