import {describe, expect, it} from "vitest";
import {isApplicable, items, resultWords, type Run} from "./runs";

const plan: Run = {
  job: "expireStaleSessions", runId: "r1", startedAt: "2026-11-21T21:00:00.000Z", finishedAt: "2026-11-21T21:00:01.000Z", outcome: "finished",
  pages: 1, results: {no_heartbeat: 2, left: 1}, failed: 0, firstFailures: [], dryRun: true, shown: [{item: "s1", result: "no_heartbeat"}],
};

describe("a run", () => {
  it("says what came of its items", () => {
    expect(resultWords(plan)).toBe("2 no heartbeat, 1 left");
    expect(items(plan)).toBe(3);
    expect(resultWords({...plan, results: {}})).toBe("nothing to do");
  });

  it.each<[string, Partial<Run>, string, boolean]>([
    ["a fresh plan", {}, "2026-11-21T21:59:59Z", true],
    ["an old plan", {}, "2026-11-21T22:00:00Z", false],
    ["a run in earnest", {dryRun: false}, "2026-11-21T21:10:00Z", false],
    ["a plan that shows nothing", {shown: []}, "2026-11-21T21:10:00Z", false],
    ["a plan that has not ended", {finishedAt: null}, "2026-11-21T21:10:00Z", false],
  ])("%s may be applied or not", (_, over, now, applicable) => {
    expect(isApplicable({...plan, ...over}, new Date(now))).toBe(applicable);
  });
});
