import {afterEach, describe, expect, it} from "vitest";
import {batch, EVENT_ID, freshDatabase, page, scan} from "./door.fixtures";
import type {Device} from "./model";
import {Queue} from "./queue";
import {Roster} from "./roster";
import {Rounds} from "./rounds";
import type {Report, Till} from "./till";
import type {Uploaded, UploadInput} from "./uploading";

const DEVICE: Device = {deviceId: "d", eventId: EVENT_ID, name: "North 1", gate: "North", role: "staff", direction: "in", revokedAt: null};
let rounds: Rounds | undefined;
afterEach(() => rounds?.stop());

/** A device with one batch in its roster, and a till that answers every upload with `result`. */
async function stage(result: Partial<Uploaded> = {}) {
  const db = await freshDatabase();
  const [queue, roster] = [await Queue.open(db), await Roster.open(db, EVENT_ID)];
  const entry = await batch({usedCount: 2, remaining: 1, outside: 1});
  const pages = [await page([entry]), await page([])];
  const reports: Report[] = [];
  const till = {
    upload: async ({scans}: UploadInput) => ({
      results: scans.map((sent) => ({scanId: (sent as {scanId: string}).scanId, status: "recorded", reason: null, usedCount: 2, remaining: 1, inside: 1, ...result})),
    }),
    roster: async () => pages.shift() ?? (await page([])),
    report: async (report: Report) => (reports.push(report), {name: "North 1", gate: "North", role: "staff", serverTime: "2026-02-07T21:00:00.000Z"}),
  } as unknown as Till;
  rounds = new Rounds(till, queue, {device: () => DEVICE, roster: () => roster, isOnline: () => true, learnt: () => undefined, reported: () => undefined});
  return {queue, roster, entry, reports, rounds};
}

describe("a round", () => {
  it.each(["recorded", "replayed"] as const)("takes over who is inside as the till tells it of a scan that is %s", async (status) => {
    const {queue, roster, entry, rounds} = await stage({status, inside: 1});
    rounds.start();
    await rounds.go();
    // The guest who left is in the roster already; counting anew would have two outside.
    await queue.keep(scan("a", {direction: "out", ragerId: entry.ragerId, left: 1}));
    await rounds.go();
    expect(queue.get("a")?.state).toBe("recorded");
    expect(roster.get(entry.ragerId)).toMatchObject({usedCount: 2, outside: 1});
  });

  it("does not take over counts of an earlier time", async () => {
    const {queue, roster, entry, rounds} = await stage({status: "replayed", usedCount: 1, remaining: 2, inside: 1});
    rounds.start();
    await rounds.go();
    await queue.keep(scan("a", {ragerId: entry.ragerId, used: 1}));
    await rounds.go();
    expect(roster.get(entry.ragerId)).toMatchObject({usedCount: 2, remaining: 1});
  });

  it("forgets what has long been safe, so that a night does not fill the phone", async () => {
    const {queue, rounds} = await stage();
    for (let one = 0; one < 302; one += 1) await queue.keep(scan(`r${one}`, {state: "recorded"}));
    rounds.start();
    await rounds.go();
    expect(queue.in("recorded")).toHaveLength(300);
  });

  it("reports the roster's age by the till's clock, not by the phone's", async () => {
    const {reports, rounds} = await stage();
    rounds.start();
    await rounds.go();
    expect(reports[0]?.rosterAt).toBe("2026-02-07T21:00:00.000Z");
  });
});
