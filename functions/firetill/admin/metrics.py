"""The figures of days."""

from datetime import date, timedelta
from typing import Final

import msgspec

from firetill.access import Caller
from firetill.admin import repository
from firetill.admin.model import GetMetrics, Metrics
from firetill.database import Database, Snapshot
from firetill.errors import InvalidField
from firetill.upkeep.metrics_model import DayMetrics
from firetill.upkeep.repository import metrics_path

MOST_DAYS: Final = 92


def metrics(db: Database, caller: Caller, request: GetMetrics) -> Metrics:
    """Return the figures of some days; a day of which nothing was counted has zeros.

    Raises:
        NotAdmin: the caller is no administrator.
        InvalidField: there is no such day, the last is before the first, or there are too many.
        Contention: Firestore did not answer.
    """
    repository.check_admin(db, caller)
    first, last = _day("from", request.from_day), _day("to", request.to_day)
    count = (last - first).days + 1
    if not 1 <= count <= MOST_DAYS:
        raise InvalidField("to", f"must be the first day or one of the {MOST_DAYS - 1} after it")
    days = [(first + timedelta(days=ahead)).isoformat() for ahead in range(count)]
    found = db.get(*(metrics_path(day) for day in days))
    return Metrics(days=[_figures(one) for one in found])


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidField(field, "is no day of the calendar") from None


def _figures(found: Snapshot) -> DayMetrics:
    return msgspec.convert({"day": found.document_id, **(found.data or {})}, DayMetrics)
