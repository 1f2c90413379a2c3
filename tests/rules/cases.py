"""Every case: the table that all rules tests run.

Alice and Bob have a user document, one document in each collection that users own, and tickets for
two events; Carol has nothing yet.
"""

from tests.rules.case import Case
from tests.rules.doors import doors
from tests.rules.operating import operating
from tests.rules.profiles import profiles
from tests.rules.reading import reading
from tests.rules.selling import selling
from tests.rules.writing import writing


def all_cases() -> list[Case]:
    """Return every case; names are unique."""
    return [*reading(), *writing(), *profiles(), *doors(), *selling(), *operating()]
