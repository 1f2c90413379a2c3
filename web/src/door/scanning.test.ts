import {afterEach, beforeEach, describe, expect, it, vi} from "vitest";
import {NoAnswer, Refusal} from "../base/calls";
import type {Admission, KeptScan, ScanInput} from "./model";
import {NO_EFFECT} from "./model";
import {moreOf, type Note, PARTY_MS, RETRY_MS, SAME_CODE_MS, Scanning, type Screen, SUCCESS_MS, type Surroundings} from "./scanning";
import {blank, fromRefusal} from "./verdict";

const ONE: Admission = {
  scanId: "",
  ragerId: "r1",
  ticketQuantity: 1,
  usedCount: 1,
  remaining: 0,
  remainingTotal: 0,
  readmitted: 0,
  inside: 1,
  replayed: false,
};

/** A page with a till that answers as told; by default it admits everybody. */
function stage(change: Partial<Surroundings> = {}) {
  const shown: Screen[] = [];
  const notes: Note[] = [];
  const asked: ScanInput[] = [];
  const kept: KeptScan[] = [];
  const open = new Map<string, ScanInput>();
  let ids = 0;
  const around: Surroundings = {
    place: () => ({eventId: "night", gate: "north", device: "Phone 7", direction: "in"}),
    ask: async (input) => {
      asked.push(input);
      return ONE;
    },
    isOffline: () => false,
    mayDecide: () => true,
    decide: async (_, count) => ({
      verdict: {...blank(count), kind: "offline-admit", offline: true},
      effect: {used: count, readmitted: 0, left: 0},
      ragerId: "r1",
    }),
    forced: async () => ({...NO_EFFECT, ragerId: null}),
    keep: async (scan) => void kept.push(scan),
    answered: async () => undefined,
    unanswered: async (input) => open.get(`${input.token}/${input.count}`) ?? null,
    began: async (input) => void open.set(`${input.token}/${input.count}`, input),
    ended: async (input) => void open.delete(`${input.token}/${input.count}`),
    newId: () => `scan-${++ids}`,
    now: () => new Date(),
    show: (screen) => shown.push(screen),
    say: (note) => notes.push(note),
    ...change,
  };
  const scanning = new Scanning(around);
  const last = () => shown.at(-1);
  const kind = () => {
    const screen = last();
    return screen?.state === "verdict" ? screen.verdict.kind : screen?.state;
  };
  return {scanning, shown, notes, asked, kept, open, last, kind, settle: () => vi.advanceTimersByTimeAsync(0)};
}

beforeEach(() => vi.useFakeTimers({now: new Date("2026-02-07T21:00:00.000Z")}));
afterEach(() => vi.useRealTimers());

const denied = (reason: string, data: Record<string, unknown> = {}) => async () => {
  throw new Refusal(reason, reason, data);
};
const silent = async () => {
  throw new NoAnswer("no answer");
};

describe("the loop", () => {
  it("is grey before the till has answered, and green after", async () => {
    let answer: (given: Admission) => void = () => undefined;
    const {scanning, kind, settle} = stage({ask: () => new Promise((resolve) => (answer = resolve))});
    scanning.see("code-1");
    await settle();
    expect(kind()).toBe("checking");
    answer(ONE);
    await settle();
    expect(kind()).toBe("admit");
  });

  it("goes on from a bad code to a good one, and another", async () => {
    const answers = [denied("code_forged"), async () => ONE, async () => ONE];
    const {scanning, kind, settle} = stage({ask: () => (answers.shift() ?? silent)()});
    scanning.see("https://example.com/not-a-ticket");
    await settle();
    expect(kind()).toBe("unknown");
    scanning.dismiss();
    for (const code of ["good-1", "good-2"]) {
      scanning.see(code);
      await settle();
      expect(kind()).toBe("admit");
      await vi.advanceTimersByTimeAsync(SUCCESS_MS);
      expect(kind()).toBe("idle");
    }
  });

  it("goes on when what surrounds it throws", async () => {
    const {scanning, kind, settle} = stage({
      ask: silent,
      decide: async () => {
        throw new Error("a broken roster");
      },
    });
    scanning.see("code-1");
    await settle();
    expect(kind()).toBe("no-answer");
    scanning.dismiss();
    expect(kind()).toBe("idle");
  });

  it("leaves a success by itself or for the next code, and a denial only when tapped", async () => {
    const {scanning, kind, notes, asked, settle} = stage();
    scanning.see("code-1");
    await settle();
    scanning.see("code-2");
    await settle();
    expect(asked.map(({token}) => token)).toEqual(["code-1", "code-2"]);
    const other = stage({ask: denied("already_used")});
    other.scanning.see("code-1");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.kind()).toBe("already-used");
    other.scanning.see("code-2");
    expect(other.notes).toEqual(["tap-first"]);
    expect(kind()).toBe("idle");
    expect(notes).toEqual([]);
  });

  it("lets a pairing code and nothing pass", async () => {
    const {scanning, asked, notes, settle} = stage();
    scanning.see("  ");
    scanning.see("FTPAIR:7Q2MD04XKZ9C");
    await settle();
    expect(asked).toEqual([]);
    expect(notes).toEqual(["pairing-code"]);
  });
});

