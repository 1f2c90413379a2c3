import {afterEach, beforeEach, expect, it, vi} from "vitest";
import {beAlone} from "./alone";

interface Asked {
  grant: () => void;
  fail: (problem: unknown) => void;
}

/** One lock as browsers keep it: first come, first served, unless somebody steals it. */
function browser() {
  let holder: Asked | null = null;
  const waiting: Asked[] = [];
  const request = (_: string, {steal = false}: LockOptions, granted: () => Promise<unknown>) =>
    new Promise((_resolve, reject) => {
      const asked: Asked = {grant: () => void ((holder = asked), granted()), fail: reject};
      if (steal) {
        holder?.fail(new DOMException("stolen", "AbortError"));
        asked.grant();
      } else if (holder === null) asked.grant();
      else waiting.push(asked);
    });
  const close = () => {
    holder = null;
    waiting.shift()?.grant();
  };
  return {locks: {request} as unknown as LockManager, close};
}

function open(locks: LockManager | undefined) {
  const page = {runs: false, lost: false, takeOver: undefined as (() => void) | undefined};
  void beAlone(locks, (takeOver) => (page.takeOver = takeOver), () => (page.lost = true)).then(() => (page.runs = true));
  return page;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("lets a second window wait until the first is closed", async () => {
  const {locks, close} = browser();
  const [one, two] = [open(locks), open(locks)];
  await vi.advanceTimersByTimeAsync(2000);
  expect([one.runs, two.runs]).toEqual([true, false]);
  expect([one.takeOver, two.takeOver]).toEqual([undefined, expect.any(Function)]);
  close();
  await vi.advanceTimersByTimeAsync(0);
  expect(two.runs).toBe(true);
});

it("lets a second window take over, and tells the first", async () => {
  const {locks} = browser();
  const [one, two] = [open(locks), open(locks)];
  await vi.advanceTimersByTimeAsync(2000);
  two.takeOver?.();
  await vi.advanceTimersByTimeAsync(0);
  expect([one.lost, two.lost, two.runs]).toEqual([true, false, true]);
});

it("starts where the browser has no locks", async () => {
  const page = open(undefined);
  await vi.advanceTimersByTimeAsync(0);
  expect(page.runs).toBe(true);
});
