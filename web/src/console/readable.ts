// A document as JSON that people can read.

import {dateOf, isInstant} from "./instant";

/** What lets its holder in, or pay, must not be read off a screen. */
const HIDDEN = new Set(["token", "code", "client_secret"]);

/** The same value with times as text, fields by name, and tickets' codes left out. */
export function readable(value: unknown): unknown {
  if (isInstant(value)) return dateOf(value)?.toISOString();
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(fields.map(([name, one]) => [name, HIDDEN.has(name) && one !== null ? "(hidden)" : readable(one)]));
}
