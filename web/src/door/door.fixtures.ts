// What the tests of the scanner share: signed codes, batches, and a database of each test's own.

import {getPublicKeyAsync, signAsync} from "@noble/ed25519";
import "fake-indexeddb/auto";
import {tokenHash} from "./code";
import {type DoorDatabase, openDatabase} from "./database";
import type {KeptScan, RosterEntry, RosterEvent, RosterPage} from "./model";
import {NO_EFFECT} from "./model";

const SEED = new Uint8Array(32).fill(7);
export const EVENT_ID = "night";
export const TOKEN = "x5Yk2dCq0m3bW8uRtL1ZVg";
export const OPEN_EVENT: RosterEvent = {
  name: "Ember Night",
  active: true,
  doorsOpenAt: "2026-02-07T20:00:00.000Z",
  endsAt: "2026-02-08T04:00:00.000Z",
  offlineAllowed: true,
  reentry: true,
};

export async function publicKey(seed = SEED): Promise<string> {
  return base64url(await getPublicKeyAsync(seed));
}

/** A code as the till makes them. */
export async function signedCode({token = TOKEN, eventId = EVENT_ID, version = 1, seed = SEED} = {}): Promise<string> {
  const signed = `FT1.${eventId}.${version}.${token}`;
  return `${signed}.${base64url(await signAsync(new TextEncoder().encode(signed), seed))}`;
}

export async function batch(change: Partial<RosterEntry> = {}, token = TOKEN): Promise<RosterEntry> {
  return {
    ragerId: `of-${token}`,
    tokenHash: await tokenHash(token),
    version: 1,
    ticketQuantity: 3,
    usedCount: 0,
    remaining: 3,
    outside: 0,
    active: true,
    closed: null,
    previousTokenHashes: [],
    lastScan: null,
    updatedAt: "2026-02-07T19:00:00.000Z",
    ...change,
  };
}

export async function page(entries: RosterEntry[], change: Partial<RosterPage> = {}): Promise<RosterPage> {
  return {
    eventId: EVENT_ID,
    entries,
    cursor: "cursor-1",
    more: false,
    publicKeys: [await publicKey()],
    serverTime: "2026-02-07T21:00:00.000Z",
    event: OPEN_EVENT,
    ...change,
  };
}

export function scan(scanId: string, change: Partial<KeptScan> = {}): KeptScan {
  return {
    ...NO_EFFECT,
    scanId,
    eventId: EVENT_ID,
    device: "Phone 7",
    code: TOKEN,
    count: 1,
    direction: "in",
    gate: "north",
    scannedAt: "2026-02-07T21:00:00.000Z",
    verdict: "admitted",
    reason: null,
    forcedReason: null,
    ragerId: null,
    state: "queued",
    offline: true,
    note: null,
    ...change,
  };
}

let databases = 0;

/** The name of a database that no other test uses; a second opening is a restart of the page. */
export function freshName(): string {
  databases += 1;
  return `door-${databases}`;
}

export function freshDatabase(): Promise<DoorDatabase> {
  return openDatabase(freshName());
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
