"""A queue that only remembers, a provider that does as it is told, and the calls of a user."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from firetill.access import Caller
from firetill.accounts import consent
from firetill.accounts.model import AcceptTerms
from firetill.database import Database
from firetill.ledger import service as ledger
from firetill.ledger.model import Wallet
from firetill.metering import service
from firetill.metering.model import Action, ActionInput, ActionOutput, QueuedAction, RunAction
from firetill.metering.model import TokenUsage as Tokens
from firetill.metering.provider import Answer, Work
from firetill.metering.repository import action_in, action_path
from firetill.task_queue import TaskQueueUnavailable
from tests.factories import buy_credits

USER = "ada"
TERMS = "2026-11"
ALLOWANCE = 20
"""Of the free tier, a day."""
WELCOME = 50


class Tray:
    """A queue that keeps each task id once; `down` while it takes nothing."""

    def __init__(self) -> None:
        self.tasks: dict[str, str] = {}
        self.down = False

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        assert function == "processAction"
        if self.down:
            raise TaskQueueUnavailable("down")
        self.tasks.setdefault(task_id, payload["actionId"])


class Oracle:
    """Answers all work, or does what it is told to first."""

    name = "oracle"

    def __init__(self) -> None:
        self.asked: list[Work] = []
        self.troubles: list[Exception | Callable[[], object]] = []
        """What comes of the next questions: raised, or called before the answer."""
        self._lock = threading.Lock()

    def run(self, work: Work) -> Answer:
        with self._lock:
            self.asked.append(work)
            number = len(self.asked)
            trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Exception):
            raise trouble
        if trouble is not None:
            trouble()
        output = ActionOutput(text=f"answer {number}", replies=["yes", "no"])
        return Answer(output, Tokens(input_tokens=7, output_tokens=3), self.name)


def agree(db: Database, user_id: str = USER, *, anonymous: bool = False) -> None:
    """Accept the terms, which welcomes the user too, if not anonymous."""
    caller = Caller(user_id=user_id, anonymous=anonymous)
    consent.accept(db, caller, AcceptTerms(terms_version=TERMS), terms_version=TERMS)


def prosper(db: Database, bought: int, user_id: str = USER) -> None:
    """Accept the terms and buy credits, beside the welcome and today's allowance."""
    agree(db, user_id)
    if bought:
        buy_credits(db, user_id, bought)


def ask(
    db: Database,
    tray: Tray,
    kind: str = "short_chat",
    *,
    key: str = "ask-1",
    user_id: str = USER,
    text: str = "Hi there!",
    **given: Any,
) -> QueuedAction:
    request = RunAction(kind=kind, input=ActionInput(text=text, **given), idempotency_key=key)
    return service.run(db, tray, Caller(user_id=user_id), request, terms_version=TERMS)


def action(db: Database, action_id: str) -> Action:
    [found] = db.get(action_path(action_id))
    stored = action_in(found)
    assert stored is not None
    return stored


def open_actions(db: Database, user_id: str = USER) -> list[str]:
    [user] = db.get(f"users/{user_id}")
    return list((user.data or {}).get("openActions") or ())


def sound_wallet(db: Database, user_id: str = USER) -> Wallet:
    """The user's wallet, once its chain of entries has proved it."""
    wallet, faults = ledger.verify(db, user_id)
    assert faults == []
    return wallet


def kinds(db: Database, user_id: str = USER) -> list[str]:
    """The kinds of the user's entries, the oldest first."""
    return [entry.kind for entry in ledger.entries(db, user_id)]
