"""A pytest plugin: refuse to test any other code than the mutated copy."""

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

import firetill

COPY: Final = "FIRETILL_COPY"
"""The environment variable that names the copy's folder."""


def pytest_sessionstart() -> None:
    copy = Path(os.environ[COPY])
    imported = Path(firetill.__file__ or "")
    if not imported.is_relative_to(copy):
        pytest.exit(
            f"{imported} would be tested, not {copy}", returncode=pytest.ExitCode.USAGE_ERROR
        )
    # Examples that break mutated code must not be replayed against the real one.
    set_hypothesis_home_dir(copy / ".hypothesis")
