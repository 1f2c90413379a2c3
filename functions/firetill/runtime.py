"""The composition root: builds each client once, when something first needs it.

Nothing is built at import: the deploy tool imports every function to list them, with no network
and no credentials.
"""

import functools
import threading
from typing import TYPE_CHECKING, Final

import firebase_admin
from firebase_admin import credentials
from google.auth.credentials import AnonymousCredentials

from firetill import config, firestore
from firetill.clock import system_clock
from firetill.database import Database, RetryPolicy, Store

if TYPE_CHECKING:
    from firetill.directory import Directory
    from firetill.metering.provider import Provider
    from firetill.notifications.channels import Channels
    from firetill.stripe_gateway import StripeGateway
    from firetill.task_queue import TaskQueue
    from firetill.tickets.codes import Codes

ADMIN_SECONDS: Final = 8
"""How long firebase-admin waits for an answer, of Authentication or of Cloud Messaging."""

HURRY: Final = RetryPolicy(seconds=4.0, request_seconds=2.0)

_building = threading.Lock()


class _EmulatorCredential(credentials.Base):  # type: ignore[misc]  # firebase_admin is untyped
    """Stands for nobody; the emulators ask for no proof."""

    def get_credential(self) -> AnonymousCredentials:
        """Return credentials without a token."""
        return AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth's is untyped


def database() -> Database:
    """Return this process's database; safe on many threads."""
    with _building:
        return _database()


def hurried_database() -> Database:
    """Return a database that gives up within seconds, for who may not be kept waiting."""
    return Database(store(), system_clock, policy=HURRY)


def store() -> Store:
    """Return this process's way to Firestore; safe on many threads."""
    with _building:
        return _store()


def stripe_gateway() -> "StripeGateway":
    """Return this process's Stripe client; safe on many threads."""
    with _building:
        return _stripe_gateway()


def directory() -> "Directory":
    """Return this project's accounts; safe on many threads."""
    from firetill.directory import FirebaseDirectory  # noqa: PLC0415 - few functions need it

    initialize_admin()
    return FirebaseDirectory()


def task_queue() -> "TaskQueue":
    """Return where tasks wait to be done; safe on many threads."""
    from firetill.task_queue import CloudTasks  # noqa: PLC0415 - few functions need it

    initialize_admin()
    return CloudTasks()


def action_provider() -> "Provider":
    """Return whoever does the work of metered actions; safe on many threads.

    Raises:
        MisconfiguredError: a parameter names nobody, or lacks what its provider needs.
    """
    with _building:
        return _action_provider()


def ticket_codes() -> "Codes":
    """Return what signs and reads tickets' codes; safe on many threads."""
    with _building:
        return _ticket_codes()


def channels() -> "Channels":
    """Return whoever carries this project's notifications; safe on many threads.

    Raises:
        MisconfiguredError: a parameter names nobody, or lacks what its provider needs.
    """
    with _building:
        return _channels()


def initialize_admin() -> None:
    """Make firebase-admin ready for tokens, accounts and pushes; harmless when repeated."""
    with _building:
        _admin()


@functools.cache
def _database() -> Database:
    return Database(_store(), system_clock)


@functools.cache
def _store() -> Store:
    host, project_id = config.firestore_emulator_host(), config.project_id()
    return firestore.connect_emulator(host, project_id) if host else firestore.connect(project_id)


@functools.cache
def _stripe_gateway() -> "StripeGateway":
    from firetill.stripe_gateway import StripeGateway  # noqa: PLC0415 - slow to import, rarely used

    return StripeGateway(config.stripe_secret_key(), api_base=config.STRIPE_API_BASE.value)


@functools.cache
def _action_provider() -> "Provider":
    from firetill.metering.providers import choice  # noqa: PLC0415 - few functions need it

    return choice.chosen()


@functools.cache
def _ticket_codes() -> "Codes":
    from firetill.tickets.codes import Codes  # noqa: PLC0415 - few functions need cryptography

    return Codes(config.ticket_signing_keys())


@functools.cache
def _channels() -> "Channels":
    from firetill.directory import FirebaseDirectory  # noqa: PLC0415 - few functions need it
    from firetill.notifications import providers  # noqa: PLC0415 - few functions need it

    _admin()
    return providers.channels(FirebaseDirectory())


@functools.cache
def _admin() -> None:
    credential = _EmulatorCredential() if config.uses_auth_emulator() else None
    options = {"projectId": config.project_id(), "httpTimeout": ADMIN_SECONDS}
    firebase_admin.initialize_app(credential, options)
