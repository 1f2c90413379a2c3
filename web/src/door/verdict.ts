// What a scan came to, as the person at the door needs to know it. Pure.

import type {Admission, ScanInput} from "./model";

export type Kind =
  | "admit"
  | "offline-admit"
  | "forced"
  | "welcome-back"
  | "goodbye"
  | "already-used"
  | "too-few"
  | "wrong-event"
  | "revoked"
  | "transferred"
  | "refunded"
  | "inactive"
  | "unknown"
  | "forged"
  | "not-now"
  | "not-inside"
  | "no-answer"
  | "not-allowed"
  | "outdated"
  | "refused";

export interface Verdict {
  kind: Kind;
  /** Whether the device decided it alone. */
  offline: boolean;
  /** How many this scan is about. */
  count: number;
  /** Why, as the till names it; null for whoever goes in or out. */
  reason: string | null;
  /** How many of `count` had been inside before. */
  readmitted: number;
  /** The batch's tickets and how many are used, left, and inside now; null where unknown. */
  batch: {ragerId: string; quantity: number; used: number; remaining: number; inside: number} | null;
  /** Of an earlier admission. */
  usedAt: string | null;
  gate: string | null;
  /** When the doors open and close. */
  opensAt: string | null;
  endsAt: string | null;
}

const GOOD: ReadonlySet<Kind> = new Set(["admit", "offline-admit", "forced", "welcome-back", "goodbye"]);

const KINDS: Readonly<Record<string, Kind>> = {
  already_used: "already-used",
  none_remaining: "too-few",
  wrong_event: "wrong-event",
  ticket_revoked: "revoked",
  ticket_transferred: "transferred",
  ticket_refunded: "refunded",
  ticket_inactive: "inactive",
  ticket_not_found: "unknown",
  code_forged: "forged",
  outside_window: "not-now",
  event_inactive: "not-now",
  not_inside: "not-inside",
  not_staff: "not-allowed",
  event_not_found: "not-allowed",
  preview_outdated: "outdated",
};

/** Whether guests pass. */
export function isGood(verdict: Verdict): boolean {
  return GOOD.has(verdict.kind);
}

/** The verdict that the till gave by an answer. */
export function fromAdmission(answer: Admission, input: ScanInput): Verdict {
  const readmitted = answer.readmitted ?? 0;
  const inside = answer.inside ?? answer.usedCount;
  return {
    ...blank(input.count),
    kind: input.direction === "out" ? "goodbye" : readmitted >= input.count ? "welcome-back" : "admit",
    readmitted,
    batch: {
      ragerId: answer.ragerId,
      quantity: answer.ticketQuantity,
      used: answer.usedCount,
      remaining: answer.remaining,
      inside,
    },
  };
}

/**
 * The verdict that a refusal means.
 *
 * @param reason as the till names it.
 * @param data what else the refusal says.
 * @param code what was shown, which tells a forged ticket from what is none at all.
 */
export function fromRefusal(
  reason: string,
  data: Readonly<Record<string, unknown>>,
  count: number,
  code?: string,
): Verdict {
  const kind = KINDS[reason] ?? "refused";
  return {
    ...blank(count),
    kind: kind === "forged" && code !== undefined && !code.startsWith("FT1.") ? "unknown" : kind,
    reason,
    usedAt: text(data.usedAt),
    gate: text(data.gate),
    opensAt: text(data.doorsOpenAt),
    endsAt: text(data.endsAt),
  };
}

/** The verdict while nobody can tell: the till does not answer, and the device may not decide. */
export function noAnswer(count: number, reason: string): Verdict {
  return {...blank(count), kind: "no-answer", reason};
}

/** A verdict of which nothing is known yet but how many it is about. */
export function blank(count: number): Verdict {
  return {
    kind: "refused",
    offline: false,
    count,
    reason: null,
    readmitted: 0,
    batch: null,
    usedAt: null,
    gate: null,
    opensAt: null,
    endsAt: null,
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
