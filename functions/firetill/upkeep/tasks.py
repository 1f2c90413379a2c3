"""What a run of reconciliation does with what it pages through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firetill.ledger.model import Entry, Fault
from firetill.upkeep import reconciliation
from firetill.upkeep.reconciliation import Case


@dataclass(frozen=True, slots=True)
class Task:
    """Something to look into, named after the document that it is about."""

    name: str
    run: Callable[[], str]


def verification(case: Case, user_id: str, known: Sequence[Entry | Fault] = ()) -> Task:
    """Return the task of verifying a user, with the entries that were read already."""
    return Task(f"users/{user_id}", lambda: reconciliation.verify(case, user_id, known))


def reports(case: Case, user_id: str | None, faults: Sequence[Fault]) -> list[Task]:
    """Return the task of reporting faults, or none if there are none."""

    def run() -> str:
        reconciliation.report(case, user_id, faults)
        return "faulty"

    return [Task(f"ledger/{faults[0].entry_id}", run)] if faults else []
