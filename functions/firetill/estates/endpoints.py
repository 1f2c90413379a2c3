"""What apps ask about whole accounts, under its deployed names."""

from typing import Any, Final

from firetill import access, config, errors, runtime
from firetill.access import Caller, signed_in
from firetill.estates import deletion, export, merging
from firetill.estates.deletion import Means
from firetill.estates.deletion_model import DeleteAccount, DeletedAccount
from firetill.estates.model import ExportData, ExportedData, MergeAccount, MergedAccount
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

EXPORT: Final = Declared(
    name="exportData",
    summary="Read all that is stored about oneself, page by page.",
    path="/api/user/export",
    method="GET",
    takes=ExportData,
    gives=ExportedData,
    run=lambda caller, request: export.export(
        runtime.database(),
        signed_in(caller),
        request,
        lambda uid: runtime.directory().email_of(uid),
    ),
    refusals=(errors.RateLimited, errors.DirectoryUnavailable),
    example={"limit": 2},
    result={
        "documents": [
            {"path": "authentication", "data": {"email": "ada@example.com"}},
            {
                "path": "users/5AA7PdIq80PbZz9tbUWcGaQygNDm",
                "data": {"displayName": "Ada", "createdAt": "2026-11-20T09:30:00.000Z"},
            },
        ],
        "cursor": "WyJ1c2Vycy97dWlkfS9pdGVtczoiLG51bGxd",
    },
)


def _delete(caller: Caller, request: DeleteAccount) -> DeletedAccount:
    means = Means(runtime.database(), runtime.stripe_gateway(), runtime.directory())
    return deletion.delete(means, signed_in(caller), request)


DELETE: Final = Declared(
    name="deleteAccount",
    summary="Delete one's account and all personal data, for good.",
    path="/api/user",
    method="DELETE",
    takes=DeleteAccount,
    gives=DeletedAccount,
    run=_delete,
    refusals=(),
    example={"confirm": True},
    result={"status": "deleted", "deletionId": "~" + "5d" * 16},
    secrets=(config.STRIPE_SECRET_KEY,),
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (MERGE, EXPORT, DELETE)

mergeAccount = callable_function(MERGE)
exportData = callable_function(EXPORT)
deleteAccount = callable_function(DELETE)
