"""Who may what, for every operation: by claims, by documents, by devices, by servers."""

from typing import Any, Final

import pytest

from tests.abuse.declarations import OPERATIONS
from tests.abuse.doors import Door, anonymous_token, call, doors_of, token
from tests.abuse.honest import honest
from tests.abuse.town import ADA, BALL, EVE, GALA, KEY, STEWARD, SUPERVISOR, Town
from tests.integration.shop import write

ADMINS: Final = [name for name, one in OPERATIONS.items() if one.who == "admin"]
STAFF: Final = [name for name, one in OPERATIONS.items() if one.who in {"staff", "supervisor"}]
SUPERVISORS: Final = [name for name, one in OPERATIONS.items() if one.who == "supervisor"]
SERVERS: Final = [name for name, one in OPERATIONS.items() if one.server]

FALSE_CLAIMS: Final[dict[str, dict[str, Any]]] = {
    "none": {},
    "admin as a word": {"admin": "true"},
    "admin as a number": {"admin": 1},
    "admin in a list": {"admin": [True]},
    "admin in a map": {"admin": {"value": True}},
    "admin in a map of claims": {"claims": {"admin": True}, "custom": {"admin": True}},
    "Admin": {"Admin": True, "ADMIN": True, "isAdmin": True, "role": "admin", "roles": ["admin"]},
    "admin with Cyrillic letters": {"\u0430dmin": True},
    "server": {"server": True, "user_id": "server", "proxy": True},
    "staff of everything": {"staff": True, "supervisor": True},
    "staff of a pattern": {"staff": ["*", "", ".*", f"{BALL}/"], "supervisor": ["*"]},
}
NO_STAFF: Final[dict[str, dict[str, Any]]] = {
    "none": {},
    "a word": {"staff": "true", "supervisor": "true"},
    "the event's name": {"staff": BALL, "supervisor": BALL},
    "a map": {"staff": {BALL: True}, "supervisor": {BALL: True}},
    "a number": {"staff": 1, "supervisor": 1},
    "another event": {"staff": [GALA], "supervisor": [GALA]},
    "a list in a list": {"staff": [[BALL]], "supervisor": [[BALL]]},
    "patterns": {"staff": ["*", "", "BALL", "ball "], "supervisor": ["*", "ball\u200b"]},
    "admin as a word": {"admin": "true"},
}


