// The third act: Cleo comes for the studio. She is welcomed, agrees to the terms, has actions done,
// is paid back for one that fails and refused one that she cannot pay; she subscribes, is renewed,
// cannot pay, takes her data and leaves. After each step the books say what her wallet should be.

import assert from "node:assert/strict";
import {randomUUID} from "node:crypto";

import {Books, compare} from "./books.js";
import {balances, fields, say, step, table} from "./report.js";
import {confirmPayment, control} from "./stripe.js";
import {WrongBalance} from "./wrong_balance.js";

const WELCOME = 50;
const FREE = {daily: 20};
const PRO = {daily: 300, period: 1_500};
const COSTS = {short_chat: 5, long_chat: 20, generate_initial: 50};
const DAY_SECONDS = 86_400;
const MONTH_DAYS = 32;
const NOON = 12;

export class Studio {
  books = new Books();
  stripeTime = Math.floor(Date.now() / 1000);

  /** Sets the scene: Cleo's app, the owner, the gateway, Stripe. */
  constructor({cleo, owner, rest, stripeUrl}) {
    Object.assign(this, {cleo, owner, rest, stripeUrl});
  }

  async tell() {
    await this.#arrives();
    await this.#agreesFirst();
    await this.#asks();
    await this.#meetsTrouble();
    await this.#runsOut();
    const subscription = await this.#subscribes();
    await this.#isRenewed(subscription);
    await this.#cannotPay(subscription);
    const entries = await this.#takesHerData();
    await this.#leaves(entries);
  }

