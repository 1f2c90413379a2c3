"""The terms: who has accepted which version, and since when."""

from firetill import presence
from firetill.access import Caller, signed_in
from firetill.accounts import repository
from firetill.accounts.model import AcceptedTerms, AcceptTerms
from firetill.accounts.welcome import welcome
from firetill.database import Database, Snapshot, Transaction
from firetill.errors import ConsentRequired, TermsOutdated
from firetill.ledger.repository import user_path


def require(user: Snapshot, terms_version: str) -> None:
    """Make sure that a user has accepted the present terms.

    Args:
        user: the user's document, as the operation's transaction has read it.
        terms_version: the present version.

    Raises:
        ConsentRequired: the user has accepted none, or another version.
    """
    accepted = repository.consent_in(user)
    if accepted is None or accepted.terms_version != terms_version:
        raise ConsentRequired(terms_version)


def accept(
    db: Database, caller: Caller, request: AcceptTerms, *, terms_version: str
) -> AcceptedTerms:
    """Note that a user accepts the present terms; a repeat returns the first time, written once.

    Args:
        db: the database.
        caller: the user.
        request: which version the user was shown.
        terms_version: the present version.

    Raises:
        SignInRequired: a server calls.
        TermsOutdated: the user was shown another version than the present one.
        AccountDeleted: the account is being deleted.
    """
    user_id = signed_in(caller)
    if request.terms_version != terms_version:
        raise TermsOutdated(terms_version)

    def body(tx: Transaction) -> AcceptedTerms:
        evidence_path = repository.consent_path(user_id, terms_version)
        user, evidence = tx.get(user_path(user_id), evidence_path)
        presence.require(user)
        accepted = repository.consent_in(user)
        if accepted is not None and accepted.terms_version == terms_version:
            return accepted
        welcome(tx, user_id, anonymous=caller.anonymous)
        since = (evidence.data or {}).get("acceptedAt") or tx.now
        accepted = AcceptedTerms(terms_version=terms_version, accepted_at=since)
        repository.put_consent(tx, user_id, accepted)
        return accepted

    return db.run_transaction(body)
