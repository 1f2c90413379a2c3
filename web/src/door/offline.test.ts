import {describe, expect, it} from "vitest";
import {tokenHash} from "./code";
import {batch, EVENT_ID, OPEN_EVENT, publicKey, signedCode, TOKEN} from "./door.fixtures";
import type {Direction, Effect, RosterEntry, RosterEvent} from "./model";
import {NO_EFFECT} from "./model";
import {decide, forcedEffect} from "./offline";

const NOW = new Date("2026-02-07T22:00:00.000Z");

async function decided(
  entries: RosterEntry[],
  {
    code = "",
    count = 1,
    direction = "in" as Direction,
    event = OPEN_EVENT as RosterEvent,
    pending = NO_EFFECT as Effect,
    now = NOW,
  } = {},
) {
  const hashes = new Map(
    entries.flatMap((entry) => [...entry.previousTokenHashes, entry.tokenHash].map((hash) => [hash, entry] as const)),
  );
  const known = {
    eventId: EVENT_ID,
    event,
    publicKeys: [await publicKey()],
    find: (hash: string) => hashes.get(hash),
    pending: () => pending,
  };
  return decide(code || (await signedCode()), count, direction, known, now);
}

async function kindOf(entry: Partial<RosterEntry> | null, options: Parameters<typeof decided>[1] = {}) {
  const decision = await decided(entry === null ? [] : [await batch(entry)], options);
  return decision.verdict.kind;
}

describe("coming in", () => {
  it("is admitted offline, with what is left after it", async () => {
    const {verdict, effect, ragerId} = await decided([await batch()], {count: 2});
    expect(verdict).toMatchObject({kind: "offline-admit", offline: true, count: 2});
    expect(verdict.batch).toMatchObject({quantity: 3, used: 2, remaining: 1, inside: 2});
    expect(effect).toEqual({used: 2, readmitted: 0, left: 0});
    expect(ragerId).toBe(`of-${TOKEN}`);
  });

  it("takes a bare token that the roster knows", async () => {
    expect(await kindOf({}, {code: TOKEN})).toBe("offline-admit");
  });

  it("never admits what the roster does not know", async () => {
    expect(await kindOf(null)).toBe("unknown");
    expect(await kindOf(null, {code: TOKEN})).toBe("unknown");
    expect(await kindOf(null, {code: "https://example.com/poster"})).toBe("unknown");
  });

  it("tells a forgery and another event's ticket", async () => {
    expect(await kindOf({}, {code: await signedCode({seed: new Uint8Array(32).fill(9)})})).toBe("forged");
    expect(await kindOf({}, {code: await signedCode({eventId: "other"})})).toBe("wrong-event");
  });

  it("tells a code that another has replaced, and an old version of the code", async () => {
    const old = "oldoldoldoldoldoldold1";
    const entry = {version: 2, previousTokenHashes: [await tokenHash(old)]};
    expect(await kindOf(entry, {code: await signedCode({token: old})})).toBe("revoked");
    expect(await kindOf(entry, {code: await signedCode({version: 1})})).toBe("revoked");
    expect(await kindOf(entry, {code: await signedCode({version: 2})})).toBe("offline-admit");
  });

  it.each(["refunded", "transferred", "revoked"] as const)("tells a batch that was %s", async (closed) => {
    expect(await kindOf({closed})).toBe(closed);
  });

  it("tells a used ticket, when and where", async () => {
    const lastScan = {at: "2026-02-07T21:04:00.000Z", gate: "south"};
    const {verdict, effect} = await decided([await batch({usedCount: 3, remaining: 0, lastScan})]);
    expect(verdict).toMatchObject({kind: "already-used", usedAt: lastScan.at, gate: "south"});
    expect(effect).toEqual(NO_EFFECT);
  });

  it("counts the device's own scans since", async () => {
    expect(await kindOf({}, {pending: {used: 3, readmitted: 0, left: 0}})).toBe("already-used");
    expect(await kindOf({}, {count: 2, pending: {used: 2, readmitted: 0, left: 0}})).toBe("too-few");
    expect(await kindOf({}, {pending: {used: 2, readmitted: 0, left: 0}})).toBe("offline-admit");
  });

  it("admits nobody with a ticket that was switched off", async () => {
    expect(await kindOf({active: false})).toBe("inactive");
  });

  it("keeps the doors' hours", async () => {
    expect(await kindOf({}, {now: new Date("2026-02-07T19:59:59.000Z")})).toBe("not-now");
    expect(await kindOf({}, {now: new Date("2026-02-07T20:00:00.000Z")})).toBe("offline-admit");
    expect(await kindOf({}, {now: new Date("2026-02-08T04:00:00.000Z")})).toBe("not-now");
    expect(await kindOf({}, {event: {...OPEN_EVENT, active: false}})).toBe("not-now");
  });

  it("lets those back first who are outside, without using a ticket", async () => {
    const {verdict, effect} = await decided([await batch({usedCount: 2, remaining: 1, outside: 1})], {count: 2});
    expect(verdict).toMatchObject({kind: "offline-admit", readmitted: 1});
    expect(effect).toEqual({used: 1, readmitted: 1, left: 0});
    expect(await kindOf({usedCount: 3, remaining: 0, outside: 1, active: false})).toBe("offline-admit");
  });

  it("lets nobody back where the event does not", async () => {
    const event = {...OPEN_EVENT, reentry: false};
    expect(await kindOf({usedCount: 3, remaining: 0, outside: 1}, {event})).toBe("already-used");
  });
});

