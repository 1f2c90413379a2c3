"""Users as administrators find them."""

from firetill.access import Caller
from firetill.admin import repository
from firetill.admin.model import ListUsers, UserPage
from firetill.database import Database
from firetill.directory import Directory
from firetill.errors import InvalidField
from firetill.fields import is_user_id
from firetill.ledger.repository import user_path
from firetill.usernames import rules as usernames
from firetill.usernames.repository import username_path


def users(db: Database, directory: Directory, caller: Caller, request: ListUsers) -> UserPage:
    """Return a page of users, or those whom a search means.

    Raises:
        NotAdmin: the caller is no administrator.
        InvalidField: a search comes with a cursor: it has one page.
        DirectoryUnavailable: the owner of an address could not be looked up.
        Contention: Firestore did not answer.
    """
    repository.check_admin(db, caller)
    if request.search is not None:
        if request.cursor is not None:
            raise InvalidField("cursor", "a search has one page")
        return _search(db, directory, request.search.strip())
    found = db.query(repository.users_behind(request.cursor, limit=request.limit))
    more = len(found) == request.limit
    return UserPage(
        users=[repository.user_in(user) for user in found],
        cursor=found[-1].document_id if more else None,
    )


def _search(db: Database, directory: Directory, search: str) -> UserPage:
    """Find users by id, username or proven e-mail address; whoever has an account counts."""
    meant: set[str] = set()
    if "@" in search:
        by_email = directory.user_id_by_email(search)
        meant |= {by_email} if by_email else set()
    if is_user_id(search):
        meant.add(search)
    username = usernames.normalised(search)
    if is_user_id(username):  # else it can name no document, let alone be a username
        [name] = db.get(username_path(username))
        owner = (name.data or {}).get("userId")
        meant |= {owner} if is_user_id(owner) else set()
    found = db.get(*(user_path(user_id) for user_id in sorted(meant))) if meant else []
    there = [user for user in found if user.exists or directory.exists(user.document_id)]
    return UserPage(users=[repository.user_in(user) for user in there], cursor=None)
