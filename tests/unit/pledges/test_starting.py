"""What may start, and what it locks."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.errors import (
    InvalidField,
    MissingField,
    NoRedemptionWindow,
    Refusal,
    SessionAlreadyActive,
)
from firetill.ledger.model import Posting, Wallet
from firetill.pledges import rules
from firetill.pledges.model import Player, PledgeSession, StartSession
from firetill.transport import inputs
from tests.factories import NOON
from tests.unit.pledges.builders import MICROSECOND, USER, player, request

FROZEN = Wallet(purgatory_votes=40)


def _start(
    wanted: StartSession, who: Player | None = None, wallet: Wallet | None = None
) -> tuple[PledgeSession, list[Posting]]:
    return rules.started(
        wanted, who or player(), wallet or Wallet(), session_id="s1", user_id=USER, now=NOON
    )


def _sent(**changes: Any) -> dict[str, Any]:
    return {"pledgeAmount": 100, "durationMinutes": 60, "idempotencyKey": "key"} | changes


@given(amount=st.integers(1, 100_000), minutes=st.integers(1, 1_440))
def test_pledge_locks_exactly_what_is_pledged(amount: int, minutes: int) -> None:
    sent = _sent(pledgeAmount=amount, durationMinutes=minutes)
    session, postings = _start(inputs.parse(sent, StartSession))
    assert [(posting.kind, posting.amount) for posting in postings] == [("credits_lock", amount)]
    assert (session.type, session.status, session.pledge_amount) == ("PLEDGE", "ACTIVE", amount)
    assert session.start_time == session.native.last_checked_at == NOON
    assert session.end_time - session.start_time == timedelta(minutes=minutes)
    assert session.settlement is None


@pytest.mark.parametrize("amount", [1, 100_000])
@pytest.mark.parametrize("minutes", [1, 1_440])
def test_limits_are_within(amount: int, minutes: int) -> None:
    sent = _sent(pledgeAmount=amount, durationMinutes=minutes)
    assert _start(inputs.parse(sent, StartSession))[0].duration_minutes == minutes


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pledgeAmount", 0),
        ("pledgeAmount", -1),
        ("pledgeAmount", 100_001),
        ("pledgeAmount", 2**63),
        ("durationMinutes", 0),
        ("durationMinutes", -60),
        ("durationMinutes", 1_441),
        ("type", "pledge"),
        ("type", ""),
        ("type", None),
        ("idempotencyKey", ""),
        ("idempotencyKey", "k" * 129),
        ("idempotencyKey", "a b"),
        ("idempotencyKey", "a/b"),
        ("idempotencyKey", "key\n"),
        ("idempotencyKey", "\nkey"),
        ("idempotencyKey", "k\u00e9y"),
        ("idempotencyKey", "\u0661\u0662"),
    ],
)
def test_beyond_the_limits_names_the_field(field: str, value: object) -> None:
    with pytest.raises(InvalidField) as refused:
        _start(inputs.parse(_sent(**{field: value}), StartSession))
    assert refused.value.data == {"field": field}


@pytest.mark.parametrize("key", ["k", "k" * 128, "AZaz09_-:.", "2026-02-07:start.1"])
def test_keys_of_the_allowed_characters(key: str) -> None:
    assert inputs.parse(_sent(idempotencyKey=key), StartSession).idempotency_key == key


@pytest.mark.parametrize("field", ["durationMinutes", "idempotencyKey", "pledgeAmount"])
def test_required_fields_are_named(field: str) -> None:
    sent = _sent()
    del sent[field]
    with pytest.raises(MissingField) as refused:
        _start(inputs.parse(sent, StartSession))
    assert refused.value.data == {"field": field}


@pytest.mark.parametrize("amount", [None, 0])
def test_redemption_locks_nothing(amount: int | None) -> None:
    window = player(NOON + MICROSECOND)
    session, postings = _start(request("REDEMPTION", amount), window, FROZEN)
    assert postings == []
    assert (session.type, session.pledge_amount) == ("REDEMPTION", 0)


def test_redemption_takes_no_amount() -> None:
    with pytest.raises(InvalidField) as refused:
        _start(request("REDEMPTION", 1), player(NOON + MICROSECOND), FROZEN)
    assert refused.value.data == {"field": "pledgeAmount"}


@pytest.mark.parametrize(
    ("who", "wallet"),
    [
        pytest.param(player(), FROZEN, id="no window"),
        pytest.param(player(NOON), FROZEN, id="closed this instant"),
        pytest.param(player(NOON - timedelta(days=1)), FROZEN, id="closed yesterday"),
        pytest.param(player(NOON + timedelta(hours=1)), Wallet(ash=9), id="nothing frozen"),
    ],
)
def test_redemption_needs_an_open_window_and_votes(who: Player, wallet: Wallet) -> None:
    with pytest.raises(NoRedemptionWindow):
        _start(request("REDEMPTION", None), who, wallet)


@pytest.mark.parametrize("kind", ["PLEDGE", "REDEMPTION"])
def test_one_session_at_a_time(kind: Any) -> None:
    busy = player(NOON + timedelta(hours=1), active="s0")
    with pytest.raises(SessionAlreadyActive) as refused:
        _start(request(kind, 100 if kind == "PLEDGE" else None), busy, FROZEN)
    assert refused.value.data == {"sessionId": "s0"}


@given(
    amount=st.none() | st.integers(0, 100_000),
    kind=st.sampled_from(["PLEDGE", "REDEMPTION"]),
    expiry=st.none() | st.integers(-5, 5).map(lambda s: NOON + timedelta(seconds=s)),
    votes=st.integers(0, 2),
    active=st.sampled_from([None, "s0"]),
)
def test_a_start_is_refused_exactly_when_a_rule_says_so(
    amount: int | None, kind: Any, expiry: Any, votes: int, active: str | None
) -> None:
    fits = bool(amount) if kind == "PLEDGE" else not amount
    redeemable = kind == "PLEDGE" or (expiry is not None and expiry > NOON and votes > 0)
    wallet = Wallet(purgatory_votes=votes)
    try:
        session, _ = _start(request(kind, amount), player(expiry, active), wallet)
    except Refusal:
        assert not (fits and redeemable and active is None)
    else:
        assert fits
        assert redeemable
        assert active is None
        assert session.pledge_amount == (amount or 0)
