import {describe, expect, it} from "vitest";
import type {Admission, ScanInput} from "./model";
import {fromAdmission, fromRefusal, isGood, noAnswer, type Verdict} from "./verdict";
import {details, headline} from "./words";

const INPUT: ScanInput = {
  scanId: "s1",
  eventId: "night",
  token: "x",
  count: 1,
  direction: "in",
  gate: "north",
  device: "Phone 7",
};
const ANSWER: Admission = {
  scanId: "s1",
  ragerId: "r1",
  ticketQuantity: 1,
  usedCount: 1,
  remaining: 0,
  remainingTotal: 0,
  readmitted: 0,
  inside: 1,
  replayed: false,
};
const NOW = new Date("2026-02-07T22:00:00.000Z");

describe("an answer", () => {
  it("admits one, or a party by its size", () => {
    expect(headline(fromAdmission(ANSWER, INPUT))).toBe("ADMIT");
    const party = fromAdmission({...ANSWER, ticketQuantity: 4, usedCount: 3, remaining: 1}, {...INPUT, count: 2});
    expect(headline(party)).toBe("ADMIT 2 OF 4");
    expect(details(party, NOW)).toContain("3 of 4 used, 1 left");
  });

  it("welcomes who was inside before, and says goodbye", () => {
    expect(fromAdmission({...ANSWER, readmitted: 1}, INPUT).kind).toBe("welcome-back");
    const mixed = fromAdmission({...ANSWER, readmitted: 1, ticketQuantity: 4}, {...INPUT, count: 2});
    expect(mixed.kind).toBe("admit");
    expect(details(mixed, NOW)).toContain("1 of them had been inside before.");
    expect(fromAdmission(ANSWER, {...INPUT, direction: "out"}).kind).toBe("goodbye");
  });
});

describe("a refusal", () => {
  it.each([
    ["already_used", "already-used"],
    ["none_remaining", "too-few"],
    ["wrong_event", "wrong-event"],
    ["ticket_revoked", "revoked"],
    ["ticket_transferred", "transferred"],
    ["ticket_refunded", "refunded"],
    ["ticket_inactive", "inactive"],
    ["ticket_not_found", "unknown"],
    ["outside_window", "not-now"],
    ["event_inactive", "not-now"],
    ["not_inside", "not-inside"],
    ["not_staff", "not-allowed"],
    ["preview_outdated", "outdated"],
    ["something_new", "refused"],
  ])("%s is shown as %s, and is nobody's admission", (reason, kind) => {
    const verdict = fromRefusal(reason, {}, 1);
    expect(verdict.kind).toBe(kind);
    expect(isGood(verdict)).toBe(false);
  });

  it("tells a forged ticket from what is none", () => {
    expect(fromRefusal("code_forged", {}, 1, "FT1.night.1.x.y").kind).toBe("forged");
    expect(fromRefusal("code_forged", {}, 1, "https://example.com").kind).toBe("unknown");
  });

  it("says when and where a ticket was used", () => {
    const verdict = fromRefusal("already_used", {usedAt: "2026-02-07T21:04:00.000Z", gate: "south"}, 1);
    expect(details(verdict, NOW)[0]).toMatch(/^Last used at .+, gate south$/);
  });

  it("names no new holder of a transferred ticket, whatever the refusal carries", () => {
    const verdict = fromRefusal("ticket_transferred", {toUserId: "bob", displayName: "Bob"}, 1);
    expect(JSON.stringify([verdict, headline(verdict), details(verdict, NOW)])).not.toMatch(/bob/i);
  });

  it("says when the doors open, or that the event has ended", () => {
    const window = {doorsOpenAt: "2026-02-07T23:00:00.000Z", endsAt: "2026-02-08T04:00:00.000Z"};
    const verdict = fromRefusal("outside_window", window, 1);
    expect(details(verdict, NOW)[0]).toMatch(/^Doors open at/);
    expect(details(verdict, new Date("2026-02-08T05:00:00.000Z"))[0]).toMatch(/^The event ended at/);
  });
});

it("warns of a double admission whenever the device admits alone", () => {
  const verdict: Verdict = {...fromAdmission(ANSWER, INPUT), kind: "offline-admit", offline: true};
  expect(headline(verdict)).toBe("OFFLINE ADMIT");
  expect(details(verdict, NOW).join()).toMatch(/Another door may have admitted this ticket/);
});

it("admits nobody without an answer", () => {
  expect(isGood(noAnswer(1, "no_roster"))).toBe(false);
});
