// The story: Ada buys credits, keeps a pledge, breaks one, redeems; somebody tampers with her
// wallet, and the reconciliation mends it. After each step the books say what her wallet should
// be, and she reads what it is.

import assert from "node:assert/strict";
import {randomUUID} from "node:crypto";

import {walletIn} from "./app.js";
import {Books, compare, faults} from "./books.js";
import {balances, fields, say, step, table} from "./report.js";
import {confirmPayment} from "./stripe.js";
import {WrongBalance} from "./wrong_balance.js";

const PACK = {packId: "standard", credits: 1_000, amount: 999, currency: "usd"};
const FIRST_PLEDGE = {pledgeAmount: 300, durationMinutes: 25};
const SECOND_PLEDGE = {pledgeAmount: 200, durationMinutes: 25};
const REDEMPTION = {type: "REDEMPTION", durationMinutes: 10};
const HEARTBEAT_EVERY_MINUTES = 5;
const SILENCE_MINUTES = 11;
const WINDOW_HOURS = 24;
const STOLEN = 5_000;

export class Story {
  books = new Books();

  /** Sets the scene: Ada's app, the emulators' owner, and where Stripe is. */
  constructor(ada, owner, stripeUrl) {
    this.ada = ada;
    this.owner = owner;
    this.stripeUrl = stripeUrl;
  }

  async tell() {
    await this.#signsUp();
    await this.#isRefusedWithoutCredits();
    await this.#buysCredits();
    const kept = await this.#pledges(FIRST_PLEDGE);
    await this.#staysFocused(kept, FIRST_PLEDGE.durationMinutes);
    await this.#keepsThePledge(kept);
    const broken = await this.#pledges(SECOND_PLEDGE);
    await this.#fallsSilent(broken);
    await this.#redeems();
    await this.#cannotHelpHerself();
    await this.#isTamperedWith();
    await this.#isMended();
    await this.#closesTheBooks();
  }

