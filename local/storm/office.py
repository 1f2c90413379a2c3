"""What happens behind the counter: the operator refunds, and banks dispute."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from local.storm.calls import Line
from local.storm.lives import payments

OPERATOR: Final = "operator"
_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.3


@dataclass
class Office:
    """The operator at Stripe's dashboard, and the customers' banks."""

    line: Line
    chance: random.Random
    think_seconds: float
    _count: int = 0

    def work(self, is_over: Callable[[], bool]) -> None:
        """Take money back every now and then until it is over."""
        while not is_over():
            time.sleep(self.chance.expovariate(1 / self.think_seconds))
            known = payments(self.line.told)
            if not known:
                continue
            payment = self.chance.choice(known)
            if self.chance.random() < 0.6:
                self._refund(payment)
            else:
                self._dispute(payment)
            self._decide()

    def _refund(self, payment: str) -> None:
        """Refund a payment or a part of it, again with the same key until Stripe answers."""
        self._count += 1
        wanted: dict[str, Any] = {"payment_intent": payment}
        if self.chance.random() < 0.5:
            wanted["amount"] = self.chance.randint(100, 2_000)
        url = f"{self.line.stack.stripe.api_base}/v1/refunds"
        headers = {
            "Authorization": f"Bearer {self.line.stack.stripe.secret_key}",
            "Idempotency-Key": f"operator-{self._count}",
        }
        deadline = time.monotonic() + self.line.give_up_after
        while time.monotonic() < deadline:
            try:
                answer = httpx.post(url, data=wanted, headers=headers, timeout=_SECONDS)
            except httpx.HTTPError:
                time.sleep(_PAUSE_SECONDS)
                continue
            if answer.status_code < 500 and answer.status_code != httpx.codes.CONFLICT:
                ok = answer.is_success
                self.line.note(OPERATOR, "refund", answer.json(), ok=ok, paymentIntentId=payment)
                return
            time.sleep(_PAUSE_SECONDS)

    def _dispute(self, payment: str) -> None:
        try:
            opened = self.line.stripe("open_dispute", payment=payment)
        except RuntimeError:  # it is disputed already
            return
        self.line.note(OPERATOR, "dispute", opened, ok=True, paymentIntentId=payment)

    def _decide(self) -> None:
        waiting = [
            one["id"]
            for one in self.line.stripe("objects", kind="dispute")
            if one["status"] == "needs_response"
        ]
        if waiting and self.chance.random() < 0.7:
            outcome = self.chance.choice(["won", "lost"])
            self.line.stripe("close_dispute", dispute=self.chance.choice(waiting), outcome=outcome)
