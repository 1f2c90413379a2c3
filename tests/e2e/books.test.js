// How the demo holds a wallet and a ledger against what they should be.

import assert from "node:assert/strict";
import {test} from "node:test";

import {Books, compare, EMPTY, faults} from "../../local/demo/books.js";

const GENESIS = "0".repeat(64);

function booksOfABrokenPledge() {
  const books = new Books();
  books.bought(1_000);
  books.pledged(200);
  books.broken(200);
  return books;
}

function ledger() {
  return [
    {
      seq: 1,
      kind: "credits_purchase",
      amount: 500,
      legs: {"world:stripe": -500, credits: 500},
      balanceAfter: {credits: 500, lockedCredits: 0},
      prevHash: GENESIS,
      hash: "a",
    },
    {
      seq: 2,
      kind: "credits_lock",
      amount: 100,
      legs: {credits: -100, lockedCredits: 100},
      balanceAfter: {credits: 400, lockedCredits: 100},
      prevHash: "a",
      hash: "b",
    },
  ];
}

const POSTED = [
  ["credits_purchase", 500],
  ["credits_lock", 100],
];
const WALLET = {...EMPTY, credits: 400, lockedCredits: 100, head: "b"};

test("a broken pledge leaves Ash and Frozen Votes, and a redemption turns them", () => {
  const books = booksOfABrokenPledge();
  const broken = {...EMPTY, credits: 800, ash: 200, purgatoryVotes: 200, lifetimePurchased: 1_000};
  assert.deepEqual(books.wallet, {...broken, seq: 5});
  books.redeemed();
  const redeemed = {...broken, ash: 0, purgatoryVotes: 0, votes: 200, obsidian: 200, seq: 7};
  assert.deepEqual(books.wallet, redeemed);
  assert.equal(books.entries.length, books.wallet.seq);
});

test("a kept pledge comes back", () => {
  const books = new Books();
  books.bought(500);
  books.pledged(300);
  assert.equal(books.wallet.lockedCredits, 300);
  books.kept(300);
  assert.deepEqual(books.wallet, {...EMPTY, credits: 500, lifetimePurchased: 500, seq: 3});
});

test("equal wallets agree in every balance, whatever their heads are", () => {
  const {wallet} = booksOfABrokenPledge();
  const rows = compare(wallet, {...wallet, head: "of the chain"});
  assert.equal(rows.length, Object.keys(EMPTY).length);
  assert.ok(rows.every(({agrees}) => agrees));
});

for (const name of Object.keys(EMPTY)) {
  test(`a wrong ${name} is found, and nothing else`, () => {
    const {wallet} = booksOfABrokenPledge();
    const wrong = compare(wallet, {...wallet, [name]: wallet[name] + 1});
    const found = wrong.filter(({agrees}) => !agrees);
    assert.deepEqual(found, [
      {name, expected: wallet[name], actual: wallet[name] + 1, agrees: false},
    ]);
  });
}

test("a balance that is missing, of another type or unheard of is wrong", () => {
  const {ash, ...without} = EMPTY;
  for (const actual of [without, {...EMPTY, ash: "0"}, {...EMPTY, gold: 1}]) {
    assert.equal(compare(EMPTY, actual).filter(({agrees}) => !agrees).length, 1);
  }
});

test("a ledger that is right has no faults", () => {
  assert.deepEqual(faults(ledger(), POSTED, WALLET), []);
});

const BROKEN = {
  "an entry too few": (entries) => entries.pop(),
  "another amount": (entries) => (entries[1].amount = 99),
  "another kind": (entries) => (entries[1].kind = "credits_burn"),
  "legs that do not sum to zero": (entries) => (entries[0].legs.credits = 499),
  "a gap": (entries) => (entries[1].seq = 3),
  "another predecessor": (entries) => (entries[1].prevHash = "c"),
  "another last hash": (entries) => (entries[1].hash = "c"),
  "another balance": (entries) => (entries[1].balanceAfter.credits = 401),
};
for (const [what, breakIt] of Object.entries(BROKEN)) {
  test(`a ledger with ${what} is found out`, () => {
    const entries = ledger();
    breakIt(entries);
    assert.notDeepEqual(faults(entries, POSTED, WALLET), []);
  });
}