  async #signsUp() {
    step("Ada signs up");
    const uid = await this.ada.signUp("ada");
    say("auth", `createUserWithEmailAndPassword → user ${uid}`);
    await this.ada.write(`users/${uid}`, {displayName: "Ada"});
    say("rules", "she may write her profile: users/{uid} {displayName: \"Ada\"}");
    await this.#checkWallet();
  }

  async #isRefusedWithoutCredits() {
    step("Ada pledges credits that she does not have, and is refused");
    const refusal = await this.#refused("startSession", FIRST_PLEDGE);
    assert.deepEqual(refusal.details, {
      reason: "insufficient_credits",
      balance: 0,
      required: FIRST_PLEDGE.pledgeAmount,
    });
    await this.#checkWallet();
  }

  async #buysCredits() {
    step("Ada buys the standard pack: 1,000 credits for $9.99");
    const wish = {packId: PACK.packId, idempotencyKey: randomUUID()};
    const {clientSecret, ...intent} = await this.#call("createCreditsPurchaseIntent", wish);
    assert.deepEqual(intent, {...PACK, status: "created", purchaseId: intent.purchaseId});
    say("", `PaymentIntent ${intent.purchaseId}, ${intent.amount} cents ${intent.currency}`);
    const again = await this.#call("createCreditsPurchaseIntent", wish, "the same key again");
    assert.deepEqual(again, {...intent, clientSecret, status: "already_created"});
    say("", "the same PaymentIntent: she cannot pay twice by asking twice");

    const purchase = await this.ada.listen(`paymentIntents/${intent.purchaseId}`);
    const user = await this.ada.listen(`users/${this.ada.uid}`);
    const paid = await confirmPayment(this.stripeUrl, intent.purchaseId, clientSecret);
    say("Stripe", `confirm with publishable key and client secret → ${paid.status}`);
    const mirrors = await purchase.until(({credited}) => credited);
    const users = await user.until(({wallet}) => wallet?.credits > 0);
    for (const listener of [purchase, user]) listener.stop();
    this.books.bought(PACK.credits);
    say("webhook", "payment_intent.succeeded, signed, to handleStripeWebhook");
    say("listener", `paymentIntents/{id}: ${path(mirrors.map((mirror) => mirror.status))}`);
    say("listener", `users/{uid}: ${path(users.map((user) => balances(walletIn(user))))}`);
    await this.#checkWallet();
  }

  async #pledges(wish) {
    step(`Ada pledges ${wish.pledgeAmount} credits to ${wish.durationMinutes} minutes of focus`);
    const request = {...wish, idempotencyKey: randomUUID()};
    const {status, ...session} = await this.#call("startSession", request);
    assert.equal(status, "started");
    this.books.pledged(wish.pledgeAmount);
    this.#check(session.wallet, "the answer's wallet");
    const again = await this.#call("startSession", request, "the same key again");
    assert.deepEqual(again, {...session, status: "already_started"});
    say("", "the first answer again: nothing was locked twice");
    await this.#checkWallet();
    return session.sessionId;
  }

  async #staysFocused(sessionId, minutes) {
    step(`Ada's phone sends a heartbeat every ${HEARTBEAT_EVERY_MINUTES} minutes`);
    const early = {sessionId, resolution: "SUCCESS", idempotencyKey: randomUUID()};
    const refusal = await this.#refused("resolveSession", early);
    assert.equal(refusal.details.reason, "session_not_elapsed");
    await this.#livesThrough(sessionId, minutes);
    await this.#checkWallet();
  }

  /** Lets the minutes of a session go by, a heartbeat at a time. */
  async #livesThrough(sessionId, minutes) {
    say("time", `nobody wants to wait ${minutes} minutes: before each heartbeat we move the`);
    say("", `session's clock back ${HEARTBEAT_EVERY_MINUTES} minutes, as the emulators' owner`);
    const path = `sessions/${sessionId}`;
    for (let gone = 0; gone < minutes; gone += HEARTBEAT_EVERY_MINUTES) {
      await this.owner.moveBack(sessionId, HEARTBEAT_EVERY_MINUTES);
      const before = (await this.ada.read(path)).native.lastCheckedAt.toDate();
      const beat = await this.ada.call("heartbeatSession", {sessionId});
      assert.equal(beat.status, "ok");
      assert.ok(new Date(beat.lastCheckedAt) > before, "the heartbeat was not noted");
    }
    const beats = Math.ceil(minutes / HEARTBEAT_EVERY_MINUTES);
    say("call", `heartbeatSession, ${beats} times → ok, ${beats} times`);
  }

  async #keepsThePledge(sessionId) {
    step("Ada has stayed focused: the pledge comes back");
    const {pledgeAmount} = FIRST_PLEDGE;
    const settled = await this.#settles(sessionId, (books) => books.kept(pledgeAmount));
    assert.equal(settled.refunded, pledgeAmount);
  }

  /** Settles a session as a success. */
  async #settles(sessionId, happened) {
    const wish = {sessionId, resolution: "SUCCESS", idempotencyKey: randomUUID()};
    const settled = await this.#call("resolveSession", wish);
    assert.equal(settled.status, "settled");
    happened(this.books);
    this.#check(settled.wallet, "the answer's wallet");
    await this.#checkWallet();
    return settled;
  }

  async #fallsSilent(sessionId) {
    step("Ada's phone falls silent, and the job expires the pledge");
    say("time", `we move the session's clock back ${SILENCE_MINUTES} minutes, as the owner again`);
    await this.owner.moveBack(sessionId, SILENCE_MINUTES);
    const refusal = await this.#refused("heartbeatSession", {sessionId});
    assert.equal(refusal.details.reason, "heartbeat_lost");
    const began = Date.now();
    const session = await this.ada.listen(`sessions/${sessionId}`);
    await this.#runs("expireStaleSessions");
    const seen = await session.until(({status}) => status !== "ACTIVE");
    session.stop();
    const {settlement} = seen.at(-1);
    say("listener", `sessions/{id}: ${path(seen.map(({status}) => status))}, ${settlement.reason}`);
    this.books.broken(SECOND_PLEDGE.pledgeAmount);
    const user = await this.ada.read(`users/${this.ada.uid}`);
    const expiry = user.deadlines.redemptionExpiry.toMillis() - WINDOW_HOURS * 3_600_000;
    assert.equal(seen.at(-1).status, "FAILED");
    assert.equal(user.activeSessionId, null);
    assert.ok(expiry >= began && expiry <= Date.now(), `the window is not ${WINDOW_HOURS} hours`);
    say("effect", `the pledge burns to Ash, votes freeze, ${WINDOW_HOURS} hours to redeem`);
    await this.#checkWallet();
  }

  async #redeems() {
    step("Ada redeems: votes are rescued, Ash becomes Obsidian");
    const wish = {...REDEMPTION, idempotencyKey: randomUUID()};
    const {sessionId} = await this.#call("startSession", wish);
    await this.#livesThrough(sessionId, REDEMPTION.durationMinutes);
    const settled = await this.#settles(sessionId, (books) => books.redeemed());
    assert.equal(settled.votesRescued, SECOND_PLEDGE.pledgeAmount);
    assert.equal(settled.obsidianGranted, SECOND_PLEDGE.pledgeAmount);
    assert.equal(settled.redemptionExpiry, null);
  }

  async #cannotHelpHerself() {
    step("Ada tries to write her own wallet, and the security rules forbid it");
    const wish = {wallet: {credits: 1_000_000}};
    const attempt = this.ada.write(`users/${this.ada.uid}`, wish);
    await assert.rejects(attempt, ({code}) => code === "permission-denied");
    say("rules", `setDoc users/{uid} ${JSON.stringify(wish)} → permission-denied`);
    await this.#checkWallet();
  }

  async #isTamperedWith() {
    step("Somebody with the emulators' owner token tampers with Ada's wallet");
    const {credits} = this.books.wallet;
    await this.owner.overwrite(`users/${this.ada.uid}`, {"wallet.credits": credits + STOLEN});
    say("REST", `PATCH users/{uid} wallet.credits: ${credits} → ${credits + STOLEN}, no entry`);
    const tampered = await this.ada.wallet();
    assert.equal(tampered.credits, credits + STOLEN);
    say("read", `her wallet now says ${balances(tampered)}`);
  }

  async #isMended() {
    step("The reconciliation finds it and mends it");
    const runs = await this.#runs("reconcileAllUsers");
    const records = await this.owner.list("auditLog");
    const hers = records.filter(({userId}) => userId === this.ada.uid);
    assert.deepEqual(hers.map(({kind}) => kind), ["wallet_correction"]);
    const [{differences, runId}] = hers;
    assert.ok(runs.some((run) => run.runId === runId), "another run has mended it");
    const {credits} = this.books.wallet;
    assert.deepEqual(differences, {credits: {before: credits + STOLEN, after: credits}});
    say("audit", `wallet_correction, credits: ${credits + STOLEN} before, ${credits} after`);
    await this.#checkWallet();
  }

  async #closesTheBooks() {
    step("The books: Ada reads her ledger, and her wallet is held against the rules");
    const [entries, wallet] = [await this.ada.ledger(), await this.ada.wallet()];
    table(
      [
        ...["seq", "kind", "amount", "credits", "locked", "Ash", "Frozen", "votes", "Obsidian"],
        ...["follows", "hash"],
      ],
      entries.map(({seq, kind, amount, balanceAfter: after, prevHash, hash}) => [
        ...[seq, kind, amount, after.credits, after.lockedCredits, after.ash, after.purgatoryVotes],
        ...[after.votes, after.obsidian, prevHash.slice(0, 6), hash.slice(0, 6)],
      ]),
    );
    const rows = compare(this.books.wallet, wallet);
    table(
      ["wallet", "expected", "actual", ""],
      rows.map((row) => [row.name, row.expected, row.actual, row.agrees ? "✓" : "WRONG"]),
    );
    console.log();
    this.#check(wallet, "her wallet");
    assert.deepEqual(faults(entries, this.books.entries, wallet), []);
    say("ledger", "every entry is there once, sums to zero, and follows the one before it");
    const {wallet: verified, faulty} = await this.owner.read(`ledgerCheckpoints/${this.ada.uid}`);
    assert.equal(faulty, false);
    assert.deepEqual(verified, wallet);
    say("verdict", `the reconciliation recomputed all ${verified.seq} hashes: the chain verifies`);
  }

  async #call(name, request, remark) {
    const {status, ...answer} = await this.ada.call(name, request);
    const about = remark ? ` (${remark})` : "";
    say("call", `${name} ${fields(request)}${about} → ${status}`);
    return {status, ...answer};
  }

  async #refused(name, request) {
    const {idempotencyKey = randomUUID(), ...rest} = request;
    const keyed = name === "heartbeatSession" ? rest : {...rest, idempotencyKey};
    const refusal = await this.ada.refusal(name, keyed);
    const {reason, sessionId, ...data} = refusal.details;
    say("call", `${name} ${fields(keyed)} → refused`);
    say("", `${refusal.code}, ${reason} ${fields(data)}`);
    return refusal;
  }

  async #runs(job) {
    const runs = await this.owner.runJob(job);
    assert.notEqual(runs.length, 0);
    for (const {outcome, failed} of runs) {
      assert.deepEqual({outcome, failed}, {outcome: "finished", failed: 0});
    }
    const results = runs.flatMap((run) => Object.entries(run.results));
    const words = results.map(([what, count]) => `${count} ${what}`);
    say("job", `${job} → finished: ${words.join(", ") || "nothing was due"}`);
    return runs;
  }

  async #checkWallet() {
    this.#check(await this.ada.wallet(), "her wallet");
  }

  #check(actual, whose) {
    const wrong = compare(this.books.wallet, actual).filter(({agrees}) => !agrees);
    if (wrong.length > 0) {
      const words = wrong.map((row) => `${row.name} ${row.actual} instead of ${row.expected}`);
      throw new WrongBalance(`${whose} is not what it should be: ${words.join(", ")}`);
    }
    say("check", `${whose} is as it should be: ${balances(actual)}`);
  }
}

function path(values) {
  return values.filter((value, index) => value !== values[index - 1]).join(" → ");
}
