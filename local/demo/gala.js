// The second act: Ada orders a poster and tickets to the gala; Stripe says five times over that she
// paid; she goes in, passes a ticket on to Bob, and has others refunded. After each step the demo's
// own stock and batches say what Firetill's documents should say.

import assert from "node:assert/strict";
import {randomUUID} from "node:crypto";

import {fields, say, step, table} from "./report.js";
import {Batches, Stock} from "./stock.js";
import {confirmPayment, control, refund} from "./stripe.js";
import {WrongBalance} from "./wrong_balance.js";

const POSTER = {price: 1_500, stock: 10};
const TICKET = {price: 2_500, stock: 50};
const COPIES = 5;
const HOUR_MS = 3_600_000;

export class Gala {
  /** Sets the scene: Ada's app, Bob's and the steward's, the owner, the gateway, Stripe. */
  constructor({ada, bob, sam, owner, rest, stripeUrl}) {
    Object.assign(this, {ada, bob, sam, owner, rest, stripeUrl});
    this.event = `gala-${randomUUID().slice(0, 8)}`;
    this.product = `poster-${randomUUID().slice(0, 8)}`;
    this.stock = new Stock({poster: POSTER.stock, tickets: TICKET.stock});
    this.batches = new Batches();
  }

  async tell() {
    await this.#opens();
    const order = await this.#orders({poster: 1, tickets: 3});
    const bought = await this.#pays(order, {poster: 1, tickets: 3});
    await this.#goesIn(bought);
    await this.#passesOn(bought);
    await this.#isRefunded();
    await this.#closes();
  }

