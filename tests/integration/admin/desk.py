"""What tests of administrators' operations do by hand."""

from collections.abc import Mapping
from typing import Any

from firetill.database import Database, Transaction


def write(db: Database, path: str, fields: Mapping[str, Any]) -> None:
    """Write fields of a document."""

    def body(tx: Transaction) -> None:
        tx.get(path)
        tx.merge(path, fields)

    db.run_transaction(body)
