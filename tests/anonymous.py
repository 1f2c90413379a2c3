"""Credentials of nobody, for servers on this machine that ask for none."""

from typing import Any

from firebase_admin import credentials
from google.auth.credentials import AnonymousCredentials


class _Patient(AnonymousCredentials):
    def refresh(self, _request: Any) -> None:
        """Do as a real account, which asks for a fresh token after a 401 and tries again."""


class Anonymous(credentials.Base):  # type: ignore[misc]  # firebase_admin is untyped
    """For `firebase_admin.initialize_app`."""

    def get_credential(self) -> AnonymousCredentials:
        return _Patient()  # type: ignore[no-untyped-call]  # google-auth's is untyped
