// What an event's scans, batches and devices add up to.

import {dateOf, type Instant} from "./instant";
import type {Rank, Series} from "./figures";

/** A document of `scans`, as far as the console reads it. */
export interface Scan {
  scanId: string;
  result: "admitted" | "denied" | "left";
  reason: string | null;
  count: number;
  gate: string | null;
  device: string | null;
  at: Instant;
  left?: number;
  readmitted?: number;
  overAdmitted?: number;
  undoneAt?: Instant | null;
  source?: "online" | "offline";
  conflict?: boolean;
  forcedReason?: string | null;
}

/** A document of `ragers`, as far as people are counted by it. */
export interface Batch {
  ticketQuantity: number;
  usedCount: number;
  outside?: number;
}

export interface Device {
  deviceId: string;
  name: string;
  gate: string | null;
  role: string;
  direction?: string | null;
  lastSeenAt: Instant | null;
  rosterAt: Instant | null;
  queued: number;
  parked: number;
  pairedAt: Instant | null;
  revokedAt: Instant | null;
  revokeReason?: string | null;
}

/** What happened at one gate; `in` and `out` are people, `denied` scans. */
export interface Gate {
  name: string;
  in: number;
  out: number;
  denied: number;
}

const SILENT_AFTER_SECONDS = 60;

/**
 * People who are in: whoever used a ticket and is not out, and whoever went in without one left.
 *
 * Whoever left without being known to be in (`count` less `left`) was one of the latter.
 */
export function inside(batches: readonly Batch[], scans: readonly Scan[]): number {
  const held = batches.reduce((sum, one) => sum + one.usedCount - (one.outside ?? 0), 0);
  const unknown = (one: Scan) => (one.result === "left" ? one.count - (one.left ?? one.count) : 0);
  return held + counting(scans).reduce((sum, one) => sum + (one.overAdmitted ?? 0) - unknown(one), 0);
}

/** Totals over scans that count: taken back ones do not. */
export function totals(scans: readonly Scan[]) {
  const sum = {in: 0, out: 0, readmitted: 0, overAdmitted: 0, forced: 0, denied: 0, offline: 0, undone: 0};
  for (const one of scans) {
    if (one.source === "offline") sum.offline += 1;
    if (isUndone(one)) {
      sum.undone += 1;
      continue;
    }
    sum.in += peopleIn(one);
    sum.out += peopleOut(one);
    sum.readmitted += one.readmitted ?? 0;
    sum.overAdmitted += one.overAdmitted ?? 0;
    sum.denied += one.result === "denied" ? 1 : 0;
    sum.forced += one.forcedReason ? 1 : 0;
  }
  return sum;
}

/** What happened at each gate, the busiest first; scans that name none are at "no gate". */
export function byGate(scans: readonly Scan[]): Gate[] {
  const gates = new Map<string, Gate>();
  for (const one of counting(scans)) {
    const name = one.gate || "no gate";
    const gate = gates.get(name) ?? {name, in: 0, out: 0, denied: 0};
    gate.in += peopleIn(one);
    gate.out += peopleOut(one);
    gate.denied += one.result === "denied" ? 1 : 0;
    gates.set(name, gate);
  }
  return [...gates.values()].sort((a, b) => b.in + b.out + b.denied - (a.in + a.out + a.denied) || a.name.localeCompare(b.name));
}

/** Scans in each of the `minutes` up to now, those taken back too: somebody stood there. */
export function perMinute(scans: readonly Scan[], now: Date, minutes: number): {labels: Date[]; series: Series[]} {
  const last = Math.floor(now.getTime() / 60_000);
  const first = last - minutes + 1;
  const rows = {admitted: zeros(minutes), left: zeros(minutes), denied: zeros(minutes)};
  for (const one of scans) {
    const at = dateOf(one.at);
    const index = at === null ? -1 : Math.floor(at.getTime() / 60_000) - first;
    const row = rows[one.result];
    if (row !== undefined && index >= 0 && index < minutes) row[index] = (row[index] ?? 0) + 1;
  }
  const labels = Array.from({length: minutes}, (_, index) => new Date((first + index) * 60_000));
  const series = [
    {name: "admitted", values: rows.admitted, ink: 2},
    {name: "left", values: rows.left, ink: 0},
    {name: "denied", values: rows.denied, ink: 1},
  ];
  return {labels, series};
}

/** Why scans let nobody in, the most frequent first. */
export function denials(scans: readonly Scan[]): Rank[] {
  const counts = new Map<string, number>();
  for (const one of scans) {
    if (one.result === "denied") counts.set(one.reason ?? "unknown", (counts.get(one.reason ?? "unknown") ?? 0) + 1);
  }
  return [...counts].map(([name, value]) => ({name, value})).sort((a, b) => b.value - a.value || a.name.localeCompare(b.name));
}

/** How a device is doing. It reports every 20 s; after a minute without a word it is silent. */
export function deviceState(device: Device, now: Date): "revoked" | "silent" | "online" {
  if (device.revokedAt) return "revoked";
  const seen = dateOf(device.lastSeenAt);
  return seen !== null && now.getTime() - seen.getTime() <= SILENT_AFTER_SECONDS * 1000 ? "online" : "silent";
}

function counting(scans: readonly Scan[]): Scan[] {
  return scans.filter((one) => !isUndone(one));
}

function isUndone(scan: Scan): boolean {
  return scan.undoneAt !== undefined && scan.undoneAt !== null;
}

function peopleIn(scan: Scan): number {
  return scan.result === "admitted" ? scan.count : 0;
}

function peopleOut(scan: Scan): number {
  return scan.result === "left" ? (scan.left ?? scan.count) : 0;
}

function zeros(length: number): number[] {
  return Array.from({length}, () => 0);
}
