"""Batches from before there were codes, once the daily look has put them into a summary."""

import pytest

from firetill import access, errors
from firetill.tickets import reconciliation
from tests.evening import EVENT, Evening
from tests.integration.door.gates import by_user, preview

ROOT = access.user("root", {"admin": True})
OLD = {"userId": "ada", "ticketQuantity": 2, "usedCount": 0}


@pytest.fixture
def named(evening: Evening) -> Evening:
    """An event of which a guest's summary names a batch that has no token yet."""
    evening.write(f"events/{EVENT}/ragers/old", OLD)
    case = reconciliation.opened(evening.database, ROOT, EVENT, dry_run=False)
    reconciliation.settle(case, "ada")
    return evening


def test_it_admits_nobody(named: Evening) -> None:
    with pytest.raises(errors.TicketNotFound):
        by_user(named.database, "ada")


def test_it_keeps_nobody_out_who_has_another(named: Evening) -> None:
    named.issue("new", user_id="ada")
    assert by_user(named.database, "ada").rager_id == "new"


def test_a_preview_shows_the_others(named: Evening) -> None:
    named.issue("new", user_id="ada")
    shown = preview(named.database, "ada")
    assert [item.rager_id for item in shown.items] == ["new"]
