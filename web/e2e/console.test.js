// The operator console in a real browser, on the running stack.

import assert from "node:assert/strict";
import {randomUUID} from "node:crypto";
import {after, before, test} from "node:test";

import {App} from "../../local/demo/app.js";
import {confirmPayment, control} from "../../local/demo/stripe.js";
import {DESK, SMALL, violations} from "./browser.js";
import {Scene} from "./scene.js";
import {hear, pair, shown, signIn, until} from "./steps.js";

const scene = new Scene({offlineAllowed: true});
const {stage} = scene;
const {stripeUrl} = stage.stack;
const ada = new App(stage.stack);

before(() => ada.signUp("ada"));
after(() => ada.close());

/** The console, with the administrator signed in. */
async function console(route = "", options = {viewport: DESK}) {
  const page = await scene.open(`/console/${route}`, options);
  await signIn(page, stage.people.admin);
  await page.getByRole("navigation", {name: "Console"}).waitFor();
  return page;
}

const figure = (page, name) => page.locator(`[data-figure="${name}"]`).first();
const number = async (page, name) => Number((await figure(page, name).innerText()).replaceAll(/[^\d-]/g, ""));

/** Buys a pack with `packId`; returns the purchase. */
async function buys(packId) {
  const wish = {packId, idempotencyKey: randomUUID()};
  const {purchaseId, clientSecret} = await ada.call("createCreditsPurchaseIntent", wish);
  await confirmPayment(stripeUrl, purchaseId, clientSecret);
  return purchaseId;
}

async function confirms(page, button, reason) {
  const dialog = page.getByRole("dialog");
  if (reason !== undefined) await dialog.getByRole("textbox").fill(reason);
  await dialog.getByRole("button", {name: button}).click();
  await dialog.waitFor({state: "detached"});
}

test("who is no administrator sees nothing", async () => {
  const page = await scene.open("/console/", {viewport: SMALL});
  await page.getByLabel("E-mail").waitFor();
  assert.deepEqual(await violations(page), []);
  await signIn(page, stage.people.supervisor);
  await page.getByText(/is no administrator/).waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0);
});

test("an event that died is replayed, and the credits arrive", async () => {
  await control(stripeUrl, "set_delivery", {lose_types: ["payment_intent.succeeded"]});
  let purchaseId;
  try {
    purchaseId = await buys("standard");
  } finally {
    await control(stripeUrl, "reset_delivery", {});
  }
  const events = await (await fetch(`${stripeUrl}/v1/events?type=payment_intent.succeeded&limit=100`, {
    headers: {Authorization: "Bearer sk_test_firetill_local"},
  })).json();
  const event = events.data.find(({data}) => data.object.id === purchaseId);
  await stage.owner.overwrite(`stripeEvents/${event.id}`, {
    eventId: event.id,
    type: event.type,
    status: "dead",
    attempts: 8,
    reason: "contention",
    payload: JSON.stringify(event),
    receivedAt: new Date(),
    processedAt: null,
    nextAttemptAt: null,
    expiresAt: new Date(Date.now() + 86_400_000),
  });
  assert.equal((await ada.wallet()).credits, 0);
  const page = await console("#/stripe/dead");
  await page.getByRole("link", {name: event.id}).click();
  await page.getByText(purchaseId).first().waitFor(); // in the payload
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", {name: "Replay"}).click();
  assert.deepEqual(await violations(page), []);
  await confirms(page, "Replay", "the till was down");
  await page.locator('[data-figure="event-status"][data-status="processed"]').waitFor();
  assert.equal((await ada.wallet()).credits, 1_000);
});

test("a user's books: balances as in Firestore, the chain verified, credits adjusted with a reason", async () => {
  const page = await console(`#/users/${ada.uid}`);
  await page.locator('[data-chain="verified"]').waitFor();
  assert.equal(await number(page, "credits"), (await ada.wallet()).credits);
  await page.getByLabel(/Credits to add/).fill("-50");
  await page.getByRole("button", {name: "Adjust"}).click();
  assert.deepEqual(await violations(page), []);
  await confirms(page, "Take away", "goodwill, taken back");
  await until(async () => (await number(page, "credits")) === 950);
  assert.equal((await ada.wallet()).credits, 950);
  await page.locator('[data-chain="verified"]').waitFor();
  assert.deepEqual(await violations(page), []);
  // Somebody tampers with an entry: the mark goes.
  const [entry] = (await stage.owner.list("ledger")).filter(({userId}) => userId === ada.uid);
  await stage.owner.overwrite(`ledger/${entry.entryId}`, {amount: entry.amount + 1});
  await page.locator('[data-chain="broken"]').waitFor();
  await stage.owner.overwrite(`ledger/${entry.entryId}`, {amount: entry.amount});
  await page.locator('[data-chain="verified"]').waitFor();
});

