// All that the scanner says, in English, in one place.

import {clock, count as number} from "../base/format";
import type {CameraProblem} from "./camera";
import type {Link} from "./connection";
import type {Direction, ScanState} from "./model";
import type {Note} from "./scanning";
import type {Kind, Verdict} from "./verdict";

const HEADLINES: Readonly<Record<Kind, string>> = {
  admit: "ADMIT",
  "offline-admit": "OFFLINE ADMIT",
  forced: "LET IN",
  "welcome-back": "WELCOME BACK",
  goodbye: "GOODBYE",
  "already-used": "ALREADY USED",
  "too-few": "NOT SO MANY",
  "wrong-event": "WRONG EVENT",
  revoked: "REVOKED",
  transferred: "TRANSFERRED",
  refunded: "REFUNDED",
  inactive: "SWITCHED OFF",
  unknown: "UNKNOWN",
  forged: "FORGED",
  "not-now": "NOT NOW",
  "not-inside": "NOT INSIDE",
  "no-answer": "NO ANSWER",
  "not-allowed": "NO ACCESS",
  outdated: "LOOK AGAIN",
  refused: "NOT ADMITTED",
};

const EXPLANATIONS: Readonly<Partial<Record<Kind, string>>> = {
  forced: "Recorded against the verdict, with your reason.",
  "wrong-event": "This ticket is for another event.",
  revoked: "A newer code has taken this one's place. Ask for the current ticket.",
  transferred: "This ticket was passed on. The new holder has the code that counts.",
  refunded: "The money for this ticket went back.",
  inactive: "This ticket was switched off by hand.",
  unknown: "This is no ticket of this event.",
  forged: "It looks like a ticket, but nobody here has signed it.",
  "not-inside": "Nobody of this ticket is inside at the moment.",
  "not-allowed": "This device may not scan at this event. Ask a supervisor to pair it again.",
  outdated: "The guest's tickets have changed. Search again.",
  refused: "The till refused this scan.",
};

const UNANSWERED: Readonly<Record<string, string>> = {
  offline_not_allowed: "The till does not answer, and this event admits nobody offline. Trying again …",
  search_needs_till: "The till does not answer. Guests without their code need it. Trying again …",
  no_roster: "The till does not answer, and the guest list is not on this device yet. Trying again …",
  not_kept: "This device could not write the scan down. Free some storage. Trying again …",
};

/** The one word of a verdict, with the numbers of a party. */
export function headline({kind, count, batch}: Verdict): string {
  const word = HEADLINES[kind];
  const party = batch !== null && (batch.quantity > 1 || count > 1);
  if (kind === "goodbye" && count > 1) return `${word} ${number(count)}`;
  if (kind === "forced" && count > 1) return `${word} ${number(count)}`;
  if (!party || !(kind === "admit" || kind === "offline-admit" || kind === "welcome-back")) return word;
  return `${word} ${number(count)} OF ${number(batch.quantity)}`;
}

/** What a verdict means, in a line or few. */
export function details(verdict: Verdict, now: Date): string[] {
  const {kind, batch, readmitted, count, offline} = verdict;
  const lines: string[] = [];
  if (kind === "no-answer") lines.push(UNANSWERED[verdict.reason ?? ""] ?? "The till does not answer. Trying again …");
  if (kind === "already-used") lines.push(used(verdict, now));
  if (kind === "too-few") lines.push(`The ticket does not admit ${number(count)} more.`);
  if (kind === "not-now") lines.push(notNow(verdict, now));
  const explanation = EXPLANATIONS[kind];
  if (explanation !== undefined) lines.push(explanation);
  if (kind === "refused" && verdict.reason !== null) lines.push(`Reason: ${verdict.reason}`);
  if (readmitted > 0 && readmitted < count) lines.push(`${number(readmitted)} of them had been inside before.`);
  if (batch !== null && batch.quantity > 1 && kind !== "goodbye") {
    lines.push(`${number(batch.used)} of ${number(batch.quantity)} used, ${number(batch.remaining)} left`);
  }
  if (batch !== null && kind === "goodbye" && batch.quantity > 1) lines.push(`${number(batch.inside)} of the party still inside`);
  if (kind === "offline-admit") lines.push("Another door may have admitted this ticket since the guest list was fetched.");
  else if (offline) lines.push("Decided by this device; the till hears of it later.");
  return lines;
}

