// Handing in what the device decided alone. Sending a scan again is harmless: its id tells.

import {NoAnswer, Refusal} from "../base/calls";
import {LONGEST_CODE} from "./code";
import type {KeptScan} from "./model";
import type {Queue} from "./queue";

/** One scan's result of `uploadScans`. */
export interface Uploaded {
  scanId: string;
  status: "recorded" | "replayed" | "conflict" | "retry";
  reason: string | null;
  usedCount: number | null;
  remaining: number | null;
  /** Of the batch, right after. */
  inside: number | null;
}

export interface UploadInput {
  eventId: string;
  device: string;
  scans: object[];
}

export type Upload = (input: UploadInput) => Promise<{results: Uploaded[]}>;

/** A callable takes 64 KiB; some of it is around the scans. */
const CHUNK_BYTES = 60_000;
const CHUNK_SCANS = 100;

/** Refusals that pass: the scans stay queued. */
const PASSING: ReadonlySet<string> = new Set(["rate_limited", "sign_in_required", "app_check_failed"]);
/** Refusals that one bad scan may bring on all that travel with it. */
const OF_ONE: ReadonlySet<string> = new Set(["invalid_field", "unknown_field", "missing_field"]);

/**
 * Uploads all that is queued.
 *
 * What the till refuses is parked with the reason, never dropped. If there is no answer the rest
 * stays queued.
 *
 * @param recorded is told of each scan that the till has taken, before its state changes.
 * @returns whether the till answered, or there was nothing to send.
 */
export async function uploadAll(
  queue: Queue,
  upload: Upload,
  recorded: (scan: KeptScan, result: Uploaded) => Promise<void>,
): Promise<boolean> {
  const waiting = chunks(queue.in("queued"));
  for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
    const [first] = chunk;
    if (first === undefined) continue;
    try {
      const {results} = await upload({
        eventId: first.eventId,
        device: first.device,
        scans: chunk.map(asSent),
      });
      for (const result of results) await settle(queue, result, recorded);
    } catch (problem) {
      if (problem instanceof NoAnswer) return false;
      if (!(problem instanceof Refusal)) throw problem;
      if (PASSING.has(problem.reason)) return true;
      if (OF_ONE.has(problem.reason) && chunk.length > 1) {
        const middle = Math.ceil(chunk.length / 2);
        waiting.unshift(chunk.slice(0, middle), chunk.slice(middle));
        continue;
      }
      for (const {scanId} of chunk) await queue.move(scanId, "parked", problem.reason);
    }
  }
  return true;
}

async function settle(
  queue: Queue,
  result: Uploaded,
  recorded: (scan: KeptScan, result: Uploaded) => Promise<void>,
): Promise<void> {
  const scan = queue.get(result.scanId);
  if (scan === undefined || result.status === "retry") return;
  await recorded(scan, result);
  const state = result.status === "conflict" || result.reason !== null ? "conflict" : "recorded";
  await queue.move(result.scanId, state, result.reason);
}

/** Splits scans by event, device and who may upload them, then by what a call takes. */
export function chunks(scans: readonly KeptScan[]): KeptScan[][] {
  const groups = new Map<string, KeptScan[]>();
  for (const scan of scans) {
    // A forced one needs a supervisor for the whole call.
    const key = JSON.stringify([scan.eventId, scan.device, scan.forcedReason !== null]);
    groups.set(key, [...(groups.get(key) ?? []), scan]);
  }
  return [...groups.values()].flatMap(bySize);
}

function bySize(scans: readonly KeptScan[]): KeptScan[][] {
  const found: KeptScan[][] = [];
  let bytes = CHUNK_BYTES;
  for (const scan of scans) {
    const size = new TextEncoder().encode(JSON.stringify(asSent(scan))).length + 1;
    const last = found.at(-1);
    if (last === undefined || bytes + size > CHUNK_BYTES || last.length === CHUNK_SCANS) {
      found.push([scan]);
      bytes = size;
    } else {
      last.push(scan);
      bytes += size;
    }
  }
  return found;
}

function asSent(scan: KeptScan): object {
  return {
    scanId: scan.scanId,
    code: (scan.code ?? "").slice(0, LONGEST_CODE),
    count: scan.count,
    direction: scan.direction,
    scannedAt: scan.scannedAt,
    verdict: scan.verdict,
    gate: scan.gate,
    ...(scan.reason === null ? {} : {reason: scan.reason}),
    ...(scan.forcedReason === null ? {} : {forcedReason: scan.forcedReason}),
  };
}
