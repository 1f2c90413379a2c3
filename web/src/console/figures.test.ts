import {describe, expect, it} from "vitest";
import {actions, countedAt, credits, type DayFigures, dayOf, daysUpTo, filled, newUsers, ranks, revenue, sessionCounts, sessions} from "./figures";

const first: DayFigures = {
  day: "2026-11-20",
  newUsers: 3,
  ledger: {
    credits_purchase: {entries: 2, amount: 1500}, credits_grant: {entries: 3, amount: 150}, credits_burn: {entries: 1, amount: 300},
    credits_lock: {entries: 4, amount: 900}, credits_refund: {entries: 2, amount: 600},
    credits_spend: {entries: 2, amount: 55}, credits_spend_refund: {entries: 1, amount: 50},
  },
  revenue: {eur: {payments: 1, amount: 2500}, usd: {payments: 2, amount: 1598}},
  actions: {short_chat: {charged: 2, refunded: 0}, image_analysis: {charged: 1, refunded: 1}},
  denials: {already_used: 4},
  refusals: {insufficient_credits: 2, already_used: 4},
  updatedAt: {seconds: 1_763_672_700, nanoseconds: 5e8},
};
const second: DayFigures = {day: "2026-11-21", refusals: {insufficient_credits: 5, not_staff: 1}};
const days = filled([second, first], daysUpTo("2026-11-21", 3));

describe("the days", () => {
  it("are those of UTC, over the end of a month", () => {
    expect(dayOf(new Date("2026-03-01T00:30:00+02:00"))).toBe("2026-02-28");
    expect(daysUpTo("2026-03-01", 3)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
  });

  it("are filled where nothing was counted", () => {
    expect(days.map(({day}) => day)).toEqual(["2026-11-19", "2026-11-20", "2026-11-21"]);
    expect(newUsers(days).values).toEqual([0, 3, 0]);
  });

  it("say when they were counted last", () => {
    expect(countedAt(days)?.toISOString()).toBe("2025-11-20T21:05:00.500Z");
    expect(countedAt([second])).toBeNull();
  });
});

describe("the plots", () => {
  it("keep currencies apart, the one with the most payments first", () => {
    expect(revenue(days).map(({currency, series}) => [currency, series.values])).toEqual([["usd", [0, 1598, 0]], ["eur", [0, 2500, 0]]]);
  });

  it("show what came above zero and what went below", () => {
    expect(credits(days)).toEqual([
      {name: "bought", values: [0, 1500, 0]},
      {name: "granted", values: [0, 150, 0]},
      {name: "burned", values: [0, -300, 0]},
      {name: "spent on actions", values: [0, -5, 0]},
    ]);
  });

  it("count sessions by their ends", () => {
    expect(sessions(days).map(({name, values}) => [name, values[1]])).toEqual([["kept", 2], ["failed", 1]]);
    expect(sessionCounts(first)).toEqual({begun: 4, kept: 2, failed: 1});
    expect(sessionCounts(second)).toEqual({begun: 0, kept: 0, failed: 0});
  });

  it("count actions by kind, and what was paid back", () => {
    expect(actions(days).map(({name, values}) => [name, values[1]])).toEqual([["image analysis", 1], ["short chat", 2], ["refunded", -1]]);
  });

  it("rank reasons over all days", () => {
    expect(ranks(days, "refusals", 2)).toEqual([{name: "insufficient_credits", value: 7}, {name: "already_used", value: 4}]);
    expect(ranks(days, "denials")).toEqual([{name: "already_used", value: 4}]);
  });
});
