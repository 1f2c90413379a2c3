// What an app sees through the official Firebase JS client: answers, refusals, rules.

import assert from "node:assert/strict";
import {randomUUID} from "node:crypto";
import {after, before, test} from "node:test";
import {collection, deleteDoc, doc, getDocs, query, where} from "firebase/firestore";

import {App} from "../../local/demo/app.js";
import {Owner} from "../../local/demo/owner.js";
import {confirmPayment} from "../../local/demo/stripe.js";

const stack = JSON.parse(process.argv[2]);
const owner = new Owner(stack);
const [ada, ben, stranger] = [new App(stack), new App(stack), new App(stack)];
const PLEDGE = {pledgeAmount: 300, durationMinutes: 25};
const PAGES = {successUrl: "https://shop.example/thanks", cancelUrl: "https://shop.example/cart"};

const keyed = (input) => ({...input, idempotencyKey: randomUUID()});

/** Uses a control of the Stripe double. */
async function control(name, input) {
  const url = `${stack.stripeUrl}/_control/${name}`;
  const answer = await fetch(url, {method: "POST", body: JSON.stringify(input)});
  assert.equal(answer.status, 200);
}

/** Expects a refusal with these details, field by field, and nothing beside them. */
async function refuses(app, name, input, code, details) {
  const refusal = await app.refusal(name, input);
  assert.equal(refusal.code, `functions/${code}`);
  assert.deepEqual(refusal.details, details);
}

async function forbidden(attempt) {
  await assert.rejects(attempt, ({code}) => code === "permission-denied");
}

before(async () => {
  await ada.signUp("ada");
  await ben.signUp("ben");
});

after(async () => {
  for (const app of [ada, ben, stranger]) await app.close();
});

test("a pack is bought, and the credits arrive", async () => {
  const wish = keyed({packId: "standard"});
  const {clientSecret, purchaseId, ...intent} = await ada.call("createCreditsPurchaseIntent", wish);
  const standard = {packId: "standard", credits: 1_000, amount: 999, currency: "usd"};
  assert.deepEqual(intent, {...standard, status: "created"});
  assert.ok(clientSecret.startsWith(`${purchaseId}_secret_`));
  const user = await ada.listen(`users/${ada.uid}`);
  await confirmPayment(stack.stripeUrl, purchaseId, clientSecret);
  await user.until(({wallet}) => wallet?.credits === 1_000);
  user.stop();
  const mirror = await ada.read(`paymentIntents/${purchaseId}`);
  assert.deepEqual([mirror.userId, mirror.status, mirror.credits], [ada.uid, "succeeded", 1_000]);
});

test("a checkout page opens, and the same key opens the same one", async () => {
  const wish = keyed({...PAGES, packId: "premium"});
  const page = await ada.call("createCheckoutSession", wish);
  assert.deepEqual(Object.keys(page).sort(), ["checkoutSessionId", "url"]);
  assert.ok(page.url.endsWith(page.checkoutSessionId));
  assert.deepEqual(await ada.call("createCheckoutSession", wish), page);
  assert.equal((await ada.read(`checkoutSessions/${page.checkoutSessionId}`)).status, "open");
});

test("buying is refused for what cannot be bought", async () => {
  const intent = "createCreditsPurchaseIntent";
  const gold = {reason: "pack_not_found", packId: "gold"};
  await refuses(ada, intent, keyed({packId: "gold"}), "not-found", gold);
  await refuses(ada, "createCheckoutSession", keyed({...PAGES, packId: "gold"}), "not-found", gold);
  const wish = keyed({packId: "starter"});
  await ada.call(intent, wish);
  const reused = {reason: "idempotency_key_reused"};
  await refuses(ada, intent, {...wish, packId: "value"}, "already-exists", reused);
  const hostile = keyed({...PAGES, packId: "value", successUrl: "javascript:alert(1)"});
  const field = {reason: "invalid_field", field: "successUrl"};
  await refuses(ada, "createCheckoutSession", hostile, "invalid-argument", field);
});

test("while Stripe is down a purchase is refused, and the same key works afterwards", async () => {
  const wish = keyed({packId: "starter"});
  await control("fault", {kind: "refuse", path: "/v1/payment_intents", times: 9});
  const down = {reason: "payment_provider_unavailable"};
  await refuses(ada, "createCreditsPurchaseIntent", wish, "unavailable", down);
  await control("clear_faults", {});
  assert.equal((await ada.call("createCreditsPurchaseIntent", wish)).status, "created");
});

