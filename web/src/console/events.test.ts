import {describe, expect, it} from "vitest";
import {chosenEvent, type TicketedEvent} from "./events";

const at = (iso: string) => ({seconds: Date.parse(iso) / 1000, nanoseconds: 0});
const event = (name: string, opens: string | null, ends: string | null, active = true): TicketedEvent => ({
  name, active, currency: "usd", priceCents: 1, quantity: 1, reserved: 0, initialQuantity: 1,
  doorsOpenAt: opens === null ? null : at(opens), endsAt: ends === null ? null : at(ends),
});
const now = new Date("2026-11-21T21:00:00Z");
const last = event("last", "2026-11-14T20:00:00Z", "2026-11-15T04:00:00Z");
const tonight = event("tonight", "2026-11-21T20:00:00Z", "2026-11-22T04:00:00Z");
const off = event("off", "2026-11-21T20:30:00Z", "2026-11-22T04:00:00Z", false);
const next = event("next", "2026-11-28T20:00:00Z", "2026-11-29T04:00:00Z");
const later = event("later", "2026-12-05T20:00:00Z", null);

describe("the event that is meant", () => {
  it("is the one that is on", () => expect(chosenEvent([last, later, tonight, off, next], now)?.name).toBe("tonight"));
  it("is one that has no times before those that come", () => expect(chosenEvent([next, event("always", null, null)], now)?.name).toBe("always"));
  it("is the next one if none is on", () => expect(chosenEvent([last, later, next, off], now)?.name).toBe("next"));
  it("is the last one if none comes", () => expect(chosenEvent([last, off], now)?.name).toBe("off"));
  it("is none if there are none", () => expect(chosenEvent([], now)).toBeNull());
});
