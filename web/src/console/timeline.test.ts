import {describe, expect, it} from "vitest";
import {details, type Item, pageOf, spaced} from "./timeline";

const item = (data: Item["data"]): Item => ({at: "2026-11-21T20:00:00.000Z", kind: "payment", title: "Payment succeeded", data, path: "paymentIntents/pi_1"});

describe("an item of a time line", () => {
  it.each([
    ["stripeEvents/evt_1", "#/stripe/evt_1"],
    ["orders/o1", "#/orders/o1"],
    ["products/shirt", "#/stock"],
    ["paymentIntents/pi_1", "#/document/paymentIntents/pi_1"],
    ["events/gala/scans/s1", "#/document/events/gala/scans/s1"],
    ["users/u1/items/i1", "#/document/users/u1/items/i1"],
  ])("from %s leads to %s", (path, page) => expect(pageOf(path)).toBe(page));

  it("says what its data add, with the units", () => {
    expect(details(item({amount: 2500, currency: "usd", paymentIntentId: "pi_1", givenBack: true, disputeId: null, usedCount: 2, reason: "already_used"})))
      .toEqual([expect.stringContaining("25.00"), "given back", "used count 2", "already used"]);
    expect(details(item({name: "Gala", quantity: 3, shard: 0, active: false}))).toEqual(["Gala", "quantity 3", "shard 0"]);
  });

  it("says how often something was tried only if that was more than once", () => {
    expect(details(item({attempts: 1}))).toEqual([]);
    expect(details(item({attempts: 3}))).toEqual(["attempts 3"]);
    expect(spaced("ticketQuantity")).toBe("ticket quantity");
  });
});