describe("going out", () => {
  it("is never refused for the ticket's sake", async () => {
    for (const entry of [{usedCount: 1, remaining: 2}, {closed: "refunded" as const}, {active: false}]) {
      expect(await kindOf(entry, {direction: "out", now: new Date("2026-02-09T00:00:00.000Z")})).toBe("goodbye");
    }
  });

  it("counts no more than are inside", async () => {
    const inside = await batch({usedCount: 2, remaining: 1, outside: 1});
    const {effect, verdict} = await decided([inside], {direction: "out", count: 2});
    expect(effect).toEqual({used: 0, readmitted: 0, left: 1});
    expect(verdict.batch).toMatchObject({inside: 0});
  });

  it("does not take a stranger for a guest", async () => {
    expect(await kindOf(null, {direction: "out"})).toBe("unknown");
  });
});

describe("forcedEffect", () => {
  async function forced(entry: Partial<RosterEntry> | null, {count = 1, token = TOKEN, version = 1, pending = NO_EFFECT, event = OPEN_EVENT} = {}) {
    const found = entry === null ? undefined : await batch(entry);
    const known = {eventId: EVENT_ID, event, publicKeys: [], find: () => found, pending: () => pending};
    return forcedEffect({token, eventId: EVENT_ID, version}, count, known);
  }

  it("uses what the batch holds, and no more", async () => {
    expect(await forced({}, {count: 2, pending: {used: 2, readmitted: 0, left: 0}})).toMatchObject({used: 1, ragerId: `of-${TOKEN}`});
    expect(await forced({usedCount: 3, remaining: 0})).toMatchObject({used: 0});
    expect(await forced(null)).toEqual({...NO_EFFECT, ragerId: null});
  });

  it("lets those back first who are outside, where the event does", async () => {
    const entry = {usedCount: 2, remaining: 1, outside: 1};
    expect(await forced(entry, {count: 3})).toMatchObject({used: 1, readmitted: 1});
    expect(await forced(entry, {count: 3, event: {...OPEN_EVENT, reentry: false}})).toMatchObject({used: 1, readmitted: 0});
  });

  it("takes nothing from whoever holds the tickets of a dead code now", async () => {
    expect(await forced({}, {token: "another-code-of-before"})).toMatchObject(NO_EFFECT);
    expect(await forced({version: 2})).toMatchObject(NO_EFFECT);
    expect(await forced({closed: "transferred"})).toMatchObject(NO_EFFECT);
  });
});