function used({usedAt, gate}: Verdict, now: Date): string {
  if (usedAt === null) return "All of this ticket's guests are in.";
  return `Last used at ${when(usedAt, now)}${gate === null ? "" : `, gate ${gate}`}`;
}

function notNow({opensAt, endsAt}: Verdict, now: Date): string {
  if (opensAt !== null && now < new Date(opensAt)) return `Doors open at ${when(opensAt, now)}.`;
  if (endsAt !== null && now >= new Date(endsAt)) return `The event ended at ${when(endsAt, now)}.`;
  return "The event is switched off.";
}

/** A time of today, or a day and time. */
export function when(iso: string, now: Date): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return clock(at);
  return `${clock(at)} on ${at.toLocaleDateString(undefined, {day: "numeric", month: "long"})}`;
}

export const LINKS: Readonly<Record<Link, string>> = {
  connecting: "Connecting …",
  online: "Online",
  offline: "Offline",
};

/** What a button does with guests, by the direction. */
export const DOES: Readonly<Record<Direction, string>> = {in: "Admit", out: "Let out"};

export const DIRECTIONS: Readonly<Record<Direction, string>> = {in: "In", out: "Out"};

export const NOTES: Readonly<Record<Note, string>> = {
  "same-code": "Same code again: not counted twice.",
  "still-checking": "Still checking the code before.",
  "tap-first": "Tap to go on, then scan the next code.",
  "pairing-code": "That is a pairing code. Open the menu to pair again.",
};

export const CAMERA_PROBLEMS: Readonly<Record<CameraProblem, string>> = {
  denied: "The camera is not allowed. Allow it in the browser's site settings, then try again.",
  none: "There is no camera. Use a hardware scanner or type the code.",
  busy: "Another app is using the camera. Close it, then try again.",
  insecure: "A browser gives the camera to https pages only. Use a hardware scanner or type the code.",
  failed: "The camera did not start. Try again, or choose another one.",
};

export const STATES: Readonly<Record<ScanState, string>> = {
  queued: "waiting for upload",
  recorded: "with the till",
  conflict: "conflict",
  parked: "parked",
  undone: "taken back",
};

/** What the till names why a scan contradicts its books, or why an upload was refused. */
const REASONS: Readonly<Record<string, string>> = {
  code_forged: "Nobody has signed that code.",
  unknown_ticket: "The till knows no such ticket.",
  wrong_event: "That ticket is for another event.",
  revoked_before_scan: "The code had been replaced before.",
  revoked_after_scan: "The code has been replaced since.",
  more_admitted_than_held: "More guests went in than the ticket holds; another door had admitted it.",
  deactivated: "The ticket was switched off by hand.",
  scan_id_reused: "The scan's id came before with other content.",
  clock: "This device's clock was wrong.",
  event_inactive: "The event was switched off.",
  outside_window: "The doors were not open.",
  offline_not_allowed: "The event admits nobody offline.",
  not_inside: "Fewer were inside than left.",
  not_staff: "This device may not scan at that event any more.",
  event_not_found: "There is no such event any more.",
  pairing_code_invalid: "That code is wrong, has expired or was used. Ask for a new one.",
  not_a_device: "This account belongs to a person and cannot be a device.",
  guest_not_found: "Nobody of that name holds tickets here.",
  scan_not_found: "The till does not have this scan yet.",
  scan_not_admitted: "That scan let nobody in.",
  ticket_refunded: "The ticket was refunded since.",
  ticket_transferred: "The ticket was passed on since.",
  ticket_revoked: "The ticket was revoked since.",
};

/** A reason as people read it; one that is not known here as the till names it. */
export function reason(name: string): string {
  return REASONS[name] ?? `The till said: ${name}`;
}

export const UNANSWERED_CALL = "The till did not answer. Try again.";
