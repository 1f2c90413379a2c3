"""Many operations on one thread, of which a seed says who goes on at each round trip."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import greenlet


class Crash(BaseException):
    """The process in which a task ran is gone; what it had written stays."""


@dataclass(eq=False)
class Task:
    """Something that runs, and waits wherever it asks somebody outside.

    `gone` says that its process has crashed: from then on it gets no answer any more, so that
    no handler of its own can clean up behind it. `serves` says whether it is a process at the
    moment, and not the app that waits for one.
    """

    name: str
    number: int
    work: Callable[[], None]
    gone: bool = False
    serves: bool = False
    skew_seconds: float = 0.0
    error: BaseException | None = None
    _greenlet: Any = field(default=None, repr=False)


class Scheduler:
    """Lets one task at a time go on, until it waits again."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._hub = greenlet.getcurrent()
        self._numbers = 0
        self.waiting: list[Task] = []
        self.running: Task | None = None

    def spawn(self, name: str, work: Callable[[], None], *, skew_seconds: float = 0.0) -> Task:
        """Have something begin at some later moment."""
        self._numbers += 1
        task = Task(name, self._numbers, work, skew_seconds=skew_seconds)
        task._greenlet = greenlet.greenlet(lambda: self._run(task))  # noqa: SLF001 - made here
        self.waiting.append(task)
        return task

    def pass_on(self) -> None:
        """Within a task: let others go on before its next request is served."""
        self._hub.switch()

    def go_on(self) -> Task:
        """Let one of those that wait go on until it waits again, or ends."""
        index = self._rng.randrange(len(self.waiting))
        task = self.waiting[index]
        self.running = task
        try:
            task._greenlet.switch()  # noqa: SLF001 - made here
        finally:
            self.running = None
        if task._greenlet.dead:  # noqa: SLF001 - made here
            self.waiting.remove(task)
        return task

    @staticmethod
    def _run(task: Task) -> None:
        try:
            task.work()
        except BaseException as error:  # noqa: BLE001 - whoever lets it go on looks at it
            task.error = error
