"""Whether tickets can be passed on, and what becomes of the batch that they leave."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firetill.errors import InvalidField, LimitReached, MissingField
from firetill.tickets import transfer_rules
from firetill.tickets.transfer_model import TransferTicket
from firetill.tickets.transfer_rules import PASSED_ON
from tests.factories import NOON
from tests.unit.tickets.builders import batch

ASKED = {"eventId": "gala", "ragerId": "r1", "quantity": 1, "idempotencyKey": "k"}


def asked(**fields: Any) -> TransferTicket:
    return msgspec.convert({**ASKED, **fields}, TransferTicket)


def test_a_recipient_is_named_in_one_way() -> None:
    transfer_rules.require_recipient("ada", asked(toUserId="bob"))
    transfer_rules.require_recipient("ada", asked(toEmail="bob@example.com"))
    with pytest.raises(MissingField, match="toUserId"):
        transfer_rules.require_recipient("ada", asked())
    with pytest.raises(InvalidField, match="toEmail"):
        transfer_rules.require_recipient("ada", asked(toUserId="bob", toEmail="b@example.com"))
    with pytest.raises(InvalidField, match="toUserId"):
        transfer_rules.require_recipient("ada", asked(toUserId="ada"))


@pytest.mark.parametrize(
    "email", ["", "bob", "@", "bob@", "@example.com", "a b@c", "a@b@c", "a@b\n", "a@" + "b" * 253]
)
def test_an_address_looks_like_one(email: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        asked(toEmail=email)


@pytest.mark.parametrize("quantity", [0, -1, 101])
def test_a_quantity_is_within_bounds(quantity: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        asked(quantity=quantity)


@given(st.integers(1, 100), st.data())
def test_what_leaves_a_batch(quantity: int, data: st.DataObject) -> None:
    used = data.draw(st.integers(0, quantity - 1))
    gone = data.draw(st.integers(1, quantity - used))
    before = batch("r1", quantity, used)
    after = transfer_rules.given(before, gone, NOON)
    assert (after.ticket_quantity, after.used_count) == (quantity - gone, used)
    assert after.remaining == before.remaining - gone
    assert after.active == (after.remaining > 0)
    assert after.closed == ("transferred" if gone == quantity else None)


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=120))
def test_the_bought_batch_knows_where_its_tickets_are(steps: list[tuple[int, bool]]) -> None:
    """Each step passes tickets on from one of the batches that hold any, all of it or a part."""
    origin, holding = batch("r0", 1_000), ["r0"]
    for number, (chosen, whole) in enumerate(steps, 1):
        source = batch(holding[chosen % len(holding)], 0 if whole else 5)
        full = len(holding) - 1 - (whole and source.rager_id != "r0") >= PASSED_ON
        if full:
            with pytest.raises(LimitReached):
                transfer_rules.with_descendant(origin, f"r{number}", source)
            continue
        if source.rager_id == "r0":
            source = msgspec.structs.replace(source, ticket_quantity=5)
        elif whole:
            holding.remove(source.rager_id)
        origin = transfer_rules.with_descendant(origin, f"r{number}", source)
        holding.append(f"r{number}")
        assert origin.transferred_to == holding[1:]


def test_an_empty_batch_that_was_paid_back_is_not_forgotten() -> None:
    """Else a later refund would count its tickets anew."""
    origin = batch("r0", transferred_to=["r1"])
    source = batch("r1", 0, refunded_units=2, voided_units=2)
    assert transfer_rules.with_descendant(origin, "r2", source).transferred_to == ["r1", "r2"]
