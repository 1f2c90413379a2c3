"""What accounts refuse: terms that were not accepted, accounts that cannot be merged."""

from typing import Literal

from firetill.errors.refusal import Refusal


class ConsentRequired(Refusal):
    """The user has not accepted the present version of the terms."""

    reason, code, http_status = "consent_required", "permission-denied", 403

    def __init__(self, terms_version: str) -> None:
        super().__init__("Accept the terms first.", termsVersion=terms_version)


class TermsOutdated(Refusal):
    """The version that the user accepts is not the present one."""

    reason, code, http_status = "terms_outdated", "failed-precondition", 409

    def __init__(self, terms_version: str) -> None:
        message = "These are not the present terms; show those and ask again."
        super().__init__(message, termsVersion=terms_version)


MergeProblem = Literal[
    "caller_anonymous", "not_anonymous", "itself", "negative_balance", "open_actions"
]


class MergeRefused(Refusal):
    """The two accounts cannot be merged; `problem` says why."""

    reason, code, http_status = "merge_refused", "failed-precondition", 409

    def __init__(self, problem: MergeProblem) -> None:
        super().__init__("These accounts cannot be merged.", problem=problem)
