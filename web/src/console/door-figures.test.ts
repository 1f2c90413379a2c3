import {describe, expect, it} from "vitest";
import {byGate, denials, type Device, deviceState, inside, perMinute, type Scan, totals} from "./door-figures";

const at = (iso: string) => ({seconds: Date.parse(iso) / 1000, nanoseconds: 0});
const scan = (over: Partial<Scan>): Scan => ({
  scanId: "s", result: "admitted", reason: null, count: 1, gate: "North", device: "d1", at: at("2026-11-21T20:00:10Z"), ...over,
});
const scans = [
  scan({count: 3}),
  scan({count: 2, gate: "South", at: at("2026-11-21T20:01:59Z"), source: "offline", overAdmitted: 1}),
  scan({count: 4, undoneAt: at("2026-11-21T20:03:00Z"), overAdmitted: 4}),
  scan({result: "left", count: 2, left: 2, at: at("2026-11-21T20:02:00Z")}),
  scan({count: 1, readmitted: 1, forcedReason: "lost phone", at: at("2026-11-21T20:02:30Z")}),
  scan({result: "denied", reason: "already_used", gate: null, at: at("2026-11-21T20:02:30Z")}),
  scan({result: "denied", reason: "already_used", gate: "South", at: at("2026-11-21T19:00:00Z")}),
  scan({result: "denied", reason: "wrong_event", gate: "South", at: at("2026-11-21T20:02:31Z")}),
];

describe("the door", () => {
  it("knows who is inside: tickets used, less those who are out, and those without a ticket", () => {
    const batches = [{ticketQuantity: 4, usedCount: 4, outside: 1}, {ticketQuantity: 2, usedCount: 1}, {ticketQuantity: 2, usedCount: 0}];
    expect(inside(batches, scans)).toBe(4 - 1 + 1 + 1);
  });

  it("adds up people, without what was taken back", () => {
    expect(totals(scans)).toEqual({in: 6, out: 2, readmitted: 1, overAdmitted: 1, forced: 1, denied: 3, offline: 1, undone: 1});
  });

  it("adds up each gate, the busiest first", () => {
    expect(byGate(scans)).toEqual([
      {name: "North", in: 4, out: 2, denied: 0},
      {name: "South", in: 2, out: 0, denied: 2},
      {name: "no gate", in: 0, out: 0, denied: 1},
    ]);
  });

  it("counts the scans of each minute up to now", () => {
    const {labels, series} = perMinute(scans, new Date("2026-11-21T20:03:20Z"), 4);
    expect(labels.map((one) => one.toISOString().slice(11, 16))).toEqual(["20:00", "20:01", "20:02", "20:03"]);
    expect(Object.fromEntries(series.map(({name, values}) => [name, values]))).toEqual({
      admitted: [2, 1, 1, 0], left: [0, 0, 1, 0], denied: [0, 0, 2, 0],
    });
  });

  it("ranks why nobody went in", () => {
    expect(denials(scans)).toEqual([{name: "already_used", value: 2}, {name: "wrong_event", value: 1}]);
  });
});

describe("a device", () => {
  const device: Device = {
    deviceId: "d", name: "North 1", gate: "North", role: "staff", lastSeenAt: at("2026-11-21T20:00:00Z"), rosterAt: null,
    queued: 0, parked: 0, pairedAt: null, revokedAt: null,
  };

  it.each([
    ["2026-11-21T20:01:00Z", "online"],
    ["2026-11-21T20:01:01Z", "silent"],
  ])("at %s is %s", (now, state) => {
    expect(deviceState(device, new Date(now))).toBe(state);
  });

  it("that was never seen is silent, a revoked one is revoked", () => {
    const now = new Date("2026-11-21T20:00:10Z");
    expect(deviceState({...device, lastSeenAt: null}, now)).toBe("silent");
    expect(deviceState({...device, revokedAt: at("2026-11-21T20:00:05Z")}, now)).toBe("revoked");
  });
});
