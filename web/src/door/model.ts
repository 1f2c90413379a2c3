// What the scanner sends, gets and keeps. The operations are those of docs/endpoints.md, "The door".

export type Direction = "in" | "out";

/** Input of `scanTicket`: a code, or a guest with the version of what was shown of the guest. */
export interface ScanInput {
  scanId: string;
  eventId: string;
  token?: string;
  userId?: string;
  expectedVersion?: number;
  count: number;
  direction: Direction;
  gate: string;
  device: string;
}

/** Result of `scanTicket`. `inside` is of the batch. */
export interface Admission {
  scanId: string;
  ragerId: string;
  ticketQuantity: number;
  usedCount: number;
  remaining: number;
  remainingTotal: number;
  readmitted: number;
  inside: number;
  replayed: boolean;
}

/** One batch of tickets as `getRoster` tells it. */
export interface RosterEntry {
  ragerId: string;
  tokenHash: string;
  version: number;
  ticketQuantity: number;
  usedCount: number;
  remaining: number;
  outside: number;
  active: boolean;
  closed: "refunded" | "transferred" | "revoked" | null;
  previousTokenHashes: string[];
  lastScan: {at: string; gate: string | null} | null;
  updatedAt: string;
}

export interface RosterEvent {
  name: string;
  active: boolean;
  doorsOpenAt: string | null;
  endsAt: string | null;
  offlineAllowed: boolean;
  reentry: boolean;
}

/** Result of `getRoster`. */
export interface RosterPage {
  eventId: string;
  entries: RosterEntry[];
  cursor: string;
  more: boolean;
  publicKeys: string[];
  serverTime: string;
  event: RosterEvent;
}

/** What an admission changes of its batch: who used a ticket, who came back, who left. */
export interface Effect {
  used: number;
  readmitted: number;
  left: number;
}

export const NO_EFFECT: Effect = {used: 0, readmitted: 0, left: 0};

/**
 * Where a kept scan stands.
 *
 * `queued` waits for its upload; `recorded` and `conflict` are with the till; `parked` was refused
 * and waits for people. An `undone` one was taken back.
 */
export type ScanState = "queued" | "recorded" | "conflict" | "parked" | "undone";

/** A scan as the device keeps it, also after it is with the till. */
export interface KeptScan extends Effect {
  scanId: string;
  eventId: string;
  device: string;
  /** What the QR code held; null for a guest who was searched for, which only the till decides. */
  code: string | null;
  count: number;
  direction: Direction;
  gate: string;
  /** ISO 8601, by the device's own clock. */
  scannedAt: string;
  verdict: "admitted" | "denied";
  /** Why it was denied, as `scanTicket` names it. */
  reason: string | null;
  /** Why a supervisor let them in against the verdict. */
  forcedReason: string | null;
  ragerId: string | null;
  state: ScanState;
  /** Whether the device decided it alone. */
  offline: boolean;
  /** What the till said of it: what it contradicts, or why it was refused. */
  note: string | null;
}

export type Role = "staff" | "supervisor";

/** What this phone is paired as. */
export interface Device {
  deviceId: string;
  eventId: string;
  name: string;
  gate: string;
  role: Role;
  direction: Direction;
  /** Set once the till has revoked it. */
  revokedAt: string | null;
}