test("input is refused by the field that is wrong", async () => {
  const wrong = [
    [{durationMinutes: 25}, "missing_field", "pledgeAmount"],
    [{pledgeAmount: 1}, "missing_field", "durationMinutes"],
    [{...PLEDGE, pledgeAmount: 0}, "invalid_field", "pledgeAmount"],
    [{...PLEDGE, pledgeAmount: 100_001}, "invalid_field", "pledgeAmount"],
    [{...PLEDGE, pledgeAmount: 1.5}, "invalid_field", "pledgeAmount"],
    [{...PLEDGE, pledgeAmount: "12"}, "invalid_field", "pledgeAmount"],
    [{...PLEDGE, pledgeAmount: true}, "invalid_field", "pledgeAmount"],
    [{...PLEDGE, durationMinutes: 1_441}, "invalid_field", "durationMinutes"],
    [{...PLEDGE, type: "GIFT"}, "invalid_field", "type"],
    [{...PLEDGE, userId: ben.uid}, "unknown_field", "userId"],
  ];
  for (const [input, reason, field] of wrong) {
    await refuses(ada, "startSession", keyed(input), "invalid-argument", {reason, field});
  }
  const noKey = {reason: "missing_field", field: "idempotencyKey"};
  await refuses(ada, "startSession", PLEDGE, "invalid-argument", noKey);
  const badKey = {reason: "invalid_field", field: "idempotencyKey"};
  const spaced = {...PLEDGE, idempotencyKey: "a key"};
  await refuses(ada, "startSession", spaced, "invalid-argument", badKey);
});

test("who cannot pay cannot pledge, and who has nothing frozen cannot redeem", async () => {
  const poor = {reason: "insufficient_credits", balance: 0, required: 300};
  await refuses(ben, "startSession", keyed(PLEDGE), "failed-precondition", poor);
  const redemption = keyed({type: "REDEMPTION", durationMinutes: 10});
  const none = {reason: "no_redemption_window"};
  await refuses(ben, "startSession", redemption, "failed-precondition", none);
  assert.equal(await ben.read(`users/${ben.uid}`), null);
});

test("a pledge lives and is kept; whatever comes at the wrong time is refused", async () => {
  const wish = keyed(PLEDGE);
  const started = await ada.call("startSession", wish);
  const {sessionId, endTime} = started;
  assert.equal(started.status, "started");
  assert.equal(new Date(endTime) - new Date(started.startTime), 25 * 60_000);
  assert.deepEqual([started.wallet.credits, started.wallet.lockedCredits], [700, 300]);
  assert.deepEqual(await ada.call("startSession", wish), {...started, status: "already_started"});
  const other = {...wish, pledgeAmount: 299};
  const reused = {reason: "idempotency_key_reused"};
  await refuses(ada, "startSession", other, "already-exists", reused);
  const active = {reason: "session_already_active", sessionId};
  await refuses(ada, "startSession", keyed(PLEDGE), "failed-precondition", active);

  const beat = await ada.call("heartbeatSession", {sessionId});
  assert.deepEqual(beat, {status: "ok", sessionId, lastCheckedAt: started.startTime, endTime});
  const notOwner = {reason: "not_owner"};
  await refuses(ben, "heartbeatSession", {sessionId}, "permission-denied", notOwner);
  const settle = keyed({sessionId, resolution: "SUCCESS"});
  await refuses(ben, "resolveSession", settle, "permission-denied", notOwner);
  const early = {reason: "session_not_elapsed", sessionId, endTime};
  await refuses(ada, "resolveSession", settle, "failed-precondition", early);
  const unknown = {reason: "session_not_found", sessionId: "nowhere"};
  await refuses(ada, "heartbeatSession", {sessionId: "nowhere"}, "not-found", unknown);

  for (let gone = 0; gone < PLEDGE.durationMinutes; gone += 5) {
    await owner.moveBack(sessionId, 5);
    await ada.call("heartbeatSession", {sessionId});
  }
  const settled = await ada.call("resolveSession", settle);
  assert.deepEqual([settled.status, settled.refunded, settled.burned], ["settled", 300, 0]);
  assert.deepEqual([settled.wallet.credits, settled.wallet.lockedCredits], [1_000, 0]);
  const again = await ada.call("resolveSession", settle);
  assert.deepEqual(again, {...settled, status: "already_settled"});
  const over = {reason: "session_already_settled", sessionId, resolution: "SUCCESS"};
  const failure = keyed({sessionId, resolution: "FAILURE"});
  await refuses(ada, "resolveSession", failure, "failed-precondition", over);
  const done = {reason: "session_not_active", sessionId, status: "COMPLETED"};
  await refuses(ada, "heartbeatSession", {sessionId}, "failed-precondition", done);
});

