// A job's runs, as `jobs/{job}/runs/{runId}` and `runJob` have them.

import {count} from "../base/format";
import {dateOf} from "./instant";
import {words} from "./figures";

export interface Run {
  job: string;
  runId: string;
  startedAt: unknown;
  finishedAt: unknown;
  outcome: string;
  pages: number;
  results: Record<string, number>;
  failed: number;
  firstFailures: {item: string; error: string}[];
  dryRun: boolean;
  shown: {item: string; result: string}[];
  planId?: string | null;
  changed?: {item: string; planned: string; now: string | null}[];
}

const PLAN_GOOD_MINUTES = 60;

/** What came of a run's items: `3 expired, 1 left`. */
export function resultWords(run: Run): string {
  const results = Object.entries(run.results).map(([name, number]) => `${count(number)} ${words(name)}`);
  return results.length === 0 ? "nothing to do" : results.join(", ");
}

/** How many items a run had. */
export function items(run: Run): number {
  return Object.values(run.results).reduce((sum, one) => sum + one, 0);
}

/** Whether a dry run may still be applied: it ended, shows something, and is less than an hour old. */
export function isApplicable(run: Run, now: Date): boolean {
  const began = dateOf(run.startedAt);
  return run.dryRun && run.finishedAt !== null && run.shown.length > 0 && began !== null && now.getTime() - began.getTime() < PLAN_GOOD_MINUTES * 60_000;
}
