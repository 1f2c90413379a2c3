// What refusals, states and kinds are called when people read them.

import {NoAnswer, Refusal} from "../base/calls";

const REFUSALS: Readonly<Record<string, string>> = {
  not_admin: "This account is no administrator (any more).",
  not_staff: "This is for the event's supervisors.",
  sign_in_required: "The sign-in has run out. Sign in again.",
  app_check_failed: "This page could not prove that it is the console. Reload it.",
  recipient_not_found: "There is no such account.",
  insufficient_credits: "There are not so many credits to take away.",
  account_deleted: "This account is being deleted.",
  idempotency_key_reused: "This was sent before in other words, and may have taken effect. Close the dialog and look.",
  invalid_field: "Something in the form is not valid.",
  event_not_found: "There is no such event.",
  product_not_found: "There is no such product.",
  order_not_found: "There is no such order.",
  stripe_event_not_found: "There is no such event in the inbox.",
  job_not_found: "There is no such job.",
  plan_not_found: "There is no such plan, or it is more than an hour old. Plan again.",
  plan_outdated: "The plan does not hold any more. Plan again.",
  device_not_found: "There is no such device.",
  conflict_not_found: "There is no such conflict.",
  rate_limited: "Too often within a short time. Wait a moment.",
};

const REASONS: Readonly<Record<string, string>> = {
  already_used: "already used",
  none_remaining: "fewer tickets left than people",
  ticket_inactive: "ticket deactivated",
  ticket_revoked: "ticket revoked",
  ticket_refunded: "ticket refunded",
  ticket_transferred: "ticket passed on",
  ticket_not_found: "unknown ticket",
  code_forged: "forged code",
  wrong_event: "ticket of another event",
  outside_window: "doors not open",
  event_inactive: "event not active",
  not_inside: "nobody of them was inside",
  unknown_ticket: "unknown ticket",
  revoked_before_scan: "code was dead when scanned",
  revoked_after_scan: "code died after the scan",
  more_admitted_than_held: "more went in than the ticket holds",
  deactivated: "ticket deactivated",
  scan_id_reused: "scan's id was used before",
  clock: "device's clock is wrong",
  offline_not_allowed: "event lets nobody in offline",
};

/** A reason's words; one that nobody named reads as it is, without underscores. */
export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

/** What went wrong with a call, with the backend's own reason for whoever has to ask further. */
export function problemWords(error: unknown): string {
  if (error instanceof Refusal) {
    const field = typeof error.data["field"] === "string" ? `: ${error.data["field"]}` : "";
    return `${REFUSALS[error.reason] ?? error.message} (${error.reason}${field})`;
  }
  if (error instanceof NoAnswer) return "The till did not answer. Try again; nothing happens twice.";
  return "Something went wrong on this page. Reload it.";
}
