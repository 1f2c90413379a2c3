"""Names that only look like somebody's: other scripts, widths, marks, and what cannot be seen."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.abuse.declarations import with_value
from tests.abuse.doors import Door, call, doors_of
from tests.abuse.honest import honest, honest_for
from tests.abuse.naming import NAMING, Names
from tests.abuse.test_paths import NO_SUCH_FORM
from tests.abuse.town import EVE, Town

TWINS: Final = str.maketrans("aceopxyi", "асеорхуі")  # noqa: RUF001 - that is the point
WIDE: Final = {ord(one): ord(one) + 0xFEE0 for one in map(chr, range(0x21, 0x7F))}

DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "Cyrillic letters": lambda name: name.translate(TWINS),
    "wide letters": lambda name: name.translate(WIDE),
    "a first wide letter": lambda name: name[0].translate(WIDE) + name[1:],
    "an accent": lambda name: f"{name}\u0301",
    "a space of no width": lambda name: f"{name[0]}\u200b{name[1:]}",
    "a mark of byte order": lambda name: f"\ufeff{name}",
    "right to left": lambda name: f"\u202e{name}",
    "a soft hyphen": lambda name: f"{name[0]}\u00ad{name[1:]}",
    "a space before": lambda name: f" {name}",
    "a space behind": lambda name: f"{name} ",
    "a hard space": lambda name: f"{name}\u00a0",
}


ELSEWHERE: Final = {("claimUsername", "username"), ("mergeAccount", "anonymousIdToken")}
"""A name that is claimed has tests of its own, here below; a token is no name, see its tests.

Whoever types a pairing code may put spaces into it.
"""


def _plain(data: dict[str, object], field: str) -> str | None:
    value: object = data
    for part in field.split("."):
        name = part.removesuffix("[]")
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name][0] if part.endswith("[]") else value[name]
    return value if isinstance(value, str) else None


@pytest.mark.parametrize(
    ("operation", "field", "names", "door"),
    [
        pytest.param(operation, field, names, door, id=f"{operation}.{field}-{door}")
        for operation, field, names in NAMING
        for door in doors_of(operation)
        if (operation, field) not in ELSEWHERE
        if names.what != "device" or names.shape != "text"  # a label, which may say anything
    ],
)
def test_disguises(operation: str, field: str, names: Names, door: Door, town: Town) -> None:
    """A disguised name is refused, or is nobody's: it never reaches what it imitates."""
    one = honest_for(town, operation, field)
    name = _plain(one.data, field)
    if name is None:
        return  # a cursor or a plan that the honest call does without
    for label, disguise in DISGUISES.items():
        disguised = disguise(name)
        if disguised == name or (operation == "pairDevice" and "space" in label):
            continue
        town.store.restore(town.before)
        data = with_value(one.data, field, disguised)
        answer = call(operation, data, town.headers(one.who), door)
        if names.shape in {"id", "key"}:
            assert answer.reason in {*NO_SUCH_FORM, "recipient_not_found"}, (label, answer.text)
        after = town.everything()
        changed = [path for path, data in town.before.items() if after.get(path) != data]
        assert [path for path in changed if not path.startswith("usernameAttempts")] == [], label


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ("EVE.OF.BALL", "username_taken"),
        ("Eve.of.Ball", "username_taken"),
        ("eve.0f.ball", "username_taken"),
        ("eve.of.ba11", "username_taken"),
        ("eve.of.baII", "username_taken"),
        ("eve_of_ball", "username_taken"),
        ("eveofball", "username_taken"),
        ("еve.of.ball", "username_invalid"),  # noqa: RUF001 - that is the point
        ("eve.of.bаll", "username_invalid"),  # noqa: RUF001 - that is the point
        ("eve.of.ball\u200b", "username_invalid"),
        ("eve.of\u00ad.ball", "username_invalid"),
        ("\u202eeve.of.ball", "username_invalid"),
        ("eve.of.ball\u0301", "username_invalid"),
        ("ｅve.of.ball", "username_taken"),  # noqa: RUF001 - that is the point
        ("\U0001d41e\U0001d42f\U0001d41e.of.ball", "username_taken"),
        ("eve.of.ball/", "username_invalid"),
        ("../eve.of.ball", "username_invalid"),
        ("admin", "username_reserved"),
        ("ADM1N", "username_reserved"),
        ("аdmin", "username_invalid"),  # noqa: RUF001 - that is the point
    ],
)
def test_a_username_that_looks_like_hers(wanted: str, reason: str, town: Town) -> None:
    [one] = honest(town, "claimUsername")
    answer = call("claimUsername", {"username": wanted}, town.headers(one.who))
    assert answer.reason == reason, answer.text
    made = {path.split("/")[0] for path in town.everything().keys() - town.before.keys()}
    assert made <= {"usernameAttempts", "rateLimits"}


@pytest.mark.parametrize(
    "address",
    [
        "fаy@example.com",  # noqa: RUF001 - that is the point
        "fay@exаmple.com",  # noqa: RUF001 - that is the point
        "fay@example。com",
        "fay\u200b@example.com",
        "fay@example.com\u200b",
        "fay@ⓔxample.com",
        "fay+x@example.com",
        "fay@example.com.evil.example",
        "fay@evil.example,fay@example.com",
        "Fay <fay@example.com>",
        "fay@example.com\nBcc: eve@example.com",
        "fay＠example.com",  # noqa: RUF001 - that is the point
        '"fay"@example.com',
    ],
)
def test_an_address_that_looks_like_hers(address: str, town: Town) -> None:
    """Tickets go to the account that has proved to own this very address, or to nobody."""
    one = honest(town, "transferTicket")[1]
    answer = call("transferTicket", {**one.data, "toEmail": address}, town.headers(EVE))
    assert answer.reason in {"recipient_not_found", "invalid_field"}, answer.text
    assert town.everything() == town.before
