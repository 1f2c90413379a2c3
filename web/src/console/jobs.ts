// The jobs, when they run, and what they do; `docs/endpoints.md` has the same table.

export interface Job {
  name: string;
  when: string;
  says: string;
}

export const JOBS: readonly Job[] = [
  {name: "auditInventory", when: "every day at 03:00", says: "Counts the stock of every event and product; reports a drift, mends nothing."},
  {name: "computeMetrics", when: "every 5 minutes", says: "Counts what is new for the figures of each day."},
  {name: "deleteAccounts", when: "every 5 minutes", says: "Goes on with deletions of accounts."},
  {name: "deliverNotifications", when: "every 5 minutes", says: "Sends notifications that no trigger has sent, or that failed."},
  {name: "endGracePeriods", when: "every hour", says: "Takes the tier of renewals that stayed unpaid for 7 days."},
  {name: "expireRedemptions", when: "every 15 minutes", says: "Burns the frozen votes of redemption windows that ran out."},
  {name: "expireReservations", when: "every 5 minutes", says: "Gives back the stock of unpaid orders that ran out, and finishes what is due at Stripe."},
  {name: "expireStaleSessions", when: "every 5 minutes", says: "Fails sessions without a heartbeat for 10 minutes."},
  {name: "purgeExpired", when: "every day at 05:00", says: "Removes what is kept for a time only and is still there."},
  {name: "reconcileAllUsers", when: "every 5 minutes", says: "Holds wallets against the ledger and corrects those that differ."},
  {name: "reconcileEventUsers", when: "every day at 04:00", says: "Holds guests' summaries against their tickets and corrects those that differ."},
  {name: "reconcileIncremental", when: "every 15 minutes", says: "Follows the chains of the ledger."},
  {name: "reconcileStripe", when: "every day at 06:00", says: "Makes good what a lost webhook left behind, and holds payments against Stripe."},
  {name: "resetDailyCredits", when: "every hour", says: "Grants today's allowance to those whose day is over."},
  {name: "retryStripeEvents", when: "every 5 minutes", says: "Tries failed events of Stripe's again."},
  {name: "sweepActions", when: "every 5 minutes", says: "Looks after metered actions that nobody has."},
];
