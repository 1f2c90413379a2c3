"""What is deployed, as the deploy tool sees it: so no boundary can be forgotten."""

import sys
from typing import Any, Final

import main
from firetill.transport.declared import Declared
from tests.unit.transport.doors import Door

_KINDS: Final = {
    "callableTrigger": "callable",
    "httpsTrigger": "http",
    "taskQueueTrigger": "task",
    "eventTrigger": "event",
    "blockingTrigger": "blocking",
    "scheduleTrigger": "schedule",
}


def functions() -> dict[str, tuple[str, Door]]:
    """Every deployed function by its name, and by what it is called."""
    found = {}
    for name in main.__all__:
        function = getattr(main, name)
        endpoint = vars(function)["__firebase_endpoint__"]
        [kind] = [kind for field, kind in _KINDS.items() if getattr(endpoint, field) is not None]
        found[name] = (kind, function)
    return found


def declarations() -> dict[str, Declared[Any]]:
    """Every declared operation by its name."""
    loaded = [module for name, module in list(sys.modules.items()) if name.startswith("firetill.")]
    found = [one for module in loaded for one in vars(module).values() if isinstance(one, Declared)]
    return {one.name: one for one in found}
