"""What operations of administrators refuse."""

from firetill.errors.refusal import Refusal


class StripeEventNotFound(Refusal):
    """The inbox has no such event, or nobody knows any more what it said."""

    reason, code, http_status = "stripe_event_not_found", "not-found", 404

    def __init__(self, event_id: str) -> None:
        super().__init__("There is no such event to be tried again.", eventId=event_id)


class JobNotFound(Refusal):
    """There is no job of that name."""

    reason, code, http_status = "job_not_found", "not-found", 404

    def __init__(self, job: str) -> None:
        super().__init__("There is no such job.", job=job)


class PlanNotFound(Refusal):
    """The job has no dry run of that id that has ended."""

    reason, code, http_status = "plan_not_found", "not-found", 404

    def __init__(self, plan_id: str) -> None:
        super().__init__("This job has no such plan.", planId=plan_id)


class PlanOutdated(Refusal):
    """The dry run is too old to be carried out; a new one says how things stand."""

    reason, code, http_status = "plan_outdated", "failed-precondition", 409

    def __init__(self, plan_id: str) -> None:
        super().__init__("The plan is too old. Make a new one.", planId=plan_id)
