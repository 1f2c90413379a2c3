"""What only a claim needs is loaded by a claim alone."""

import subprocess
import sys
from pathlib import Path

import pytest

FUNCTIONS = Path(__file__).parents[3] / "functions"
LIBRARIES = "{'glin_profanity', 'confusable_homoglyphs'}"


@pytest.mark.parametrize(
    ("does", "loaded"),
    [
        ("import main", "set()"),
        ("from firetill.usernames.rules import fault_of; fault_of('ada')", "{'glin_profanity'}"),
        (
            "from firetill.usernames.rules import fault_of; fault_of('zo\\u00eb')",
            "{'confusable_homoglyphs'}",
        ),
    ],
)
def test_the_libraries_are_loaded_when_they_are_needed(does: str, loaded: str) -> None:
    script = f"import sys; {does}; print({LIBRARIES} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=FUNCTIONS, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == loaded
