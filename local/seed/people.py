"""Who is in the history: people with accounts, and the sign-ins that a developer may use."""

import random
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

PASSWORD: Final = "firetill"
_SEED: Final = 5
_CROWD: Final = 42
_FIRST: Final = ("Ada", "Bela", "Cleo", "Emil", "Finn", "Gita", "Hugo", "Iris", "Kira", "Liam")
_LAST: Final = ("Adler", "Brandt", "Costa", "Engel", "Gupta", "Ito", "Keller", "Lopez", "Nagy")


@dataclass(frozen=True)
class Person:
    """An account; nobody signs in to one without a `password`, and a phone's has no e-mail."""

    uid: str
    name: str | None
    email: str | None
    password: str | None = None

    @property
    def username(self) -> str:
        """A username that fits the name."""
        return (self.name or self.uid).lower().replace(" ", ".")[:20]


@dataclass(frozen=True)
class Staff:
    """Who signs in to look after the house; all of them with the same password."""

    admin: Person
    supervisor: Person
    door: Person
    guest: Person

    def roles(self) -> dict[str, Person]:
        """Each sign-in by what it may do."""
        return {
            "administrator": self.admin,
            "supervisor at Ember Night": self.supervisor,
            "door staff at Ember Night": self.door,
            "guest": self.guest,
        }


def staff() -> Staff:
    """The sign-ins."""
    names = {
        "admin": "Alva Admin",
        "supervisor": "Sven Supervisor",
        "door": "Dora Door",
        "guest": "Gwen Guest",
    }
    return Staff(
        **{
            role: Person(_uid(role), name, f"{role}@firetill.test", PASSWORD)
            for role, name in names.items()
        }
    )


def crowd() -> list[Person]:
    """Everybody else who uses the app."""
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    return [named(name) for name in random.Random(_SEED).sample(names, _CROWD)]


def named(name: str) -> Person:
    """Somebody of this name, with an address that proves nothing but the name."""
    return Person(_uid(name), name, f"{name.lower().replace(' ', '.')}@guests.firetill.test")


def nameless(what: str) -> Person:
    """Somebody of whom only an id is known; as a phone's anonymous account."""
    return Person(_uid(what), None, None)


class Accounts:
    """The accounts of a project's Auth emulator, as the services ask for them."""

    def __init__(self, people: Iterable[Person]) -> None:
        """Know these people; their accounts are made by `create`."""
        self._people = {person.uid: person for person in people}

    def create(self, auth_url: str, project_id: str) -> None:
        """Make all accounts, with e-mail addresses that count as verified.

        Raises:
            httpx.HTTPError: the Auth emulator does not take them.
        """
        url = f"{auth_url}/identitytoolkit.googleapis.com/v1/projects/{project_id}"
        made = httpx.post(
            f"{url}/accounts:batchCreate",
            json={"users": [_account(person) for person in self._people.values()]},
            headers={"Authorization": "Bearer owner"},
            timeout=30,
        )
        made.raise_for_status()
        if errors := made.json().get("error"):
            raise httpx.HTTPError(f"Accounts were refused: {errors}")

    def exists(self, user_id: str) -> bool:
        """Tell whether there is an account with this id."""
        return user_id in self._people

    def email_of(self, user_id: str) -> str | None:
        """Return the address of an account; None if it has none, or there is no such account."""
        person = self._people.get(user_id)
        return person.email if person else None

    def user_id_by_email(self, email: str) -> str | None:
        """Return the id of the account that has proved to own this address; None if none has."""
        found = (one.uid for one in self._people.values() if one.email == email.strip().lower())
        return next(found, None)

    def delete(self, user_id: str) -> None:
        """Delete an account; nobody's history here ends so."""
        raise NotImplementedError(user_id)


def _account(person: Person) -> Mapping[str, Any]:
    fields = {
        "localId": person.uid,
        "displayName": person.name,
        "email": person.email,
        "emailVerified": person.email is not None,
        "rawPassword": person.password,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _uid(name: str) -> str:
    """An id as Firebase Authentication makes them, the same each time."""
    return "".join(random.Random(name).choices(string.ascii_letters + string.digits, k=28))