  async #arrives() {
    step("Cleo signs up: welcome credits, and today's allowance");
    const uid = await this.cleo.signUp("cleo");
    // Where it is noon now, so that no midnight comes between two steps of this story.
    const east = NOON - new Date().getUTCHours();
    const timeZone = east === 0 ? "UTC" : `Etc/GMT${east > 0 ? "-" : "+"}${Math.abs(east)}`;
    await this.cleo.write(`users/${uid}`, {displayName: "Cleo", timeZone});
    const {status, body} = await this.rest.ask("GET", this.cleo, "/api/user/credits");
    assert.equal(status, 200);
    this.books.welcomed(WELCOME);
    this.books.allowed(FREE.daily);
    assert.deepEqual([body.tier, body.spendable], ["free", WELCOME + FREE.daily]);
    assert.equal(body.allowance.timeZone, timeZone);
    const {limit, resetsAt} = body.allowance;
    say("REST", `GET /api/user/credits → ${body.spendable} to spend, ${limit} of them today`);
    say("", `the next day begins ${resetsAt}, in ${timeZone}`);
    await this.#checkWallet();
  }

  async #agreesFirst() {
    step("Cleo asks for an action, and has to agree to the terms first");
    const wish = {kind: "short_chat", input: {text: "Ben: are you coming?"}};
    const {status, body} = await this.rest.asUser(this.cleo, "/api/user/action", {
      ...wish,
      idempotencyKey: randomUUID(),
    });
    const {reason, termsVersion} = body.error.details;
    assert.deepEqual([status, reason], [403, "consent_required"]);
    say("REST", `POST /api/user/action → 403, ${reason} ${fields({termsVersion})}`);
    const accepted = await this.cleo.call("acceptTerms", {termsVersion});
    say("call", `acceptTerms ${fields({termsVersion})} → since ${accepted.acceptedAt}`);
    await this.#checkWallet();
  }

  async #asks() {
    step("Cleo has a chat looked at: charged and queued at once, done by a worker");
    const wish = {kind: "short_chat", input: {text: "Ben: are you coming on Friday?"}};
    const request = {...wish, idempotencyKey: randomUUID()};
    const [queued] = await this.#charged(request);
    const again = await this.cleo.call("runAction", request);
    assert.deepEqual(again, queued);
    say("call", "runAction (the same key again) → the first answer: charged once");
    const done = await this.#ends(queued.actionId);
    assert.equal(done.status, "done");
    const {body} = await this.rest.ask("GET", this.cleo, `/api/user/analysis/${queued.actionId}`);
    assert.equal(body.output.text, done.output.text);
    say("REST", `GET /api/user/analysis/{id} → ${JSON.stringify(body.output.text)}`);
    const [text] = body.output.replies;
    const kept = {actionId: queued.actionId, text, idempotencyKey: randomUUID()};
    await this.cleo.call("saveReply", kept);
    say("call", `saveReply ${fields({text})} → kept`);
    await this.#checkWallet();
  }

  async #meetsTrouble() {
    step("An action that the provider refuses is paid back, each part to where it came from");
    const wish = {kind: "long_chat", input: {text: "The mock is asked to [refuse] this."}};
    const [queued, taken] = await this.#charged({...wish, idempotencyKey: randomUUID()});
    const failed = await this.#ends(queued.actionId);
    assert.deepEqual([failed.status, failed.failure.reason], ["failed", "refused"]);
    this.books.paidBack(taken);
    say("effect", `back: ${taken.daily} of the allowance, ${taken.credits} credits`);
    await this.#checkWallet();
  }

  async #runsOut() {
    step("Cleo spends nearly all, and is refused what she cannot pay: 402");
    const wish = {kind: "generate_initial", input: {text: "A landing page for a bakery."}};
    const [queued] = await this.#charged({...wish, idempotencyKey: randomUUID()});
    assert.equal((await this.#ends(queued.actionId)).status, "done");
    const request = {...wish, idempotencyKey: randomUUID()};
    const {status, body} = await this.rest.asUser(this.cleo, "/api/user/action", request);
    const {reason, ...rest} = body.error.details;
    const {credits, dailyCredits} = this.books.wallet;
    assert.deepEqual([status, reason], [402, "insufficient_credits"]);
    assert.deepEqual(rest, {balance: credits + dailyCredits, required: COSTS.generate_initial});
    say("REST", `POST /api/user/action → 402, ${reason} ${fields(rest)}`);
    const history = await this.cleo.call("listActions", {});
    table(
      ["action", "cost", "status"],
      history.actions.map(({kind, cost, status: state}) => [kind, cost, state]),
    );
    assert.deepEqual(history.actions.map((one) => one.status), ["done", "failed", "done"]);
    console.log();
    await this.#checkWallet();
  }

  async #subscribes() {
    step("Cleo subscribes to pro: $19.99 a month, 1,500 credits, 300 a day");
    const wish = {tier: "pro", flow: "payment", idempotencyKey: randomUUID()};
    const {clientSecret, ...made} = await this.cleo.call("subscribe", wish);
    say("call", `subscribe ${fields(wish)} → ${made.status}`);
    const user = await this.cleo.listen(`users/${this.cleo.uid}`);
    const intent = clientSecret.split("_secret_")[0];
    const paid = await confirmPayment(this.stripeUrl, intent, clientSecret);
    say("Stripe", `confirm with publishable key and client secret → ${paid.status}`);
    await user.until(({tier, wallet}) => tier === "pro" && wallet.credits > PRO.period);
    user.stop();
    this.books.allowed(PRO.daily - FREE.daily);
    this.books.subscribed(PRO.period);
    say("webhook", "invoice.paid, customer.subscription.updated → tier pro, the period's credits");
    await this.#checkWallet();
    return made.subscriptionId;
  }

  async #isRenewed(subscription) {
    step("A month goes by at Stripe, and the subscription is renewed");
    await this.#letDaysPass(MONTH_DAYS);
    this.books.subscribed(PRO.period);
    const mirror = await this.owner.read(`subscriptions/${subscription}`);
    assert.equal(mirror.status, "active");
    say("webhook", `invoice.paid → the next period's credits, until ${day(mirror)}`);
    await this.#checkWallet();
  }

  async #cannotPay(subscription) {
    step("Another month: Cleo's card fails. Grace, then the free tier");
    const {customerId: customer} = await this.owner.read(`subscriptions/${subscription}`);
    const card = {customer, payment_method: "pm_card_chargeCustomerFail"};
    await control(this.stripeUrl, "set_payment_method", card);
    await this.#letDaysPass(MONTH_DAYS);
    const late = await this.owner.read(`subscriptions/${subscription}`);
    assert.deepEqual([late.status, await this.#tier()], ["past_due", "pro"]);
    say("webhook", `invoice.payment_failed → past_due, pro until ${late.graceUntil.toISOString()}`);
    await this.#letDaysPass(MONTH_DAYS);
    const ended = await this.owner.read(`subscriptions/${subscription}`);
    assert.deepEqual([ended.status, await this.#tier()], ["canceled", "free"]);
    say("webhook", "customer.subscription.deleted → the free tier; what she paid for stays hers");
    await this.#checkWallet();
  }

  async #takesHerData() {
    step("Cleo takes her data: everything that is hers, as JSON");
    const found = {};
    let cursor = null;
    do {
      const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
      const {status, body} = await this.rest.ask("GET", this.cleo, `/api/user/export${query}`);
      assert.equal(status, 200);
      for (const {path} of body.documents) {
        const [collection] = path.split("/");
        found[collection] = (found[collection] ?? 0) + 1;
      }
      cursor = body.cursor;
    } while (cursor);
    table(["collection", "documents"], Object.entries(found));
    console.log();
    assert.equal(found.ledger, this.books.entries.length);
    assert.equal(found.actions, 3);
    return found.ledger;
  }

  async #leaves(entries) {
    step("Cleo deletes her account: nothing of hers is left, and the chain still verifies");
    const {uid} = this.cleo;
    const {status, body} = await this.rest.ask("DELETE", this.cleo, "/api/user?confirm=true");
    assert.equal(status, 200);
    say("REST", `DELETE /api/user?confirm=true → ${body.status}`);
    const {deletionId: pseudonym} = body;
    const left = await this.owner.list("actions");
    assert.equal(left.filter(({userId}) => userId === uid).length, 0);
    const ledger = await this.owner.list("ledger");
    assert.equal(ledger.filter(({userId}) => userId === uid).length, 0);
    const hers = ledger.filter(({userId}) => userId === pseudonym);
    hers.sort((one, other) => one.seq - other.seq);
    assert.equal(hers.length, entries);
    hers.forEach((entry, index) => {
      assert.equal(entry.prevHash, hers[index - 1]?.hash ?? "0".repeat(64));
    });
    say("ledger", `${hers.length} entries, under ${pseudonym.slice(0, 9)}…, each after the other`);
    const {wallet} = await this.owner.read(`users/${pseudonym}`);
    this.#check(wallet, "the wallet that nobody owns");
  }

  /** Charges an action; returns the answer and what was taken from where. */
  async #charged(request) {
    const queued = await this.cleo.call("runAction", request);
    assert.deepEqual([queued.status, queued.cost], ["queued", COSTS[request.kind]]);
    const taken = this.books.spent(queued.cost);
    say("call", `runAction ${fields({kind: request.kind})} → ${queued.status}, ${queued.cost}`);
    this.#check(queued.wallet, "the answer's wallet");
    return [queued, taken];
  }

  /** Follows an action to its end. */
  async #ends(actionId) {
    const listener = await this.cleo.listen(`actions/${actionId}`);
    const seen = await listener.until(({status}) => ["done", "failed"].includes(status));
    listener.stop();
    say("listener", `actions/{id}: ${seen.map(({status}) => status).join(" → ")}`);
    return seen.at(-1);
  }

  async #letDaysPass(days) {
    this.stripeTime += days * DAY_SECONDS;
    await control(this.stripeUrl, "advance_clock", {to: this.stripeTime});
    await control(this.stripeUrl, "wait_idle", {timeout_seconds: 60});
    say("time", `${days} days go by at Stripe`);
  }

  async #tier() {
    return (await this.cleo.read(`users/${this.cleo.uid}`)).tier;
  }

  async #checkWallet() {
    this.#check(await this.cleo.wallet(), "her wallet");
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

/** The day until which a subscription is paid. */
function day({currentPeriodEnd}) {
  return currentPeriodEnd.toISOString().slice(0, 10);
}
