"""Who may what, by claims and by documents."""

from typing import Any

import pytest

from firetill import access
from firetill.access import SERVER, Caller
from firetill.database import Snapshot
from firetill.errors import NotAdmin, NotStaff, SignInRequired
from firetill.fields import Role

EVENT = "gala"


def _may(caller: Caller, role: Role, documents: dict[str, dict[str, Any]] | None = None) -> bool:
    paths = access.documents(caller, EVENT, role)
    found = [Snapshot(path, (documents or {}).get(path), None) for path in paths]
    try:
        access.require(caller, EVENT, role, found)
    except NotStaff:
        return False
    return True


@pytest.mark.parametrize(
    ("claims", "staff", "supervisor"),
    [
        ({}, False, False),
        ({"admin": True}, True, True),
        ({"staff": True}, True, False),
        ({"staff": [EVENT]}, True, False),
        ({"staff": ["other"]}, False, False),
        ({"supervisor": True}, True, True),
        ({"supervisor": [EVENT]}, True, True),
        ({"supervisor": ["other"], "staff": [EVENT]}, True, False),
        *[
            ({name: value}, False, False)
            for name in ("admin", "staff", "supervisor")
            for value in ("true", 1, EVENT, {EVENT: True}, [1, None, [EVENT]], None)
        ],
    ],
)
def test_claims(claims: dict[str, Any], staff: bool, supervisor: bool) -> None:
    caller = access.user("ada", claims)
    assert (_may(caller, "staff"), _may(caller, "supervisor")) == (staff, supervisor)
    assert (access.documents(caller, EVENT, "staff") == []) is staff
    assert (access.documents(caller, EVENT, "supervisor") == []) is supervisor


@pytest.mark.parametrize(
    ("documents", "staff", "supervisor"),
    [
        ({}, False, False),
        ({f"eventStaff/{EVENT}/members/ada": {"role": "staff"}}, True, False),
        ({f"eventStaff/{EVENT}/members/ada": {"role": "supervisor", "name": "Ada"}}, True, True),
        ({f"eventStaff/{EVENT}/members/ada": {"role": "Supervisor"}}, False, False),
        ({f"eventStaff/{EVENT}/members/ada": {}}, False, False),
        ({f"eventStaff/{EVENT}/members/eve": {"role": "supervisor"}}, False, False),
        ({"eventStaff/other/members/ada": {"role": "supervisor"}}, False, False),
        ({"adminUsers/ada": {}}, True, True),
        ({"adminUsers/eve": {}}, False, False),
    ],
)
def test_documents(documents: dict[str, dict[str, Any]], staff: bool, supervisor: bool) -> None:
    caller = access.user("ada", {})
    assert _may(caller, "staff", documents) is staff
    assert _may(caller, "supervisor", documents) is supervisor


def test_a_server_is_staff_and_never_a_supervisor() -> None:
    assert access.documents(SERVER, EVENT, "staff") == []
    assert _may(SERVER, "staff")
    assert not _may(SERVER, "supervisor")
    with pytest.raises(NotAdmin):
        access.require_admin(SERVER, [])
    with pytest.raises(SignInRequired):
        access.signed_in(SERVER)


@pytest.mark.parametrize(
    ("claims", "document", "admin"),
    [
        ({}, None, False),
        ({"admin": True}, None, True),
        ({}, {}, True),
        ({"staff": True}, None, False),
    ],
)
def test_administrators(
    claims: dict[str, Any], document: dict[str, Any] | None, admin: bool
) -> None:
    caller = access.user("ada", claims)
    found = [Snapshot(path, document, None) for path in access.admin_documents(caller)]
    if admin:
        assert access.require_admin(caller, found) == "ada"
    else:
        with pytest.raises(NotAdmin):
            access.require_admin(caller, found)
