"""What apps ask of accounts, under its deployed names."""

from typing import Any, Final

from firetill import config, errors, runtime
from firetill.accounts import consent, welcome
from firetill.accounts.model import AcceptedTerms, AcceptTerms
from firetill.transport.callables import callable_function
from firetill.transport.declared import Declared
from firetill.transport.signups import signup_function

ACCEPT_TERMS: Final = Declared(
    name="acceptTerms",
    summary="Accept the present version of the terms.",
    path="/api/user/consent",
    takes=AcceptTerms,
    gives=AcceptedTerms,
    run=lambda caller, request: consent.accept(
        runtime.database(), caller, request, terms_version=config.terms_version()
    ),
    refusals=(errors.TermsOutdated, errors.AccountDeleted),
    example={"termsVersion": "2026-11"},
    result={"termsVersion": "2026-11", "acceptedAt": "2026-11-20T09:30:00.000Z"},
)

OPERATIONS: Final[tuple[Declared[Any], ...]] = (ACCEPT_TERMS,)

acceptTerms = callable_function(ACCEPT_TERMS)
welcomeUser = signup_function(
    "welcomeUser",
    lambda user_id, anonymous: welcome.sign_up(
        runtime.hurried_database(), user_id, anonymous=anonymous
    ),
    wanted=config.SIGN_UP_TRIGGER,
)
