import shutil
from pathlib import Path

import pytest

from local.layout import VENV

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="module")
def sample_functions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small codebase of functions that runs on the checkout's virtual environment."""
    directory = tmp_path_factory.mktemp("codebase") / "functions"
    shutil.copytree(SAMPLE, directory, ignore=shutil.ignore_patterns("__pycache__"))
    (directory / "requirements.txt").touch()
    (directory / "venv").symlink_to(VENV)
    return directory
