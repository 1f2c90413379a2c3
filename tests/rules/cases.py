"""Every case: the table that all rules tests run.

Alice and Bob have a user document and one document in each collection that users own; Carol has
nothing yet.
"""

from tests.rules.case import Case
from tests.rules.profiles import profiles
from tests.rules.reading import reading
from tests.rules.writing import writing


def all_cases() -> list[Case]:
    """Return every case; names are unique."""
    return [*reading(), *writing(), *profiles()]