describe("the same code again", () => {
  it("burns no second unit while it stays in sight", async () => {
    const {scanning, asked, notes, settle} = stage();
    for (let ms = 0; ms < 30_000; ms += 200) {
      scanning.see("code-1");
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(asked).toHaveLength(1);
    expect(notes[0]).toBe("same-code");
    await vi.advanceTimersByTimeAsync(SAME_CODE_MS);
    scanning.see("code-1");
    await settle();
    expect(asked).toHaveLength(2);
    expect(asked[1]?.scanId).not.toBe(asked[0]?.scanId);
  });

  it("counts anew in another direction", async () => {
    const {scanning, asked, settle} = stage();
    scanning.see("code-1");
    await vi.advanceTimersByTimeAsync(SUCCESS_MS);
    scanning.forget();
    scanning.see("code-1");
    await settle();
    expect(asked).toHaveLength(2);
  });
});

describe("a party", () => {
  const PARTY: Admission = {...ONE, ticketQuantity: 4, usedCount: 1, remaining: 3};

  it("stays longer, and lets the rest in by another scan of the same code", async () => {
    const asked: ScanInput[] = [];
    const {scanning, kind, last, settle} = stage({ask: async (input) => (asked.push(input), PARTY)});
    scanning.see("code-1");
    await settle();
    expect(moreOf(last() ?? {state: "idle"})).toBe(3);
    await vi.advanceTimersByTimeAsync(SUCCESS_MS);
    expect(kind()).toBe("admit");
    void scanning.more(2);
    await settle();
    expect(asked.map(({token, count}) => [token, count])).toEqual([["code-1", 1], ["code-1", 2]]);
    expect(asked[0]?.scanId).not.toBe(asked[1]?.scanId);
    await vi.advanceTimersByTimeAsync(PARTY_MS);
    expect(kind()).toBe("idle");
  });

  it("goes the way that its verdict says, also if the door has turned since", async () => {
    const asked: ScanInput[] = [];
    let direction: "in" | "out" = "in";
    const {scanning, last, settle} = stage({
      place: () => ({eventId: "night", gate: "north", device: "Phone 7", direction}),
      ask: async (input) => (asked.push(input), PARTY),
    });
    scanning.see("code-1");
    await settle();
    const shown = last();
    if (shown?.state !== "verdict") throw new Error("no verdict is up");
    scanning.dismiss();
    direction = "out";
    scanning.reopen(shown);
    await scanning.more(2);
    expect(asked.map((input) => [input.count, input.direction])).toEqual([[1, "in"], [2, "in"]]);
  });

  it("stays for as long as somebody is busy with it", async () => {
    const {scanning, kind, settle} = stage({ask: async () => PARTY});
    scanning.see("code-1");
    await settle();
    scanning.hold();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(kind()).toBe("admit");
  });
});

describe("a verdict that somebody is busy with", () => {
  it("is not swept away by the next guest's code", async () => {
    const {scanning, asked, notes, settle} = stage();
    scanning.see("code-1");
    await settle();
    scanning.hold();
    scanning.see("code-2");
    await settle();
    expect(notes).toEqual(["tap-first"]);
    scanning.dismiss();
    scanning.see("code-2");
    await settle();
    expect(asked.map(({token}) => token)).toEqual(["code-1", "code-2"]);
  });
});

describe("without an answer", () => {
  it("decides alone under the same id, and writes the scan down before it shows the verdict", async () => {
    let written: () => void = () => undefined;
    const kept: KeptScan[] = [];
    const asked: ScanInput[] = [];
    const {scanning, kind, open, settle} = stage({
      ask: async (input) => {
        asked.push(input);
        return silent();
      },
      keep: (scan) => {
        kept.push(scan);
        return new Promise((resolve) => (written = resolve));
      },
    });
    scanning.see("code-1");
    await settle();
    expect(kept).toMatchObject([{scanId: asked[0]?.scanId, code: "code-1", state: "queued", verdict: "admitted", used: 1}]);
    expect(kind()).toBe("checking");
    written();
    await settle();
    expect(kind()).toBe("offline-admit");
    expect(open.size).toBe(0);
  });

  it("does not admit what it could not write down", async () => {
    const {scanning, last, settle} = stage({
      ask: silent,
      keep: async () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    scanning.see("code-1");
    await settle();
    expect(last()).toMatchObject({verdict: {kind: "no-answer", reason: "not_kept"}});
  });

  it("does not ask a till that is known to be away", async () => {
    const {scanning, asked, kind, settle} = stage({isOffline: () => true});
    scanning.see("code-1");
    await settle();
    expect(asked).toEqual([]);
    expect(kind()).toBe("offline-admit");
  });

  it("writes denials down too", async () => {
    const decide = async (code: string, count: number) => ({
      verdict: {...fromRefusal("already_used", {}, count, code), offline: true},
      effect: NO_EFFECT,
      ragerId: "r1",
    });
    const {scanning, kept, kind, settle} = stage({isOffline: () => true, decide});
    scanning.see("code-1");
    await settle();
    expect(kind()).toBe("already-used");
    expect(kept).toMatchObject([{verdict: "denied", reason: "already_used", state: "queued"}]);
  });

  it("says so where the event lets no device decide, and tries again under the same id", async () => {
    const answers = [silent, silent, async () => ONE];
    const asked: ScanInput[] = [];
    const {scanning, kept, kind, settle} = stage({
      mayDecide: () => false,
      isOffline: () => true,
      ask: (input) => {
        asked.push(input);
        return (answers.shift() ?? silent)();
      },
    });
    scanning.see("code-1");
    await settle();
    expect(kind()).toBe("no-answer");
    expect(kept).toEqual([]);
    await vi.advanceTimersByTimeAsync(2 * RETRY_MS);
    expect(kind()).toBe("admit");
    expect(new Set(asked.map(({scanId}) => scanId)).size).toBe(1);
    expect(asked).toHaveLength(3);
  });

  it("keeps the id of a scan that was given up, for the guest who comes again", async () => {
    const asked: ScanInput[] = [];
    const answers = [silent, async () => ({...ONE, replayed: true})];
    const {scanning, kind, settle} = stage({
      mayDecide: () => false,
      ask: (input) => {
        asked.push(input);
        return (answers.shift() ?? silent)();
      },
    });
    scanning.see("code-1");
    await settle();
    scanning.dismiss();
    await vi.advanceTimersByTimeAsync(SAME_CODE_MS);
    scanning.see("code-1");
    await settle();
    expect(kind()).toBe("admit");
    expect(asked[1]?.scanId).toBe(asked[0]?.scanId);
  });

  it("asks anew if what it had missed was a denial of then", async () => {
    const asked: ScanInput[] = [];
    const answers = [silent, denied("outside_window", {replayed: true}), async () => ONE];
    const {scanning, kind} = stage({
      mayDecide: () => false,
      ask: (input) => {
        asked.push(input);
        return (answers.shift() ?? silent)();
      },
    });
    scanning.see("code-1");
    await vi.advanceTimersByTimeAsync(RETRY_MS);
    expect(kind()).toBe("admit");
    expect(asked.map(({scanId}) => scanId)).toEqual(["scan-1", "scan-1", "scan-2"]);
  });

  it("never decides alone about a guest without a code", async () => {
    const {scanning, kind, settle} = stage({ask: silent});
    void scanning.start({userId: "ada", name: "Ada", expectedVersion: 3}, 1);
    await settle();
    expect(kind()).toBe("no-answer");
  });
});

describe("a forced admission", () => {
  it("is a scan of its own with its reason", async () => {
    const {scanning, kept, kind, settle} = stage({ask: denied("already_used")});
    scanning.see("code-1");
    await settle();
    await scanning.force("on the band's list");
    expect(kind()).toBe("forced");
    expect(kept).toMatchObject([{scanId: "scan-2", forcedReason: "on the band's list", verdict: "admitted", state: "queued"}]);
  });

  it("has the id of a scan that was never answered, which may have let them in", async () => {
    const {scanning, kept, settle} = stage({ask: silent, mayDecide: () => false});
    scanning.see("code-1");
    await settle();
    await scanning.force("known by sight");
    expect(kept).toMatchObject([{scanId: "scan-1", forcedReason: "known by sight"}]);
  });
});