test("a plan of a job is applied, exactly", async () => {
  const start = (app) => app.call("startSession", {pledgeAmount: 100, durationMinutes: 25, idempotencyKey: randomUUID()});
  const {sessionId} = await start(ada);
  await stage.owner.moveBack(sessionId, 20);
  const page = await console("#/jobs/expireStaleSessions");
  await page.getByRole("button", {name: "Plan", exact: true}).click();
  await page.locator('[data-kind="plan"]').getByText(sessionId).waitFor();
  assert.equal((await stage.owner.read(`sessions/${sessionId}`)).status, "ACTIVE");
  assert.deepEqual(await violations(page), []);
  // Another one becomes stale after the plan: it is none of the plan's business.
  const ben = new App(stage.stack);
  await ben.signUp("ben");
  await stage.admin.call("adjustCredits", {userId: ben.uid, amount: 500, reason: "to pledge", idempotencyKey: randomUUID()});
  const later = (await start(ben)).sessionId;
  await stage.owner.moveBack(later, 20);
  await page.getByRole("button", {name: /Apply exactly this plan/}).click();
  await confirms(page, "Apply this plan", "looked right");
  await page.locator('[data-kind="applied"]').waitFor();
  assert.equal((await stage.owner.read(`sessions/${sessionId}`)).status, "FAILED");
  assert.equal((await stage.owner.read(`sessions/${later}`)).status, "ACTIVE");
  await ben.close();
});

test("the overview's numbers are Firestore's, and live", async () => {
  const page = await console();
  await page.getByRole("button", {name: "Count now"}).click();
  await confirms(page, "Count now");
  await figure(page, "counted-at").getByText(/Counted/).waitFor();
  // Another count comes by the listener, without a click.
  const today = new Date().toISOString().slice(0, 10);
  await stage.owner.overwrite(`metrics/${today}`, {
    day: today,
    "ledger.credits_purchase.entries": 2,
    "ledger.credits_purchase.amount": 2_600,
    "ledger.credits_burn.entries": 1,
    "ledger.credits_burn.amount": 1_234,
    "revenue.usd.payments": 2,
    "revenue.usd.amount": 3_996,
    "refusals.insufficient_credits": 7,
  });
  await until(async () => (await number(page, "today-burned")) === 1_234);
  const {ledger, revenue} = await stage.owner.read(`metrics/${today}`);
  assert.ok((await number(page, "today-issued")) >= ledger.credits_purchase.amount);
  assert.equal(await figure(page, "today-revenue-usd").innerText(), `$${(revenue.usd.amount / 100).toFixed(2)}`);
  // Of all days that are shown: the one before may have some when this is played after midnight.
  const days = await stage.owner.list("metrics");
  const refused = days.reduce((sum, {refusals}) => sum + (refusals?.insufficient_credits ?? 0), 0);
  await page.locator('[data-rank="insufficient_credits"]').getByText(String(refused), {exact: true}).waitFor();
  assert.deepEqual(await violations(page), []);
});

