"""Work that is to be done soon, outside of the call that asks for it."""

from collections.abc import Mapping
from typing import Final, Protocol

MESSAGE_SECONDS: Final = 600
"""How long a task may take before Cloud Tasks gives it up and tries again."""


class TaskQueueUnavailable(Exception):  # noqa: N818 - a state of the world, which a job makes good
    """The queue did not take the task; whoever relies on it has to see to it another way."""


class TaskQueue(Protocol):
    """Where tasks wait for the functions that do them."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Have a function do a task, at least once; an id that was taken before changes nothing.

        Args:
            function: the deployed name.
            task_id: names the task; letters, digits, hyphens and underscores.
            payload: what the function is given.

        Raises:
            TaskQueueUnavailable: the queue did not take it, or did not say so.
        """


class CloudTasks:
    """Cloud Tasks, or its emulator."""

    def enqueue(self, function: str, task_id: str, payload: Mapping[str, str]) -> None:
        """Have a function do a task, at least once; an id that was taken before changes nothing."""
        from firebase_admin import exceptions, functions  # noqa: PLC0415 - slow to import
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415 - few calls need it

        options = functions.TaskOptions(task_id=task_id, dispatch_deadline_seconds=MESSAGE_SECONDS)
        try:
            functions.task_queue(function).enqueue({"data": dict(payload)}, options)
        except exceptions.AlreadyExistsError:
            return
        except (exceptions.FirebaseError, GoogleAuthError, ValueError) as error:
            # firebase-admin tells of failing credentials by a ValueError.
            raise TaskQueueUnavailable(type(error).__name__) from error
