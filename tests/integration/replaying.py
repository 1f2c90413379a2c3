"""What was recorded with real parts, played again in memory."""

from collections.abc import Mapping
from typing import Any

from firetill.database import Write
from firetill.stripe_gateway import StripeGateway
from tests.integration.till import KEY
from tests.simulation.memory_store import MemoryStore

Documents = Mapping[str, Mapping[str, Any]]


class Remembering(StripeGateway):
    """Answers what Stripe was asked before, at once."""

    def __init__(self, metadata: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(KEY, api_base="http://127.0.0.1:9")
        self._metadata = metadata

    def payment_intent_metadata(self, payment_intent_id: str) -> Mapping[str, str] | None:
        return self._metadata.get(payment_intent_id)


def copy_of(documents: Documents) -> MemoryStore:
    """A store that holds these documents."""
    store = MemoryStore()
    writes = [Write(path, "put", fields) for path, fields in documents.items()]
    store.commit(writes, seconds=10)
    return store
