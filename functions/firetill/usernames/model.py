"""Usernames, and what their operation takes and gives."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class ClaimUsername(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `claimUsername`; what is no good name is refused with a reason of its own."""

    username: Annotated[str, Meta(max_length=128)]


class Username(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `claimUsername`: the name in its one spelling."""

    username: str


class TakenUsername(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`usernames/{username}`: whose a name is."""

    username: str
    user_id: str
    created_at: datetime


class UsernameLook(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`usernameLooks/{skeleton}`: which name has this look; no other one may."""

    username: str
    user_id: str
    created_at: datetime


class UsernameAttempts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`usernameAttempts/{uid}`: when a user was refused within the last hour."""

    user_id: str
    refused_at: list[datetime]
    expires_at: datetime
