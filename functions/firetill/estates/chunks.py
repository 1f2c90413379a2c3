"""Working through all documents of a query in commits of a bounded size, as far as time allows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from firetill.clock import monotonic_seconds
from firetill.database import Database, Query, Snapshot, Transaction

CHUNK: Final = 100
"""Documents in one commit, a write for each; Firestore takes 500, but many are rarely at rest."""


class OutOfTime(Exception):  # noqa: N818 - a state of the world, answered by going on later
    """The time for this visit is over; what is done stays done."""


@dataclass(frozen=True, slots=True)
class Chunks:
    """Who works through them, and until when."""

    db: Database
    deadline: float
    seconds: Callable[[], float] = monotonic_seconds

    def check(self) -> None:
        """Stop when the time is over.

        Raises:
            OutOfTime: it is.
        """
        if self.seconds() >= self.deadline:
            raise OutOfTime

    def empty(self, query: Query, change: Callable[[Transaction, Snapshot], None]) -> None:
        """Change all that a query finds, until it finds nothing; `change` takes each out of it.

        Raises:
            OutOfTime: there is more.
        """
        while page := self.db.query(query):
            self.check()
            self.commit([one.path for one in page], change)

    def commit(self, paths: list[str], change: Callable[[Transaction, Snapshot], None]) -> None:
        """Change those of some documents that are still there, in one commit."""

        def body(tx: Transaction) -> None:
            for found in tx.get(*paths):
                if found.exists:
                    change(tx, found)

        self.db.run_transaction(body)

    def each(self, query: Query) -> Iterator[Snapshot]:
        """Yield all that a query finds, page by page; what is found may stay in it.

        Raises:
            OutOfTime: there is more.
        """
        while page := self.db.query(query):
            for found in page:
                self.check()
                yield found
            if len(page) < query.limit:
                break
            query = replace(query, start_after=query.cursor(page[-1]))