test("the door: a phone is paired from here, its scans come live, conflicts are named, it is revoked", async () => {
  const page = await console(`#/door/${stage.event}`);
  await page.getByRole("button", {name: "Pair a device"}).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of the device").fill("North 1");
  await dialog.getByLabel("Gate").fill("north");
  await dialog.getByRole("button", {name: "Make a code"}).click();
  const code = await figure(page, "pairing-code").innerText();
  assert.deepEqual(await violations(page), []);
  const phone = await scene.open("/door/");
  await phone.getByLabel("Or type it").fill(code);
  await phone.getByRole("button", {name: "Pair this phone"}).click();
  await phone.locator('[data-phase="ready"]').waitFor();
  await dialog.waitFor({state: "detached"}); // the code goes once it is redeemed
  const row = page.getByRole("row", {name: /North 1/});
  await row.getByText("online").waitFor();

  const [party, single, spent] = [await stage.ticket(3), await stage.ticket(), await stage.ticket()];
  await stage.admin.call("scanTicket", {token: party.code, count: 2, gate: "south", scanId: randomUUID(), eventId: stage.event});
  await hear(phone, "https://example.com/no-ticket");
  await shown(phone, "unknown");
  await phone.getByRole("button", {name: "Next"}).click();
  for (const {code: token} of [single, spent]) {
    await stage.admin.call("scanTicket", {token, gate: "north", scanId: randomUUID(), eventId: stage.event});
  }
  await stage.admin.call("scanTicket", {token: single.code, gate: "north", direction: "out", scanId: randomUUID(), eventId: stage.event});
  const sums = async () => {
    const batches = await stage.owner.list(`events/${stage.event}/ragers`);
    const scans = await stage.scans();
    return {
      inside: batches.reduce((all, {usedCount, outside}) => all + usedCount - outside, 0),
      denied: scans.filter(({result}) => result === "denied").length,
      admitted: 4,
      left: 1,
    };
  };
  await until(async () => (await number(page, "left")) === 1 && (await number(page, "denied")) >= 1);
  const expected = await sums();
  for (const [name, value] of Object.entries(expected)) assert.equal(await number(page, name), value, name);
  const gates = page.getByRole("table", {name: "In and out at each gate"});
  await gates.getByRole("row", {name: /south/}).getByRole("cell", {name: "2", exact: true}).waitFor();

  // A device that was offline let the used ticket in as well.
  await stage.admin.call("uploadScans", {
    eventId: stage.event,
    device: "South 9",
    scans: [{scanId: randomUUID(), code: spent.code, scannedAt: new Date().toISOString(), verdict: "admitted", gate: "south"}],
  });
  await until(async () => (await number(page, "open-conflicts")) === 1);
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", {name: "Resolve"}).click();
  await confirms(page, "Close the conflict", "talked to the guest");
  await until(async () => (await number(page, "open-conflicts")) === 0);

  await page.getByRole("button", {name: "Revoke North 1"}).click();
  await confirms(page, "Revoke", "battery died");
  await phone.getByRole("heading", {name: "This device was revoked"}).waitFor({timeout: 10_000});
});

test("an order's time line links what belongs to it", async () => {
  const wish = {items: [{eventId: stage.event, quantity: 2}], idempotencyKey: randomUUID()};
  const order = await ada.call("createOrder", wish);
  await confirmPayment(stripeUrl, order.paymentIntentId, order.clientSecret);
  await until(async () => (await ada.read(`orders/${order.orderId}`)).status === "finalized");
  const [batch] = (await stage.owner.list(`events/${stage.event}/ragers`)).filter(({userId}) => userId === ada.uid);
  await stage.admin.call("scanTicket", {token: batch.code, scanId: randomUUID(), eventId: stage.event, gate: "north"});
  const page = await console(`#/orders/${order.orderId}`);
  await page.locator('[data-figure="order-status"][data-status="finalized"]').waitFor();
  const story = await figure(page, "timeline").innerText();
  for (const word of [/order/i, /pa(id|yment)/i, /payment_intent.succeeded/, /scan|went in|admitted/i]) assert.match(story, word);
  assert.deepEqual(await violations(page), []);
});

test("the stock's numbers are Firestore's", async () => {
  const page = await console("#/stock");
  await figure(page, "capacity").waitFor();
  const event = await stage.owner.read(`events/${stage.event}`);
  const card = page.locator(`[data-item="${stage.event}"]`);
  const value = async (name) => Number((await card.locator(`[data-figure="${name}"]`).innerText()).replaceAll(",", ""));
  assert.ok((await value("capacity")) === event.initialQuantity && (await value("free")) === event.quantity - event.reserved);
  assert.deepEqual(await violations(page), []);
});

test("each view works on a small phone without scrolling sideways", async () => {
  const page = await console("", {viewport: SMALL});
  const routes = ["overview", "users", `users/${ada.uid}`, "orders", "stripe/failed", `door/${stage.event}`, "stock", "jobs", "jobs/purgeExpired"];
  for (const route of routes) {
    await page.goto(`${scene.site}/console/#/${route}`);
    await page.getByRole("heading", {level: 1}).waitFor();
    await page.waitForTimeout(300);
    const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= seen, `${route} is ${wide} px wide`);
    assert.deepEqual(await violations(page), [], route);
  }
});

test("the door and the console in one browser are two identities", async () => {
  const page = await console();
  const door = await page.context().newPage();
  await door.goto(`${scene.site}/door/`);
  await pair(door, await stage.pairingCode("Beside the console"));
  await page.getByRole("button", {name: "Sign out"}).click();
  await page.getByRole("button", {name: "Sign in"}).waitFor();
  await hear(door, (await stage.ticket()).code);
  await shown(door, "admit");
  const [scan] = (await stage.scans()).filter(({device}) => device === "Beside the console");
  assert.notEqual(scan.staffId, stage.admin.uid);
});
