"""A story that hangs fails, is stopped, and says how far it had come."""

import sys

import pytest

from tests.e2e import telling


def test_what_hangs_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "PATIENCE_SECONDS", 2)
    program = "import time\nprint('so far', flush=True)\ntime.sleep(600)"
    with pytest.raises(pytest.fail.Exception, match="so far"):
        telling.tell([sys.executable, "-c", program])
