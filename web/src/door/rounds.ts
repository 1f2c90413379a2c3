// What goes on beside the scanning: uploads, the roster, and a report of how the device is.

import {NoAnswer, Refusal} from "../base/calls";
import type {Device} from "./model";
import type {Queue} from "./queue";
import type {Roster} from "./roster";
import type {Till} from "./till";
import {type Uploaded, uploadAll} from "./uploading";
import type {KeptScan} from "./model";

const ROUND_MS = 5000;
const REPORT_MS = 20_000;
/** Changes of the queue that follow each other closely are one report. */
const REPORT_SOON_MS = 1000;

export interface Surrounding {
  device: () => Device | null;
  roster: () => Roster | null;
  isOnline: () => boolean;
  /** Something of the roster has changed. */
  learnt: () => void;
  reported: (answer: {name: string; role: Device["role"]}, clockAhead: number) => void;
}

export class Rounds {
  private timer: ReturnType<typeof setInterval> | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private again = false;
  private reportedAt = 0;
  private reportedCounts = "";

  constructor(
    private readonly till: Till,
    private readonly queue: Queue,
    private readonly around: Surrounding,
  ) {}

  start(): void {
    this.stop();
    this.timer = setInterval(() => void this.go(), ROUND_MS);
    void this.go();
  }

  stop(): void {
    clearInterval(this.timer);
    clearTimeout(this.soon);
    this.timer = undefined;
  }

  /** Does a round now; one at a time, for a roster of before an upload would undo its counts. */
  go(): Promise<void> {
    if (this.timer === undefined) return Promise.resolve();
    if (this.running !== null) {
      this.again = true;
      return this.running;
    }
    this.running = this.round().finally(() => {
      this.running = null;
      if (!this.again) return;
      this.again = false;
      void this.go();
    });
    return this.running;
  }

  /** The queue has changed: what waits goes up at once, if somebody is there to take it. */
  queueChanged(): void {
    const counts = this.countsNow();
    if (counts === this.reportedCounts || this.timer === undefined) return;
    if (this.queue.counts().queued > 0 && this.around.isOnline()) void this.go();
    this.report();
  }

  /** Reports soon. */
  report(): void {
    clearTimeout(this.soon);
    if (this.timer !== undefined) this.soon = setTimeout(() => void this.reportNow(), REPORT_SOON_MS);
  }

  private async round(): Promise<void> {
    const roster = this.around.roster();
    try {
      const answered = await uploadAll(
        this.queue,
        (input) => this.till.upload(input),
        (scan, result) => this.recorded(scan, result),
      );
      if (!answered || roster === null) return;
      await roster.sync((input) => this.till.roster(input));
      this.around.learnt();
      await this.queue.prune();
      if (Date.now() - this.reportedAt >= REPORT_MS) await this.reportNow();
    } catch (problem) {
      if (!(problem instanceof Refusal || problem instanceof NoAnswer)) {
        console.warn("A round did not come to its end.", problem);
      }
    }
  }

  /** Takes the counts that the till tells of an uploaded scan's batch. */
  private async recorded(scan: KeptScan, {status, usedCount, remaining, inside}: Uploaded): Promise<void> {
    const roster = this.around.roster();
    if (roster?.eventId !== scan.eventId || scan.ragerId === null || usedCount === null || remaining === null) return;
    const outside = usedCount - (inside ?? usedCount);
    await roster.apply(scan.ragerId, {usedCount, remaining, outside}, status === "replayed");
  }

  private async reportNow(): Promise<void> {
    const device = this.around.device();
    if (device === null || this.timer === undefined) return;
    const counts = this.countsNow();
    const {queued, parked} = this.queue.counts();
    const asked = Date.now();
    this.reportedAt = asked;
    try {
      const answer = await this.till.report({
        eventId: device.eventId,
        queued,
        parked,
        rosterAt: this.around.roster()?.head?.toldAt ?? null,
        gate: device.gate,
        direction: device.direction,
      });
      this.reportedCounts = counts;
      const middle = (asked + Date.now()) / 2;
      this.around.reported(answer, middle - new Date(answer.serverTime).getTime());
    } catch (problem) {
      if (!(problem instanceof NoAnswer)) console.warn("The device's report was refused.", problem);
    }
  }

  private countsNow(): string {
    const {queued, parked} = this.queue.counts();
    return `${queued}/${parked}`;
  }
}
