"""Who has an account: Firebase Authentication's users, by id and by e-mail address."""

from collections.abc import Callable
from typing import Any, Protocol

import firebase_admin
from firebase_admin import auth, exceptions
from google.auth.exceptions import GoogleAuthError

from firetill.errors import DirectoryUnavailable


class Directory(Protocol):
    """The accounts of this project; each question is one request to whoever keeps them.

    Raises:
        DirectoryUnavailable: it did not answer; nothing is known.
    """

    def exists(self, user_id: str) -> bool:
        """Tell whether there is an account with this id."""

    def email_of(self, user_id: str) -> str | None:
        """Return the address of an account; None if it has none, or there is no such account."""

    def user_id_by_email(self, email: str) -> str | None:
        """Return the id of the account that has proved to own this address; None if none has.

        Anybody can sign up with somebody else's address, so an unverified one finds nobody. Letter
        case does not matter.
        """

    def delete(self, user_id: str) -> None:
        """Delete an account; harmless when repeated."""


class FirebaseDirectory:
    """Firebase Authentication, or its emulator."""

    def __init__(self, app: Any = None) -> None:
        """Name the firebase-admin app to ask through; the default one unless told.

        Raises:
            ValueError: there is no default one yet.
        """
        self._app = app or firebase_admin.get_app()

    def exists(self, user_id: str) -> bool:
        """Tell whether there is an account with this id."""
        return _found(auth.get_user, user_id, self._app) is not None

    def email_of(self, user_id: str) -> str | None:
        """Return the address of an account; None if it has none, or there is no such account."""
        user = _found(auth.get_user, user_id, self._app)
        return (user.email or None) if user else None

    def user_id_by_email(self, email: str) -> str | None:
        """Return the id of the account that has proved to own this address; None if none has."""
        user = _found(auth.get_user_by_email, email.strip().lower(), self._app)
        return user.uid if user and user.email_verified else None

    def delete(self, user_id: str) -> None:
        """Delete an account; harmless when repeated."""
        _found(auth.delete_user, user_id, self._app)


def _found(get: Callable[[str, Any], Any], key: str, app: Any) -> Any | None:
    try:
        return get(key, app)
    except (ValueError, auth.UserNotFoundError):
        return None  # a key of another form is nobody's either
    except exceptions.FirebaseError as error:
        if isinstance(error, exceptions.InvalidArgumentError):
            return None
        raise DirectoryUnavailable from error
    except GoogleAuthError as error:  # nobody gave us the right to ask
        raise DirectoryUnavailable from error
