"""What the operations on whole accounts take and give."""

from typing import Annotated

import msgspec
from msgspec import Meta

from firetill.fields import IdempotencyKey
from firetill.ledger.model import Wallet


class MergeAccount(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `mergeAccount`: an ID token of the anonymous account, which proves whose it is."""

    anonymous_id_token: Annotated[str, Meta(min_length=1, max_length=8_192)]
    idempotency_key: IdempotencyKey


class Moved(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an account handed over to another, in whole units."""

    credits: int
    ash: int
    obsidian: int
    purgatory_votes: int
    votes: int


class MergedAccount(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `mergeAccount`; the wallet is the caller's right after it."""

    moved: Moved
    wallet: Wallet
