"""What apps ask of usernames, under its deployed name."""

from typing import Any, Final

from firetill import errors, runtime
from firetill.access import signed_in
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared
from firetill.usernames import service
from firetill.usernames.model import ClaimUsername, Username

CLAIM: Final = Declared(
    name="claimUsername",
    summary="Claim a username, once and for ever.",
    path="/usernames",
    takes=ClaimUsername,
    gives=Username,
    run=lambda caller, request: service.claim(runtime.database(), signed_in(caller), request),
    refusals=(
        errors.UsernameInvalid,
        errors.UsernameReserved,
        errors.UsernameTaken,
        errors.UsernameAlreadySet,
        errors.RateLimited,
        errors.AccountDeleted,
    ),
    example={"username": "Ada.Lovelace"},
    result={"username": "ada.lovelace"},
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (CLAIM,)

claimUsername = callable_function(CLAIM)
