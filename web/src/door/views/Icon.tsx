import type {Kind} from "../verdict";

const CHECK = "M10 34l14 14 30-32";
const CROSS = "M16 16l32 32M48 16L16 48";
const RING = "M32 6a26 26 0 1 0 .01 0";

/** Strokes in a square of 64; each verdict has a shape of its own, for who cannot tell its colour. */
const SHAPES: Readonly<Record<Kind | "checking", string>> = {
  checking: "M12 32v.01M32 32v.01M52 32v.01",
  admit: CHECK,
  "offline-admit": "M6 38l10 10 20-24M8 16c14-11 34-11 48 0M42 40v8M42 56v.01M50 32c3 1 5 3 7 5",
  forced: "M12 58V30l20-22 20 22v28M24 40l7 7 13-15",
  "welcome-back": "M20 12v14h14M20 26a22 22 0 1 1-2 18M28 36l6 6 10-12",
  goodbye: "M28 10H10v44h18M26 32h30M44 20l12 12-12 12",
  "already-used": `${RING}M32 18v15l-10 7`,
  "too-few": "M18 20a7 7 0 1 0 .01 0M6 52c0-14 24-14 24 0M40 36h18",
  "wrong-event": "M8 14h48v42H8zM8 26h48M20 8v10M44 8v10M24 34l16 14M40 34L24 48",
  revoked: `${RING}M14 50l36-36`,
  transferred: "M8 22h44M42 12l10 10-10 10M56 44H12M22 34L12 44l10 10",
  refunded: "M14 24h26a13 13 0 0 1 0 26H22M24 12L12 24l12 12",
  inactive: "M32 8v22M18 16a22 22 0 1 0 28 0",
  unknown: "M20 24a12 12 0 1 1 17 11c-4 2-5 4-5 9M32 54v.01",
  forged: "M32 6L6 54h52zM32 24v14M32 46v.01",
  "not-now": "M14 8h36M14 56h36M18 8c0 16 28 32 28 48M46 8c0 16-28 32-28 48",
  "not-inside": "M36 10h18v44H36M38 32H8M20 20L8 32l12 12",
  "no-answer": "M8 24c14-13 34-13 48 0M18 36c8-8 20-8 28 0M32 50v.01M10 8l44 48",
  "not-allowed": `${RING}M18 32h28`,
  outdated: "M50 20A22 22 0 1 0 54 34M52 8v13H39",
  refused: CROSS,
};

export function Icon({kind}: {kind: Kind | "checking"}) {
  return (
    <svg class="icon" viewBox="0 0 64 64" aria-hidden="true">
      <path d={SHAPES[kind]} />
    </svg>
  );
}