  async #opens() {
    step("The operator puts a poster and fifty tickets to the gala on sale");
    await this.sam.signUp("sam");
    await this.bob.signUp("bob");
    await this.owner.overwrite(`products/${this.product}`, {
      name: "Gala poster",
      priceCents: POSTER.price,
      currency: "usd",
      stock: POSTER.stock,
      reserved: 0,
      active: true,
    });
    await this.owner.overwrite(`events/${this.event}`, {
      name: "Winter Gala",
      priceCents: TICKET.price,
      currency: "usd",
      quantity: TICKET.stock,
      initialQuantity: TICKET.stock,
      reserved: 0,
      active: true,
      doorsOpenAt: new Date(Date.now() - HOUR_MS),
      endsAt: new Date(Date.now() + 6 * HOUR_MS),
    });
    await this.owner.overwrite(`eventStaff/${this.event}/members/${this.sam.uid}`, {
      role: "supervisor",
      name: "Sam",
    });
    await this.owner.overwrite(`adminUsers/${this.sam.uid}`, {name: "Sam"});
    say("documents", "products/…, events/…, eventStaff/…/members/{Sam}, adminUsers/{Sam}");
    await this.#check();
  }

  async #orders({poster, tickets}) {
    step(`Ada orders ${poster ? "a poster and " : ""}${tickets} tickets`);
    const items = [
      ...(poster ? [{productId: this.product, quantity: poster}] : []),
      {eventId: this.event, quantity: tickets},
    ];
    const wish = {items, idempotencyKey: randomUUID()};
    const order = await this.#call(this.ada, "createOrder", wish);
    assert.equal(order.status, "pending");
    assert.equal(order.amount, poster * POSTER.price + tickets * TICKET.price);
    const again = await this.#call(this.ada, "createOrder", wish, "the same key again");
    assert.deepEqual(again, order);
    say("", `order ${order.orderId.slice(0, 8)}…, ${order.amount} cents; the stock is held`);
    if (poster) this.stock.reserved("poster", poster);
    this.stock.reserved("tickets", tickets);
    await this.#check();
    return order;
  }

  async #pays(order, {poster, tickets}) {
    step(`Ada pays, and Stripe says so ${COPIES} times over, in any order`);
    await control(this.stripeUrl, "set_delivery", {copies: COPIES, shuffle_window: 2 * COPIES});
    const listener = await this.ada.listen(`orders/${order.orderId}`);
    const paid = await confirmPayment(this.stripeUrl, order.paymentIntentId, order.clientSecret);
    say("Stripe", `confirm with publishable key and client secret → ${paid.status}`);
    await control(this.stripeUrl, "wait_idle", {timeout_seconds: 60});
    const seen = await listener.until(({status}) => status === "finalized");
    listener.stop();
    say("listener", `orders/{id}: ${seen.map(({status}) => status).join(" → ")}`);
    await control(this.stripeUrl, "reset_delivery", {});
    const input = {paymentIntentId: order.paymentIntentId};
    const {lines} = await this.#call(this.ada, "finalizeOrder", input, "too late: it is done");
    const {ragerId} = lines.find(({kind}) => kind === "event");
    if (poster) this.stock.sold("poster", poster);
    this.stock.sold("tickets", tickets);
    this.batches.issued(ragerId, "Ada", tickets);
    const batch = await this.#batch(this.ada, ragerId);
    say("batch", `ragers/${ragerId.slice(0, 8)}…: ${tickets} tickets, code ${ticket(batch.code)}`);
    await this.#check();
    return ragerId;
  }

  async #goesIn(ragerId) {
    step("Ada and a friend go in: once by the code, once by name");
    const {code} = await this.#batch(this.ada, ragerId);
    const scan = {token: code, eventId: this.event, scanId: randomUUID(), gate: "north"};
    const first = await this.#call(this.sam, "scanTicket", scan);
    assert.deepEqual([first.usedCount, first.remainingTotal], [1, 2]);
    this.batches.admitted(ragerId, 1);
    const again = await this.#call(this.sam, "scanTicket", scan, "the same scan: its reply was lost");
    assert.deepEqual(again, {...first, replayed: true});

    const guest = {userId: this.ada.uid, eventId: this.event};
    const preview = await this.#call(this.sam, "previewScan", guest);
    assert.deepEqual([preview.remainingTotal, preview.nextCandidate], [2, ragerId]);
    const byName = {...guest, scanId: randomUUID(), gate: "desk"};
    const second = await this.rest.asServer("/scan-ticket", byName);
    assert.deepEqual([second.status, second.body.usedCount], [200, 2]);
    say("REST", `POST /scan-ticket with the proxy key, by user → ${second.status}, 1 is left`);
    this.batches.admitted(ragerId, 1);

    const party = {token: code, eventId: this.event, scanId: randomUUID(), count: 2};
    const denied = await this.#refused(this.sam, "scanTicket", party);
    assert.equal(denied.details.reason, "none_remaining");
    await this.#check();
  }

  async #passesOn(ragerId) {
    step("Ada passes her last ticket on to Bob, and her old code dies");
    const {code} = await this.#batch(this.ada, ragerId);
    const wish = {eventId: this.event, ragerId, quantity: 1, toUserId: this.bob.uid};
    const transfer = {...wish, idempotencyKey: randomUUID()};
    const passed = await this.#call(this.ada, "transferTicket", transfer);
    this.batches.passedOn(ragerId, 1, passed.ragerId, "Bob");
    const old = {token: code, eventId: this.event, scanId: randomUUID(), gate: "north"};
    const denied = await this.#refused(this.sam, "scanTicket", old);
    assert.equal(denied.details.reason, "ticket_transferred");

    const {code: his} = await this.#batch(this.bob, passed.ragerId);
    const scan = {token: his, eventId: this.event, scanId: randomUUID(), gate: "north"};
    await this.#call(this.sam, "scanTicket", scan);
    this.batches.admitted(passed.ragerId, 1);
    const second = {...scan, scanId: randomUUID()};
    const used = await this.#refused(this.sam, "scanTicket", second);
    assert.equal(used.details.reason, "already_used");

    const mistake = {scanId: scan.scanId, reason: "wrong person"};
    await this.#call(this.sam, "undoScan", mistake);
    this.batches.undone(passed.ragerId, 1);
    await this.#check();
  }

  async #isRefunded() {
    const order = await this.#orders({poster: 0, tickets: 2});
    const ragerId = await this.#pays(order, {poster: 0, tickets: 2});
    step("The operator refunds these in Stripe's dashboard: unused, they die");
    const {code} = await this.#batch(this.ada, ragerId);
    const listener = await this.ada.listen(`orders/${order.orderId}`);
    await refund(this.stripeUrl, order.paymentIntentId);
    await listener.until(({status}) => status === "refunded");
    listener.stop();
    say("webhook", "charge.refunded → the order is refunded, the stock is back");
    this.batches.died(ragerId, 2);
    this.stock.returned("tickets", 2);
    const scan = {token: code, eventId: this.event, scanId: randomUUID(), gate: "north"};
    const denied = await this.#refused(this.sam, "scanTicket", scan);
    assert.equal(denied.details.reason, "ticket_refunded");
    await this.#check();
  }

  async #closes() {
    step("The gala's books: stock, batches and scans, held against what happened");
    const inventory = await this.#call(this.sam, "checkInventory", {eventId: this.event});
    assert.equal(inventory.drift, 0);
    const dryRun = {eventId: this.event, dryRun: true};
    const {status, body} = await this.rest.asUser(this.sam, "/reconcile-event-users", dryRun);
    assert.deepEqual([status, body.diffs], [200, []]);
    say("REST", "POST /reconcile-event-users, a dry run → no summary differs");
    const stock = await this.#stock();
    table(
      ["stock", "left, expected", "left", "held, expected", "held", ""],
      stock.map((row) => [...row, agrees(row) ? "✓" : "WRONG"]),
    );
    const batches = await this.#batches();
    table(
      ["batch", "of", "tickets, expected", "tickets", "used, expected", "used", ""],
      batches.map(([id, ...row]) => [short(id), ...row, agrees(row) ? "✓" : "WRONG"]),
    );
    const scans = await this.owner.list(`events/${this.event}/scans`);
    scans.sort((one, other) => one.at - other.at);
    table(
      ["scan", "gate", "verdict", "reason", "batch"],
      scans.map((scan) => [
        short(scan.scanId),
        scan.gate ?? "",
        scan.undoneAt ? `${scan.result}, undone` : scan.result,
        scan.reason ?? "",
        short(scan.ragerId ?? ""),
      ]),
    );
    assert.deepEqual(
      scans.map(({result}) => result),
      ["admitted", "admitted", "denied", "denied", "admitted", "denied", "denied"],
    );
    console.log();
    await this.#check();
    const mails = await this.owner.list("notifications");
    const receipts = mails.filter(({userId, kind}) => userId === this.ada.uid && kind === "receipt");
    assert.equal(receipts.length, 2, "there should be one receipt for each paid order");
    say("outbox", "one receipt for each order, however often Stripe said that it was paid");
  }

  async #check() {
    const wrong = [
      ...(await this.#stock()),
      ...(await this.#batches()).map(([id, , ...counts]) => [short(id), ...counts]),
    ].filter((row) => !agrees(row));
    if (wrong.length > 0) {
      const words = wrong.map((row) => row.join(" "));
      throw new WrongBalance(`stock or batches are not what they should be: ${words.join("; ")}`);
    }
    const {left, held} = this.stock;
    const words = Object.keys(left).map((item) => `${left[item]} ${item} left, ${held[item]} held`);
    say("check", `stock and batches are as they should be: ${words.join("; ")}`);
  }

  /** The stock: name, left and expected, held and expected. */
  async #stock() {
    const poster = await this.owner.read(`products/${this.product}`);
    const gala = await this.owner.read(`events/${this.event}`);
    const {left, held} = this.stock;
    return [
      ["poster", left.poster, poster.stock, held.poster, poster.reserved],
      ["tickets", left.tickets, gala.quantity, held.tickets, gala.reserved],
    ];
  }

  /** The batches: id, whose, tickets and expected, used and expected. */
  async #batches() {
    const found = await this.owner.list(`events/${this.event}/ragers`);
    assert.equal(found.length, this.batches.held.size, "there are more or fewer batches");
    return found.map(({ragerId, ticketQuantity, usedCount}) => {
      const {holder, tickets, used} = this.batches.held.get(ragerId);
      return [ragerId, holder, tickets, ticketQuantity, used, usedCount];
    });
  }

  async #batch(app, ragerId) {
    return app.read(`events/${this.event}/ragers/${ragerId}`);
  }

  async #call(app, name, input, remark) {
    const answer = await app.call(name, input);
    const about = remark ? ` (${remark})` : "";
    say("call", `${name} ${fields(shown(input))}${about} → ${answer.status ?? "ok"}`);
    return answer;
  }

  async #refused(app, name, input) {
    const refusal = await app.refusal(name, input);
    const {reason} = refusal.details;
    say("call", `${name} ${fields(shown(input))} → refused: ${reason}`);
    return refusal;
  }
}

/** Whether expected and actual numbers, which come in pairs at the end of a row, are equal. */
function agrees(row) {
  const numbers = row.filter(Number.isInteger);
  return numbers.every((number, index) => index % 2 === 1 || number === numbers[index + 1]);
}

function short(text) {
  return text.length > 12 ? `${text.slice(0, 12)}…` : text;
}

/** An input without what is long and says little to a reader. */
function shown({eventId, scanId, token, ...rest}) {
  const some = rest.items ? {items: rest.items.map(({quantity}) => quantity)} : rest;
  return token ? {code: ticket(token), ...some} : some;
}

/** The beginning of the token in a code: enough to tell one ticket from another. */
function ticket(code) {
  return `${code.split(".")[3].slice(0, 8)}…`;
}
