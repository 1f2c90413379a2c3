"""What a user's document says of the account itself, and what its operations take and give."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

TermsVersion = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The version of the terms that the user was shown.",
    ),
]


class AcceptTerms(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `acceptTerms`."""

    terms_version: TermsVersion


class AcceptedTerms(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `acceptTerms`, and `consent` in a user's document: which terms, and since when."""

    terms_version: str
    accepted_at: datetime


class Consent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`consents/{consentId}`: the evidence that a user accepted a version of the terms."""

    user_id: str
    terms_version: str
    accepted_at: datetime
