// What the balances should be, worked out here from Firetill's rules and from nothing that it
// answers. Pure.

/** A wallet before anything happened; `seq` counts the ledger entries behind the balances. */
export const EMPTY = Object.freeze({
  credits: 0,
  lockedCredits: 0,
  dailyCredits: 0,
  ash: 0,
  obsidian: 0,
  purgatoryVotes: 0,
  votes: 0,
  lifetimePurchased: 0,
  seq: 0,
});

export class Books {
  wallet = {...EMPTY};
  /** What the ledger should hold: [kind, amount], in order. */
  entries = [];

  /** A paid pack brings its credits. */
  bought(credits) {
    this.#post({credits, lifetimePurchased: credits}, ["credits_purchase", credits]);
  }

  /** A pledge locks credits. */
  pledged(amount) {
    this.#post({credits: -amount, lockedCredits: amount}, ["credits_lock", amount]);
  }

  /** A pledge that was kept comes back. */
  kept(amount) {
    this.#post({credits: amount, lockedCredits: -amount}, ["credits_refund", amount]);
  }

  /** A pledge that was broken burns, gives as much Ash, and freezes as many votes. */
  broken(amount) {
    this.#post(
      {lockedCredits: -amount, ash: amount, purgatoryVotes: amount},
      ["credits_burn", amount],
      ["ash_grant", amount],
      ["frozen_votes_grant", amount],
    );
  }

  /** A redemption rescues all frozen votes and turns all Ash into Obsidian. */
  redeemed() {
    const {ash, purgatoryVotes: frozen} = this.wallet;
    this.#post(
      {purgatoryVotes: -frozen, votes: frozen, ash: -ash, obsidian: ash},
      ["frozen_votes_rescue", frozen],
      ["ash_to_obsidian_conversion", ash],
    );
  }

  /** A new user is given credits. */
  welcomed(credits) {
    this.#post({credits}, ["credits_grant", credits]);
  }

  /** A day begins, or a better tier does: the allowance grows. */
  allowed(more) {
    this.#post({dailyCredits: more}, ["daily_reset", more]);
  }

  /** An action takes from the allowance first, then from the credits; returns what from where. */
  spent(cost) {
    const daily = Math.min(cost, this.wallet.dailyCredits);
    const taken = {daily, credits: cost - daily};
    this.#post({dailyCredits: -taken.daily, credits: -taken.credits}, ["credits_spend", cost]);
    return taken;
  }

  /** An action that came to nothing is paid back, each part to where it came from. */
  paidBack({daily, credits}) {
    this.#post({dailyCredits: daily, credits}, ["credits_spend_refund", daily + credits]);
  }

  /** A period of a subscription is paid for. */
  subscribed(credits) {
    this.#post({credits}, ["credits_grant", credits]);
  }

  #post(changes, ...entries) {
    for (const [account, change] of Object.entries(changes)) this.wallet[account] += change;
    this.wallet.seq += entries.length;
    this.entries.push(...entries);
  }
}

/**
 * Holds a wallet against what it should be, balance by balance.
 *
 * Returns a row {name, expected, actual, agrees} for every balance that either has. `head` is a
 * hash and no balance.
 */
export function compare(expected, actual) {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  names.delete("head");
  return [...names].map((name) => ({
    name,
    expected: expected[name],
    actual: actual[name],
    agrees: Object.is(expected[name], actual[name]),
  }));
}

/** What is wrong with a ledger, read in order, that should end in `wallet`; nothing if right. */
export function faults(entries, expected, wallet) {
  const found = [];
  const wanted = expected.map(([kind, amount]) => `${kind} ${amount}`).join(", ");
  const posted = entries.map(({kind, amount}) => `${kind} ${amount}`).join(", ");
  if (posted !== wanted) found.push(`the entries should be ${wanted}, and are ${posted}`);
  entries.forEach((entry, index) => {
    const sum = Object.values(entry.legs).reduce((total, leg) => total + leg, 0);
    const before = entries[index - 1]?.hash ?? "0".repeat(64);
    if (sum !== 0) found.push(`the legs of entry ${entry.seq} sum to ${sum}`);
    if (entry.seq !== index + 1) found.push(`entry ${entry.seq} stands where ${index + 1} should`);
    if (entry.prevHash !== before) found.push(`entry ${entry.seq} does not follow the one before`);
  });
  const last = entries.at(-1);
  if (last?.hash !== wallet.head) found.push("the wallet's head is not the last entry's hash");
  for (const [account, balance] of Object.entries(last?.balanceAfter ?? {})) {
    if (balance !== wallet[account]) found.push(`the last entry leaves ${balance} ${account}`);
  }
  return found;
}
