"""One project of the emulator under given rules, with the documents that the cases start from."""

from typing import Any

import httpx

from tests.rules.case import CALLERS, Case, documents
from tests.rules.client import OWNER, Client, Write, load_rules, signed_in


class RuledProject:
    """Runs cases against one set of rules."""

    was_written: bool = False
    """Whether the last case asked to change documents."""

    def __init__(self, http: httpx.Client, project: str, rules: str) -> None:
        self._http = http
        self._project = project
        self.server = Client(http, project, OWNER)
        self.load(rules)
        self.reset()

    def load(self, rules: str) -> None:
        """Replace the rules."""
        self.warnings = load_rules(self._http, self._project, rules)

    def reset(self) -> None:
        """Put every document back, and Carol's away."""
        writes = [Write(path, fields) for path, fields in documents()]
        answer = self.server.commit(*writes, Write("users/carol", delete=True))
        assert answer.status_code == 200, answer.text

    def client(self, caller: str) -> Client:
        """Return the client of one of the callers."""
        claims = CALLERS[caller]
        if claims is None:
            return Client(self._http, self._project, None)
        uid = caller.partition("_")[0]
        return Client(self._http, self._project, signed_in(self._project, uid, **claims))

    def allows(self, case: Case) -> bool:
        """Tell what the rules say to a case.

        Raises:
            AssertionError: the request failed before it came to the rules.
        """
        answer = case.act(self.client(case.caller))
        self.was_written = answer.request.url.path.endswith(":commit")
        if answer.status_code == 403:
            assert "PERMISSION_DENIED" in answer.text, answer.text
            return False
        # The rules let a read of an absent document pass with 404.
        assert answer.status_code in (200, 404), answer.text
        return True

    def coverage(self) -> list[dict[str, Any]]:
        """Return the emulator's report: per expression, the values that it took."""
        answer = self._http.get(f"/emulator/v1/projects/{self._project}:ruleCoverage")
        report: list[dict[str, Any]] = answer.json()["report"]
        return report
