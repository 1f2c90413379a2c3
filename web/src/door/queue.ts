// The scans that the device keeps. What has happened is never deleted before the till has it.

import type {DoorDatabase} from "./database";
import type {Effect, KeptScan, ScanState} from "./model";
import {NO_EFFECT} from "./model";

const KEPT_RECORDED = 300;

export interface Counts {
  queued: number;
  parked: number;
  conflicts: number;
}

/** The queue: an index in memory of what IndexedDB holds. */
export class Queue {
  private constructor(
    private readonly db: DoorDatabase,
    private readonly scans: Map<string, KeptScan>,
  ) {}

  /** Called after each change. */
  changed: () => void = () => undefined;

  /** Opens what earlier runs of the page have kept. */
  static async open(db: DoorDatabase): Promise<Queue> {
    const scans = (await db.getAll("scans")).sort((one, other) => one.scannedAt.localeCompare(other.scannedAt));
    return new Queue(db, new Map(scans.map((scan) => [scan.scanId, scan])));
  }

  /** Writes a scan; when this returns it survives a crash. */
  async keep(scan: KeptScan): Promise<void> {
    // Without `strict` a browser may answer before the disk has it.
    const tx = this.db.transaction("scans", "readwrite", {durability: "strict"});
    void tx.store.put(scan);
    await tx.done;
    this.scans.set(scan.scanId, scan);
    this.changed();
  }

  /** Moves a scan to another state; `note` says what the till said of it. */
  async move(scanId: string, state: ScanState, note: string | null): Promise<void> {
    const scan = this.scans.get(scanId);
    if (scan !== undefined) await this.keep({...scan, state, note});
  }

  get(scanId: string): KeptScan | undefined {
    return this.scans.get(scanId);
  }

  /** All in one state, oldest first. */
  in(state: ScanState): KeptScan[] {
    return [...this.scans.values()].filter((scan) => scan.state === state);
  }

  /** The latest ones, latest first. */
  recent(limit: number): KeptScan[] {
    return [...this.scans.values()].slice(-limit).reverse();
  }

  counts(): Counts {
    const counts = {queued: 0, parked: 0, conflicts: 0};
    for (const {state} of this.scans.values()) {
      if (state === "queued") counts.queued += 1;
      else if (state === "parked") counts.parked += 1;
      else if (state === "conflict") counts.conflicts += 1;
    }
    return counts;
  }

  /** What the scans of an event that the till does not have yet change, by batch. */
  pending(eventId: string): Map<string, Effect> {
    const effects = new Map<string, Effect>();
    for (const scan of this.scans.values()) {
      const waits = scan.state === "queued" || scan.state === "parked";
      if (!waits || scan.eventId !== eventId || scan.ragerId === null) continue;
      const {used, readmitted, left} = effects.get(scan.ragerId) ?? NO_EFFECT;
      effects.set(scan.ragerId, {
        used: used + scan.used,
        readmitted: readmitted + scan.readmitted,
        left: left + scan.left,
      });
    }
    return effects;
  }

  /** Puts parked scans back into the queue. */
  async retryParked(): Promise<void> {
    for (const scan of this.in("parked")) await this.move(scan.scanId, "queued", null);
  }

  /** Takes conflicts that somebody has seen off the list; the till keeps them for the console. */
  async seen(): Promise<void> {
    for (const scan of this.in("conflict")) await this.move(scan.scanId, "recorded", scan.note);
  }

  /** Forgets all but the latest scans that are safe with the till. */
  async prune(): Promise<void> {
    const safe = [...this.scans.values()].filter(({state}) => state === "recorded" || state === "undone");
    const old = safe.slice(0, Math.max(0, safe.length - KEPT_RECORDED));
    if (old.length === 0) return;
    const tx = this.db.transaction("scans", "readwrite");
    for (const {scanId} of old) {
      this.scans.delete(scanId);
      void tx.store.delete(scanId);
    }
    await tx.done;
  }
}
