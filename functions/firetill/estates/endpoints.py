"""What apps ask about whole accounts, under its deployed names."""

from typing import Any, Final

from firetill import access, errors, runtime
from firetill.access import Caller
from firetill.estates import merging
from firetill.estates.model import MergeAccount, MergedAccount
from firetill.transport import authentication
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared


def _merge(caller: Caller, request: MergeAccount) -> MergedAccount:
    runtime.initialize_admin()
    try:
        claims = authentication.claims_of(request.anonymous_id_token)
    except errors.SignInRequired:
        raise errors.InvalidField("anonymousIdToken", "is no valid ID token") from None
    anonymous = access.user(claims["uid"], claims)
    key = request.idempotency_key
    return merging.merge(runtime.database(), caller, anonymous, idempotency_key=key)


MERGE: Final = Declared(
    name="mergeAccount",
    summary="Move all that an anonymous account has to one's own.",
    path="/api/user/merge",
    takes=MergeAccount,
    gives=MergedAccount,
    run=_merge,
    refusals=(
        errors.IdempotencyKeyReused,
        errors.MergeRefused,
        errors.SessionAlreadyActive,
        errors.AccountDeleted,
        errors.RateLimited,
    ),
    example={"anonymousIdToken": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "idempotencyKey": "merge-1"},
    result={
        "moved": {"credits": 120, "ash": 0, "obsidian": 0, "purgatoryVotes": 0, "votes": 0},
        "wallet": {
            "credits": 620,
            "lockedCredits": 0,
            "dailyCredits": 20,
            "ash": 0,
            "obsidian": 150,
            "purgatoryVotes": 0,
            "votes": 250,
            "lifetimePurchased": 1000,
            "seq": 10,
            "head": "4a" * 32,
        },
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (MERGE,)

mergeAccount = callable_function(MERGE)
