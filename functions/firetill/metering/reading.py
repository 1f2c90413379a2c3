"""A user's actions, one or page by page."""

from firetill import cursors
from firetill.database import Database
from firetill.metering import repository, rules
from firetill.metering.model import (
    ActionHistory,
    ActionView,
    GetAction,
    ListActions,
)


def get(db: Database, user_id: str, request: GetAction) -> ActionView:
    """Return an action of a user's own.

    Raises:
        ActionNotFound: there is none of that id.
        NotOwner: it is somebody else's.
        Contention: Firestore did not answer.
    """
    [found] = db.get(repository.action_path(request.action_id))
    return rules.view(repository.own_action(found, user_id))


def history(db: Database, user_id: str, request: ListActions) -> ActionHistory:
    """Return a page of a user's actions, the newest first.

    Raises:
        InvalidField: the cursor is none of ours.
        Contention: Firestore did not answer.
    """
    place = cursors.read(request.cursor) if request.cursor else None
    before, before_id = (place.at, place.document_id) if place else (None, None)
    found = db.query(repository.actions_of(user_id, before, before_id, limit=request.limit))
    actions = [repository.own_action(each, user_id) for each in found]
    more = len(actions) == request.limit
    return ActionHistory(
        actions=[rules.view(action) for action in actions],
        cursor=cursors.written(actions[-1].created_at, actions[-1].action_id) if more else None,
    )
