// What the device may decide alone. Pure, but for the hashing and verifying. Never admits on unknown.

import {type ReadCode, readCode, tokenHash} from "./code";
import type {Direction, Effect, RosterEntry, RosterEvent} from "./model";
import {NO_EFFECT} from "./model";
import {blank, fromRefusal, type Verdict} from "./verdict";

/** What the device knows. */
export interface Knowledge {
  eventId: string;
  event: RosterEvent;
  publicKeys: readonly string[];
  /** The batch that a token's hash belongs to, as its code or as one that another has replaced. */
  find: (hash: string) => RosterEntry | undefined;
  /** What the device's own scans that the roster does not know yet have changed of a batch. */
  pending: (ragerId: string) => Effect;
}

export interface Decision {
  verdict: Verdict;
  effect: Effect;
  ragerId: string | null;
}

/** Decides about a code that is shown at the door at `now`. */
export async function decide(
  code: string,
  count: number,
  direction: Direction,
  known: Knowledge,
  now: Date,
): Promise<Decision> {
  const deny = (reason: string, data: Record<string, unknown> = {}, entry?: RosterEntry): Decision => ({
    verdict: {...fromRefusal(reason, data, count, code), offline: true},
    effect: NO_EFFECT,
    ragerId: entry?.ragerId ?? null,
  });
  const read = await readCode(code, known.publicKeys);
  if (read === null) return deny("code_forged");
  if (read.eventId !== null && read.eventId !== known.eventId) return deny("wrong_event");
  const hash = await tokenHash(read.token);
  const found = known.find(hash);
  if (found === undefined) return deny("ticket_not_found");
  if (direction === "in") {
    const {active, doorsOpenAt, endsAt} = known.event;
    if (!active) return deny("event_inactive");
    if ((doorsOpenAt !== null && now < new Date(doorsOpenAt)) || (endsAt !== null && now >= new Date(endsAt))) {
      return deny("outside_window", {doorsOpenAt, endsAt});
    }
  }
  const entry = withPending(found, known.pending(found.ragerId));
  // Nobody is kept from leaving, whatever has become of the ticket.
  if (direction === "out") return leaving(entry, count);
  if (entry.closed !== null) return deny(`ticket_${entry.closed}`, {}, entry);
  if (isReplaced(entry, hash, read)) return deny("ticket_revoked", {}, entry);
  const readmitted = known.event.reentry ? Math.min(entry.outside, count) : 0;
  const used = count - readmitted;
  if (readmitted === 0 && entry.remaining <= 0) {
    return deny("already_used", {usedAt: entry.lastScan?.at, gate: entry.lastScan?.gate}, entry);
  }
  if (used > 0 && entry.remaining > 0 && !entry.active) return deny("ticket_inactive", {}, entry);
  if (used > entry.remaining) return deny("none_remaining", {}, entry);
  const effect = {used, readmitted, left: 0};
  return {
    verdict: {
      ...blank(count),
      kind: "offline-admit",
      offline: true,
      readmitted,
      batch: counts(withPending(entry, effect)),
    },
    effect,
    ragerId: entry.ragerId,
  };
}

/**
 * What a forced admission takes from the batch of a code, as the till will count it.
 *
 * A code that has died takes nothing: the tickets are somebody else's by now.
 */
export async function forcedEffect(read: ReadCode, count: number, known: Knowledge): Promise<Effect & {ragerId: string | null}> {
  const hash = await tokenHash(read.token);
  const found = known.find(hash);
  if (found === undefined) return {...NO_EFFECT, ragerId: null};
  const {ragerId} = found;
  if (found.closed !== null || isReplaced(found, hash, read)) return {...NO_EFFECT, ragerId};
  const entry = withPending(found, known.pending(ragerId));
  const readmitted = known.event.reentry ? Math.min(entry.outside, count) : 0;
  return {used: Math.min(count - readmitted, entry.remaining), readmitted, left: 0, ragerId};
}

/** A batch after a change that the roster does not know yet. */
export function withPending(entry: RosterEntry, {used, readmitted, left}: Effect): RosterEntry {
  const usedCount = Math.min(entry.ticketQuantity, entry.usedCount + used);
  return {
    ...entry,
    usedCount,
    remaining: Math.max(0, entry.remaining - used),
    outside: Math.max(0, Math.min(usedCount, (entry.outside ?? 0) + left - readmitted)),
  };
}

/** Whether another code has taken the place of the one that was read. */
function isReplaced(entry: RosterEntry, hash: string, {version}: ReadCode): boolean {
  return hash !== entry.tokenHash || (version !== null && version !== entry.version);
}

function leaving(entry: RosterEntry, count: number): Decision {
  const left = Math.min(count, entry.usedCount - entry.outside);
  const effect = {used: 0, readmitted: 0, left};
  return {
    verdict: {...blank(count), kind: "goodbye", offline: true, batch: counts(withPending(entry, effect))},
    effect,
    ragerId: entry.ragerId,
  };
}

function counts(entry: RosterEntry) {
  return {
    ragerId: entry.ragerId,
    quantity: entry.ticketQuantity,
    used: entry.usedCount,
    remaining: entry.remaining,
    inside: entry.usedCount - entry.outside,
  };
}
