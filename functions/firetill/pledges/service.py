"""Starting, keeping alive and settling sessions; each function of `db` is one atomic commit."""

import msgspec

from firetill import operations, presence
from firetill.database import Database, Transaction
from firetill.errors import InvalidField, SessionAlreadySettled
from firetill.ledger import service as ledger
from firetill.ledger.repository import user_path
from firetill.operations import Operation
from firetill.pledges import repository, rules
from firetill.pledges.model import (
    Heartbeat,
    HeartbeatSession,
    Outcome,
    Player,
    PledgeSession,
    Resolution,
    ResolveSession,
    SettledSession,
    Settlement,
    StartedSession,
    StartSession,
)
from firetill.wire import canonical_json

EVIDENCE_BYTES = 8 * 1024


def start(db: Database, user_id: str, request: StartSession) -> StartedSession:
    """Start a session; a PLEDGE locks its credits.

    Raises:
        InvalidField, MissingField: the amount does not fit the type.
        IdempotencyKeyReused: the key came before with other input.
        SessionAlreadyActive: the user has a session running.
        AccountDeleted: the account is being deleted.
        InsufficientCredits: the pledge is more than the free credits.
        NoRedemptionWindow: a REDEMPTION without an open window and frozen votes.
    """
    operation = Operation.of(user_id, "startSession", request)

    def body(tx: Transaction) -> StartedSession:
        user, _ = tx.get(user_path(user_id), operation.path)
        if first := operations.first_result(tx, operation):
            return msgspec.convert({**first, "status": "already_started"}, StartedSession)
        presence.require(user)
        player = repository.player_in(user)
        session, postings = rules.started(
            request,
            player,
            ledger.wallet(tx, user_id),
            session_id=operation.id,
            user_id=user_id,
            now=tx.now,
        )
        wallet = ledger.post(tx, user_id, postings)
        repository.create_session(tx, session)
        running = msgspec.structs.replace(player, active_session_id=session.session_id)
        repository.put_player(tx, user_id, running)
        result = StartedSession(
            status="started",
            session_id=session.session_id,
            type=session.type,
            pledge_amount=session.pledge_amount,
            duration_minutes=session.duration_minutes,
            start_time=session.start_time,
            end_time=session.end_time,
            wallet=wallet,
        )
        operations.record(tx, operation, result)
        return result

    return db.run_transaction(body)


def heartbeat(db: Database, user_id: str, request: HeartbeatSession) -> Heartbeat:
    """Note that the phone is still there.

    Raises:
        SessionNotFound, NotOwner: it is not this user's session.
        SessionNotActive: it was settled.
        HeartbeatLost: the silence before was too long.
    """

    def body(tx: Transaction) -> Heartbeat:
        [snapshot] = tx.get(repository.session_path(request.session_id))
        session = repository.own_session(snapshot, user_id)
        if native := rules.heard(session, tx.now):
            session = msgspec.structs.replace(session, native=native)
            repository.put_native(tx, session)
        return Heartbeat(
            status="ok",
            session_id=session.session_id,
            last_checked_at=session.native.last_checked_at,
            end_time=session.end_time,
        )

    return db.run_transaction(body)


def resolve(db: Database, user_id: str, request: ResolveSession) -> SettledSession:
    """Settle the caller's session once and for all.

    Raises:
        InvalidField: the evidence is too large.
        IdempotencyKeyReused: the key came before with other input.
        SessionNotFound, NotOwner: it is not this user's session.
        SessionAlreadySettled: another call settled it.
        SessionNotElapsed, HeartbeatLost: a SUCCESS that was not earned.
    """
    evidence = _evidence(request)
    operation = Operation.of(user_id, "resolveSession", request)

    def body(tx: Transaction) -> SettledSession:
        path = repository.session_path(request.session_id)
        snapshot, _, _ = tx.get(path, user_path(user_id), operation.path)
        if first := operations.first_result(tx, operation):
            return msgspec.convert({**first, "status": "already_settled"}, SettledSession)
        session = repository.own_session(snapshot, user_id)
        if session.settlement is not None:
            raise SessionAlreadySettled(session.session_id, session.settlement.resolution)
        if request.resolution == "SUCCESS":
            rules.check_success(session, tx.now)
        outcome = _settle(
            tx,
            session,
            request.resolution,
            reason=request.reason,
            idempotency_key=request.idempotency_key,
            evidence=evidence,
        )
        result = SettledSession(
            status="settled",
            session_id=session.session_id,
            resolution=request.resolution,
            wallet=ledger.wallet(tx, user_id),
            **msgspec.structs.asdict(outcome),
        )
        operations.record(tx, operation, result)
        return result

    return db.run_transaction(body)