test("a pledge is lost, and redeemed", async () => {
  const {sessionId} = await ada.call("startSession", keyed(PLEDGE));
  await owner.moveBack(sessionId, 26);
  const {native} = await owner.read(`sessions/${sessionId}`);
  const lastCheckedAt = native.lastCheckedAt.toISOString();
  const lost = {reason: "heartbeat_lost", sessionId, lastCheckedAt};
  const success = keyed({sessionId, resolution: "SUCCESS"});
  await refuses(ada, "resolveSession", success, "failed-precondition", lost);
  const evidence = {reason: "left the app", nativeEvidence: {screenOff: [1, 2], app: "other"}};
  const failed = await ada.call("resolveSession", {
    ...keyed({sessionId, resolution: "FAILURE"}),
    ...evidence,
  });
  assert.deepEqual([failed.burned, failed.ashGranted, failed.votesFrozen], [300, 300, 300]);
  const session = await ada.read(`sessions/${sessionId}`);
  assert.deepEqual([session.status, session.settlement.reason], ["FAILED", evidence.reason]);
  assert.deepEqual(JSON.parse(session.native.evidence), evidence.nativeEvidence);

  const redemption = keyed({type: "REDEMPTION", durationMinutes: 5});
  const started = await ada.call("startSession", redemption);
  await owner.moveBack(started.sessionId, 5);
  const wish = keyed({sessionId: started.sessionId, resolution: "SUCCESS"});
  const redeemed = await ada.call("resolveSession", wish);
  assert.deepEqual([redeemed.votesRescued, redeemed.obsidianGranted], [300, 300]);
  assert.equal(redeemed.redemptionExpiry, null);
  const {credits, ash, purgatoryVotes, votes, obsidian} = await ada.wallet();
  assert.deepEqual([credits, ash, purgatoryVotes, votes, obsidian], [700, 0, 0, 300, 300]);
});

test("whoever is not signed in is refused", async () => {
  const signIn = {reason: "sign_in_required"};
  await refuses(stranger, "startSession", keyed(PLEDGE), "unauthenticated", signIn);
  await refuses(stranger, "heartbeatSession", {sessionId: "any"}, "unauthenticated", signIn);
  await forbidden(stranger.read(`users/${ada.uid}`));
});

test("a customer reads what is theirs, and nothing else", async () => {
  await forbidden(ben.listen(`users/${ada.uid}`));
  const entries = await ada.ledger();
  assert.equal(entries.length, (await ada.wallet()).seq);
  const [{entryId, metadata}] = entries;
  const {sessionId} = entries[1].metadata;
  const {paymentIntentId} = metadata;
  for (const path of [
    `users/${ada.uid}`,
    `ledger/${entryId}`,
    `sessions/${sessionId}`,
    `paymentIntents/${paymentIntentId}`,
  ]) {
    assert.ok(await ada.read(path));
    await forbidden(ben.read(path));
  }
  const hers = query(collection(ben.firestore, "ledger"), where("userId", "==", ada.uid));
  await forbidden(getDocs(hers));
  await forbidden(getDocs(collection(ben.firestore, "ledger")));
  assert.deepEqual(await ben.ledger(), []);
  for (const path of ["stripeEvents/evt_1", "operations/1", "auditLog/1", "jobs/any"]) {
    await forbidden(ada.read(path));
  }
});

test("a customer writes a profile, and nothing else", async () => {
  const mine = `users/${ada.uid}`;
  const before = await ada.read(mine);
  const [{entryId, metadata}] = await ada.ledger();
  await ada.write(mine, {displayName: "Ada", locale: "en-GB"});
  assert.deepEqual(await ada.read(mine), {...before, displayName: "Ada", locale: "en-GB"});
  for (const [path, fields] of [
    [mine, {wallet: {credits: 1_000_000}}],
    [mine, {displayName: "Ada", deadlines: {redemptionExpiry: new Date()}}],
    [mine, {activeSessionId: null, role: "admin"}],
    [mine, {displayName: ""}],
    [`users/${ben.uid}`, {displayName: "Not Ben"}],
    [`ledger/${entryId}`, {amount: 5_000}],
    ["ledger/of-my-own", {userId: ada.uid, kind: "credits_purchase", amount: 1}],
    ["sessions/of-my-own", {userId: ada.uid, status: "COMPLETED"}],
    [`paymentIntents/${metadata.paymentIntentId}`, {credited: false}],
    ["stripeEvents/evt_mine", {status: "processed"}],
  ]) {
    await forbidden(ada.write(path, fields));
  }
  await forbidden(ben.write(`users/${ben.uid}`, {displayName: "Ben", wallet: {credits: 1}}));
  await forbidden(deleteDoc(doc(ada.firestore, mine)));
  await forbidden(deleteDoc(doc(ada.firestore, `ledger/${entryId}`)));
  assert.deepEqual((await ada.read(mine)).wallet, before.wallet);
});
