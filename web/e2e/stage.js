// What the browser tests play on: an event with its doors open, people with roles, guests with codes.

import {randomUUID} from "node:crypto";

import {App} from "../../local/demo/app.js";
import {Owner} from "../../local/demo/owner.js";

const HOUR_MS = 3_600_000;
const PASSWORD = "correct horse";

export class Stage {
  /** Takes a stack: its addresses, `hostingUrl` among them. */
  constructor(stack) {
    this.stack = stack;
    this.owner = new Owner(stack);
    this.admin = new App(stack);
    this.guest = new App(stack);
    this.event = `night-${randomUUID().slice(0, 8)}`;
    this.other = `other-${randomUUID().slice(0, 8)}`;
  }

  /**
   * Opens the doors; the e-mail addresses of who may sign in are in `people`.
   *
   * Unless devices may decide offline, a slow answer makes them wait for it, however busy the machine.
   */
  async open({offlineAllowed = false} = {}) {
    await this.admin.signUp("admin");
    await this.guest.signUp("guest");
    const steward = new App(this.stack);
    await steward.signUp("steward");
    const supervisor = new App(this.stack);
    await supervisor.signUp("supervisor");
    await this.owner.overwrite(`adminUsers/${this.admin.uid}`, {name: "Ada Admin"});
    for (const [event, name] of [[this.event, "Ember Night"], [this.other, "Matinee"]]) {
      await this.owner.overwrite(`events/${event}`, {
        name,
        priceCents: 2_500,
        currency: "usd",
        quantity: 500,
        initialQuantity: 500,
        reserved: 0,
        active: true,
        offlineAllowed,
        reentry: true,
        doorsOpenAt: new Date(Date.now() - HOUR_MS),
        endsAt: new Date(Date.now() + 6 * HOUR_MS),
      });
    }
    const member = (uid) => `eventStaff/${this.event}/members/${uid}`;
    await this.owner.overwrite(member(steward.uid), {role: "staff", name: "Sid Steward"});
    await this.owner.overwrite(member(supervisor.uid), {role: "supervisor", name: "Sue Supervisor"});
    const sign = (app) => ({email: app.auth.currentUser.email, password: PASSWORD});
    this.people = {admin: sign(this.admin), steward: sign(steward), supervisor: sign(supervisor)};
    await Promise.all([steward.close(), supervisor.close()]);
  }

  /** Gives a guest tickets; returns the batch with its `code`. */
  async ticket(quantity = 1, {event = this.event, userId = this.guest.uid} = {}) {
    const wish = {eventId: event, userId, quantity, idempotencyKey: randomUUID()};
    const {ragerId} = await this.admin.call("manualCreateTicket", wish);
    return this.owner.read(`events/${event}/ragers/${ragerId}`);
  }

  /** A pairing code for a device at the event. */
  async pairingCode(name, {gate = "north", role = "staff"} = {}) {
    const {pairingCode} = await this.admin.call("createPairingCode", {eventId: this.event, name, gate, role});
    return pairingCode;
  }

  /** The scans that Firestore has of the event. */
  scans() {
    return this.owner.list(`events/${this.event}/scans`);
  }

  /** Ends the sign-ins. */
  async close() {
    await Promise.all([this.admin.close(), this.guest.close()]);
  }
}