def expire(db: Database, session_id: str, user_id: str) -> bool:
    """Fail a session that has gone silent; leave one alone that has not, or is settled.

    Returns:
        Whether this call settled it.

    Raises:
        SessionNotFound: there is none.
    """

    def body(tx: Transaction) -> bool:
        snapshot, _ = tx.get(repository.session_path(session_id), user_path(user_id))
        session = repository.own_session(snapshot, user_id)
        if session.status != "ACTIVE" or not rules.is_stale(session, tx.now):
            return False
        key = f"expire:{session_id}"
        _settle(tx, session, "FAILURE", reason="no_heartbeat", idempotency_key=key)
        return True

    return db.run_transaction(body)


def give_up(db: Database, session_id: str, user_id: str, *, reason: str) -> bool:
    """Fail an ACTIVE session whatever its phone says, because its user goes.

    Returns:
        Whether this call settled it.
    """

    def body(tx: Transaction) -> bool:
        snapshot, _ = tx.get(repository.session_path(session_id), user_path(user_id))
        session = repository.own_session(snapshot, user_id)
        if session.status != "ACTIVE":
            return False
        _settle(tx, session, "FAILURE", reason=reason, idempotency_key=f"{reason}:{session_id}")
        return True

    return db.run_transaction(body)


def close_window(db: Database, user_id: str, active_session_id: str | None) -> int:
    """Burn the frozen votes of a redemption window that has run out.

    A redemption that started in time holds its window open until it is settled.

    Args:
        db: the database.
        user_id: whose window.
        active_session_id: the user's running session as far as known, to read it in one batch.

    Returns:
        How many votes burned; 0 too if the window is open, held or gone.
    """

    def body(tx: Transaction) -> int:
        known = [repository.session_path(active_session_id)] if active_session_id else []
        user, *_ = tx.get(user_path(user_id), *known)
        player = repository.player_in(user)
        if not rules.window_closed(player, tx.now) or _redeems(tx, player):
            return 0
        lost = rules.expired_votes(user_id, player, ledger.wallet(tx, user_id), tx.now)
        ledger.post(tx, user_id, lost)
        without = msgspec.structs.replace(player, redemption_expiry=None)
        repository.put_player(tx, user_id, without)
        return sum(posting.amount for posting in lost)

    return db.run_transaction(body)


def _redeems(tx: Transaction, player: Player) -> bool:
    if player.active_session_id is None:
        return False
    [snapshot] = tx.get(repository.session_path(player.active_session_id))
    return snapshot.exists and repository.session_in(snapshot).type == "REDEMPTION"


def _settle(
    tx: Transaction,
    session: PledgeSession,
    resolution: Resolution,
    *,
    reason: str | None,
    idempotency_key: str,
    evidence: str | None = None,
) -> Outcome:
    """Settle an ACTIVE session, in the transaction that has read it and its user."""
    [user] = tx.get(user_path(session.user_id))
    player = repository.player_in(user)
    outcome, postings = rules.settled(
        session,
        resolution,
        player,
        ledger.wallet(tx, session.user_id),
        idempotency_key=idempotency_key,
        now=tx.now,
    )
    ledger.post(tx, session.user_id, postings)
    free = player.active_session_id in {None, session.session_id}
    repository.put_player(
        tx,
        session.user_id,
        Player(
            active_session_id=None if free else player.active_session_id,
            redemption_expiry=outcome.redemption_expiry,
        ),
    )
    settlement = Settlement(
        resolution=resolution,
        reason=reason,
        resolved_at=tx.now,
        idempotency_key=idempotency_key,
        **msgspec.structs.asdict(outcome),
    )
    ended = msgspec.structs.replace(
        session,
        status=rules.STATUS_OF[resolution],
        settlement=settlement,
        native=msgspec.structs.replace(session.native, evidence=evidence),
    )
    repository.put_session(tx, ended)
    return outcome


def _evidence(request: ResolveSession) -> str | None:
    """Return the evidence as JSON text, which Firestore stores whatever its shape.

    Raises:
        InvalidField: it is larger than 8 KiB.
    """
    if request.native_evidence is None:
        return None
    if len(msgspec.json.encode(request.native_evidence)) > EVIDENCE_BYTES:
        raise InvalidField("nativeEvidence", f"is larger than {EVIDENCE_BYTES} bytes of JSON")
    return canonical_json(request.native_evidence)
