"""What subscribers, their cards and time do."""

from __future__ import annotations

import copy
from typing import Literal, get_args

from local.stripe_double import customers, invoices, setup_intents, timeline
from local.stripe_double.account import Account, Dunning
from local.stripe_double.errors import ApiError, Json


class BillingControls:
    """The controls of subscriptions."""

    _account: Account

    def advance_clock(self, to: int) -> int:
        """Move the account's time on; returns it in Unix seconds.

        Everything that is due by then happens in order and at its own time: periods end, invoices
        are finalized an hour after they were drafted, failed payments are tried again, what was
        never paid expires.

        Args:
            to: Unix seconds.

        Raises:
            ValueError: that is in the past.
        """
        with self._account.lock:
            now = self._account.now()
            if to < now:
                raise ValueError(f"the account's time is {now}; it does not go back to {to}")
            self._account.clock_offset += to - now
            timeline.run(self._account, to)
            return self._account.now()

    def set_payment_method(self, customer: str, payment_method: str = "pm_card_visa") -> Json:
        """Let a customer put another card in the place of the one they have; returns the customer.

        From now on their subscriptions are charged to it: with ``pm_card_chargeCustomerFail`` their
        next payments fail.

        Raises:
            ApiError: the customer is not there, or the payment method is unknown.
        """
        with self._account.lock:
            thing = self._account.get("customer", customer)
            customers.replace_card(self._account, thing, payment_method)
            return copy.deepcopy(thing)

    def set_up(self, setup_intent: str, payment_method: str = "pm_card_visa") -> Json:
        """Confirm a SetupIntent as the customer's app would; returns it.

        A decline shows in it and is no error here.

        Raises:
            ApiError: it is not there, or has a card already.
        """
        with self._account.lock:
            thing = self._account.get("setup_intent", setup_intent)
            try:
                setup_intents.confirm(self._account, thing, payment_method)
            except ApiError as refusal:
                if refusal.status != 402:
                    raise
            return copy.deepcopy(thing)

    def pay_invoice(self, invoice: str, payment_method: str = "pm_card_visa") -> Json:
        """Pay an open invoice on the page that Stripe hosts for it; returns the invoice.

        A decline shows in it and is no error here.

        Raises:
            ApiError: it is not there, or not open.
        """
        with self._account.lock:
            thing = self._account.get("invoice", invoice)
            try:
                invoices.pay(self._account, thing, payment_method, off_session=False)
            except ApiError as refusal:
                if refusal.status != 402:
                    raise
            return copy.deepcopy(thing)

    def set_dunning(self, outcome: Literal["cancel", "mark_unpaid", "leave_past_due"]) -> None:
        """Choose what becomes of a subscription once the last attempt to charge it has failed.

        Raises:
            ValueError: there is no such outcome.
        """
        if outcome not in get_args(Dunning):
            raise ValueError(f"outcome must be one of {', '.join(get_args(Dunning))}")
        with self._account.lock:
            self._account.dunning = outcome
