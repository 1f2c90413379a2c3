"""A mutation: one realistic mistake in the money paths, made in a copy of the code."""

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FUNCTIONS: Final = ROOT / "functions"


class StaleMutationError(ValueError):
    """The code that a mutation changes is no longer there, or is there more than once."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One mistake.

    `file` is below `functions/firetill`; `before` occurs in it once and is replaced by `after`.
    `suffers` says what a user would suffer. `tests` are the files below `tests` that ought to find
    it; where they do not, its room's tests and then all others are asked.
    """

    name: str
    file: str
    before: str
    after: str
    suffers: str
    tests: tuple[str, ...]

    @property
    def room(self) -> str:
        """Return the folder of the tests that see to the mutated file."""
        folder, _, rest = self.file.partition("/")
        return folder if rest else "core"

    def applied_to(self, source: str) -> str:
        """Return a source with the mistake in it.

        Raises:
            StaleMutationError: what it changes does not occur in the source just once.
        """
        found = source.count(self.before)
        if found != 1:
            raise StaleMutationError(f"{self.name}: its text occurs {found} times in {self.file}")
        return source.replace(self.before, self.after)

    def apply(self, functions: Path) -> None:
        """Make the mistake in a copy of the functions' folder.

        Raises:
            StaleMutationError: what it changes does not occur in the file just once.
        """
        path = functions / "firetill" / self.file
        path.write_text(self.applied_to(path.read_text()))
        # The copied bytecode could pass for the mutated file's: same size, same second.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


@contextmanager
def copied(mutation: Mutation | None = None) -> Iterator[Path]:
    """Copy what is deployed to a folder that is gone afterwards, and make a mistake in it.

    Raises:
        StaleMutationError: as `Mutation.apply`.
    """
    with tempfile.TemporaryDirectory(prefix="firetill-mutation-") as directory:
        functions = Path(directory)
        # Other processes are writing bytecode under such names.
        passing = shutil.ignore_patterns("*.pyc.*")
        shutil.copytree(FUNCTIONS / "firetill", functions / "firetill", ignore=passing)
        shutil.copy2(FUNCTIONS / "main.py", functions)
        if mutation is not None:
            mutation.apply(functions)
        yield functions
