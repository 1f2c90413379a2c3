// Points in time as Firestore and the functions tell them.

/** A Firestore timestamp, as far as the console needs it. */
export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The date in a document's timestamp or a function's ISO text; null for anything else. */
export function dateOf(value: unknown): Date | null {
  if (isInstant(value)) return new Date(value.seconds * 1000 + Math.floor(value.nanoseconds / 1e6));
  if (typeof value !== "string") return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

export function isInstant(value: unknown): value is Instant {
  return (
    typeof value === "object" && value !== null &&
    "seconds" in value && typeof value.seconds === "number" &&
    "nanoseconds" in value && typeof value.nanoseconds === "number"
  );
}

/** With microseconds, as the ledger's hashes count it: `2026-02-07T09:30:00.123456+00:00`. */
export function isoMicroseconds({seconds, nanoseconds}: Instant): string {
  const second = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${second}.${String(Math.floor(nanoseconds / 1000)).padStart(6, "0")}+00:00`;
}
