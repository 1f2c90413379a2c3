// What the device keeps: IndexedDB survives reloads, crashes and days without a network.

import {type DBSchema, type IDBPDatabase, openDB} from "idb";
import type {Device, KeptScan, RosterEntry, RosterEvent, ScanInput} from "./model";

/** How far the roster of an event has come. */
export interface RosterHead {
  eventId: string;
  cursor: string;
  publicKeys: string[];
  event: RosterEvent;
  /** Whether a whole round has come; half a roster would call good tickets unknown. */
  complete: boolean;
  /** When the last round ended, in ms. */
  at: number;
  /** The same by the till's clock, in ISO 8601; null before the first has ended. */
  toldAt: string | null;
}

export interface KeptEntry extends RosterEntry {
  eventId: string;
}

/** A scan that the till was asked about and has not answered. */
export interface Attempt {
  key: string;
  input: ScanInput;
  /** In ms. */
  at: number;
}

export interface Preferences {
  cameraId: string | null;
  muted: boolean;
}

interface DoorSchema extends DBSchema {
  device: {key: "device"; value: Device};
  preferences: {key: "preferences"; value: Preferences};
  heads: {key: string; value: RosterHead};
  entries: {key: [string, string]; value: KeptEntry; indexes: {event: string}};
  scans: {key: string; value: KeptScan; indexes: {state: string}};
  attempts: {key: string; value: Attempt};
}

export type DoorDatabase = IDBPDatabase<DoorSchema>;

/**
 * Opens the device's database.
 *
 * @param closed is told if the browser closes it, as iOS does with pages that were long away.
 */
export function openDatabase(name = "firetill-door", closed: () => void = () => undefined): Promise<DoorDatabase> {
  return openDB<DoorSchema>(name, 1, {
    terminated: closed,
    upgrade(db) {
      db.createObjectStore("device");
      db.createObjectStore("preferences");
      db.createObjectStore("heads", {keyPath: "eventId"});
      db.createObjectStore("entries", {keyPath: ["eventId", "ragerId"]}).createIndex("event", "eventId");
      db.createObjectStore("scans", {keyPath: "scanId"}).createIndex("state", "state");
      db.createObjectStore("attempts", {keyPath: "key"});
    },
  });
}
