"""What the operations on whole accounts take and give."""

from typing import Annotated, Any

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


class ExportData(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """Input of `exportData`; `cursor` as the page before gave it."""

    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    cursor: Annotated[str, Meta(min_length=1, max_length=2_048)] | None = None


class ExportedDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One document about a user, under its path; `authentication` is what the sign-in knows."""

    path: str
    data: dict[str, Any]


class ExportedData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Result of `exportData`; `cursor` is null behind the last page."""

    documents: list[ExportedDocument]
    cursor: str | None
