"""What apps ask of credits and allowances, under its deployed name."""

from typing import Any, Final

from firetill import errors, runtime
from firetill.access import signed_in
from firetill.allowances import service
from firetill.allowances.model import Credits, GetCredits
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared

GET_CREDITS: Final = Declared(
    name="getCredits",
    summary="Tell what the user has, today's allowance included.",
    method="GET",
    path="/api/user/credits",
    takes=GetCredits,
    gives=Credits,
    run=lambda caller, _: service.get_credits(
        runtime.database(), signed_in(caller), anonymous=caller.anonymous
    ),
    refusals=(errors.AccountDeleted,),
    example={},
    result={
        "tier": "plus",
        "spendable": 580,
        "allowance": {
            "limit": 100,
            "remaining": 80,
            "resetsAt": "2026-11-22T05:00:00.000Z",
            "timeZone": "America/New_York",
        },
        "wallet": {
            "credits": 500,
            "lockedCredits": 0,
            "dailyCredits": 80,
            "ash": 0,
            "obsidian": 0,
            "purgatoryVotes": 0,
            "votes": 0,
            "lifetimePurchased": 450,
            "seq": 4,
            "head": "5c3db367e445c53b977d4ffe162dcdb019b181f811c3ef5b5b3aa7aa75c8151c",
        },
    },
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (GET_CREDITS,)

getCredits = callable_function(GET_CREDITS)