def _bearer(made: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {made}"}


@pytest.mark.parametrize("name", ADMINS)
def test_no_administrator(name: str, town: Town) -> None:
    for label, claims in FALSE_CLAIMS.items():
        made = token("mallory", **claims)
        for one in honest(town, name):
            for door in doors_of(name):
                answer = call(name, one.data, _bearer(made), door)
                assert (answer.status, answer.details) == (403, {"reason": "not_admin"}), label
    assert town.everything() == town.before


@pytest.mark.parametrize(
    "who", [EVE, STEWARD[BALL], SUPERVISOR[BALL], "phone-of-ball", "anon-of-eve"]
)
@pytest.mark.parametrize("name", ADMINS)
def test_whoever_has_another_role_is_no_administrator(name: str, who: str, town: Town) -> None:
    answer = call(name, honest(town, name)[0].data, town.headers(who))
    assert (answer.status, answer.reason) == (403, "not_admin")
    assert town.everything() == town.before


@pytest.mark.parametrize("name", STAFF)
def test_no_staff(name: str, town: Town) -> None:
    for label, claims in NO_STAFF.items():
        made = token("mallory", **claims)
        for one in honest(town, name):
            for door in doors_of(name):
                answer = call(name, one.data, _bearer(made), door)
                assert answer.details == {"reason": "not_staff", "eventId": BALL}, label
    assert town.everything() == town.before


@pytest.mark.parametrize("who", [EVE, ADA, STEWARD[GALA], SUPERVISOR[GALA], "phone-of-gala"])
@pytest.mark.parametrize("name", STAFF)
def test_another_events_staff(name: str, who: str, town: Town) -> None:
    for one in honest(town, name):
        answer = call(name, one.data, town.headers(who))
        assert answer.reason == "not_staff", answer.text
    assert town.everything() == town.before


@pytest.mark.parametrize("name", SUPERVISORS)
def test_staff_is_no_supervisor(name: str, town: Town) -> None:
    for made in (token("mallory", staff=True), token("mallory", staff=[BALL]), token("stu")):
        answer = call(name, honest(town, name)[0].data, _bearer(made))
        assert answer.reason == "not_staff", answer.text
    assert town.everything() == town.before


ROLES: Final[list[Any]] = ["Supervisor", "admin", "owner", "", None, True, 1, ["staff"], {"a": 1}]


@pytest.mark.parametrize("name", STAFF)
def test_roles_that_no_document_gives(name: str, town: Town) -> None:
    for role in ROLES:
        write(town.database, f"eventStaff/{BALL}/members/mallory", {"role": role})
        before = town.everything()
        answer = call(name, honest(town, name)[0].data, _bearer(token("mallory")))
        assert answer.reason == "not_staff", (role, answer.text)
        assert town.everything() == before


@pytest.mark.parametrize("name", [*ADMINS, *STAFF])
def test_roles_in_documents_that_give_none(name: str, town: Town) -> None:
    """A user's own profile is the one document that rules let a user write."""
    roles = {"admin": True, "role": "supervisor", "staff": True, "supervisor": [BALL]}
    for collection in ("users", "customers", "buyers", f"eventUsers/{BALL}/users"):
        write(town.database, f"{collection}/mallory", {**roles, "claims": roles})
    answer = call(name, honest(town, name)[0].data, _bearer(token("mallory")))
    assert answer.reason in {"not_admin", "not_staff"}, answer.text


def test_a_device_appoints_nobody(town: Town) -> None:
    """Not even one with a supervisor's rights, and however its account signs in."""
    data = honest(town, "createPairingCode")[0].data
    for made in (anonymous_token("phone-of-ball"), token("phone-of-ball")):
        answer = call("createPairingCode", data, _bearer(made))
        assert answer.reason == "not_staff"
    assert town.everything() == town.before


@pytest.mark.parametrize("who", [EVE, STEWARD[BALL], SUPERVISOR[BALL], "root"])
def test_a_person_is_no_device(who: str, town: Town) -> None:
    answer = call("pairDevice", honest(town, "pairDevice")[0].data, town.headers(who))
    assert answer.reason == "not_a_device"
    assert town.everything() == town.before


def test_a_steward_makes_no_supervisors(town: Town) -> None:
    data = {**honest(town, "createPairingCode")[0].data, "role": "supervisor"}
    answer = call("createPairingCode", data, town.headers(STEWARD[BALL]))
    assert answer.reason == "not_staff"
    assert town.everything() == town.before


@pytest.mark.parametrize(
    ("name", "door"), [(name, door) for name in OPERATIONS for door in doors_of(name)]
)
def test_nobody_at_all(name: str, door: Door, town: Town) -> None:
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Basic cm9vdDpyb290"}):
        answer = call(name, honest(town, name)[0].data, headers, door)
        assert (answer.status, answer.reason) == (401, "sign_in_required")
    assert town.everything() == town.before


@pytest.mark.parametrize("name", [one for one in OPERATIONS if "rest" in doors_of(one)])
def test_servers_may_what_is_theirs_and_no_more(name: str, town: Town) -> None:
    """The right key opens what is declared for servers; a wrong one opens nothing."""
    data = honest(town, name)[0].data
    answer = call(name, data, {"x-proxy-key": KEY}, "rest")
    if name in SERVERS:
        assert answer.status == 200, answer.text
    else:
        assert (answer.status, answer.reason) == (401, "sign_in_required")
        assert town.everything() == town.before
    town.store.restore(town.before)
    also = {"x-proxy-key": KEY + "x", **town.headers("root")}
    answer = call(name, data, also, "rest")
    assert (answer.status, answer.reason) == (403, "bad_proxy_key")
    assert town.everything() == town.before


@pytest.mark.parametrize("name", SERVERS)
def test_a_proxy_key_is_nothing_to_a_callable(name: str, town: Town) -> None:
    answer = call(name, honest(town, name)[0].data, {"x-proxy-key": KEY})
    assert (answer.status, answer.reason) == (401, "sign_in_required")


@pytest.mark.parametrize(
    "name", [name for name, one in OPERATIONS.items() if one.who in {"user", "owner"}]
)
def test_nobody_names_the_caller(name: str, town: Town) -> None:
    """Whose wallet it is, the token says; a name in the input is an unknown field."""
    one = honest(town, name)[0]
    for door in doors_of(name):
        for extra in ("userId", "uid", "user_id", "caller", "admin", "asUser"):
            answer = call(name, {**one.data, extra: ADA}, town.headers(one.who), door)
            assert answer.details == {"reason": "unknown_field", "field": extra}, answer.text
    assert town.everything() == town.before
