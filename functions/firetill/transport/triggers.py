"""Triggered functions: one piece of work behind the creation of a document."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, cast

from firebase_functions import firestore_fn
from firebase_functions.params import SecretParam

from firetill import runtime
from firetill.logs import log_failure
from firetill.transport import options


class TriggerFailedError(RuntimeError):
    """The work broke off; the log says why."""


def created_function(
    name: str,
    document: str,
    run: Callable[[Mapping[str, str]], object],
    *,
    secrets: tuple[SecretParam, ...] = (),
) -> Callable[[Any], None]:
    """Make the deployed function that runs when a document has been created.

    Firestore tells of a document at least once, and never again if the function fails: a job must
    look after what was missed. What raises is logged with its stack and an alert.

    Args:
        name: the deployed name.
        document: a pattern such as `notifications/{notificationId}`.
        run: called with the values of the pattern's names; it logs its own outcome.
        secrets: the secrets that this function may read.
    """

    def handler(event: firestore_fn.Event[Any]) -> None:
        try:
            run(event.params)
        except Exception as error:  # noqa: BLE001 - the door: whatever went wrong, log it
            log_failure("trigger failed", error, operation=name, document=event.document)
            raise TriggerFailedError(f"{name} failed; see its log") from None

    handler.__name__ = name
    decorate = firestore_fn.on_document_created(
        document=document, **options.request_options(secrets)
    )
    deployed = cast("Callable[[Any], None]", decorate(handler))

    @functools.wraps(deployed)
    def door(event: Any) -> None:
        # Else the SDK makes an app of its own, which ours could then not be.
        runtime.initialize_admin()
        deployed(event)

    return door
