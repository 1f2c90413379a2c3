"""Who is to receive tickets."""

from firetill.directory import Directory
from firetill.errors import DirectoryUnavailable, RecipientNotFound, Refusal


def find(
    directory: Directory, *, user_id: str | None = None, email: str | None = None
) -> str | Refusal:
    """Return the id of the account that is meant, or why there is none.

    The refusal is returned, for it is up to the caller who may learn of it: whoever may ask at all
    could find out who has an account, and a repeated request has its answer already.

    Args:
        directory: who has an account; asked once.
        user_id: the account's id, or else
        email: an address that the account has proved to own.
    """
    try:
        if user_id is not None:
            return user_id if directory.exists(user_id) else RecipientNotFound()
        return directory.user_id_by_email(email or "") or RecipientNotFound()
    except DirectoryUnavailable as unavailable:
        return unavailable
