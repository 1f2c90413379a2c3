"""Accounts as documents: `consents/{id}`, and the account's own fields of a user's document."""

from datetime import datetime

import msgspec

from firetill.accounts.model import AcceptedTerms, Consent
from firetill.database import Snapshot, Transaction
from firetill.ledger.repository import user_path
from firetill.wire import derived_id, fields_of

CONSENTS = "consents"


def consent_path(user_id: str, terms_version: str) -> str:
    """Return the path of the evidence that a user accepted a version of the terms."""
    return f"{CONSENTS}/{derived_id('consent', user_id, terms_version)}"


def consent_in(user: Snapshot) -> AcceptedTerms | None:
    """Return which terms a user has accepted last, from the user's document; None if none."""
    accepted = (user.data or {}).get("consent")
    return msgspec.convert(accepted, AcceptedTerms) if accepted else None


def put_consent(tx: Transaction, user_id: str, accepted: AcceptedTerms) -> None:
    """Write what a user accepted, and the evidence; the transaction has read both documents.

    Evidence that is there already stays as it is: it was first accepted then.
    """
    tx.merge(user_path(user_id), {"consent": fields_of(accepted)})
    path = consent_path(user_id, accepted.terms_version)
    [evidence] = tx.get(path)
    if not evidence.exists:
        consent = Consent(
            user_id=user_id,
            terms_version=accepted.terms_version,
            accepted_at=accepted.accepted_at,
        )
        tx.create(path, fields_of(consent))


def is_created(user: Snapshot) -> bool:
    """Tell whether a user's document says when the account began."""
    return (user.data or {}).get("createdAt") is not None


def is_welcomed(user: Snapshot) -> bool:
    """Tell whether a user was given what new users are given."""
    return (user.data or {}).get("welcomedAt") is not None


def put_beginning(tx: Transaction, user_id: str, at: datetime) -> None:
    """Write when an account began, into the user's document that the transaction has read."""
    tx.merge(user_path(user_id), {"createdAt": at})


def put_welcome(tx: Transaction, user_id: str, at: datetime) -> None:
    """Write when a user was welcomed, into the document that the transaction has read."""
    tx.merge(user_path(user_id), {"welcomedAt": at})
