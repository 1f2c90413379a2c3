// The figures of the days, as plots take them: one number for each day and series.

import {dateOf, type Instant} from "./instant";

/** A document of `metrics`, as far as it is there: days are counted bit by bit. */
export interface DayFigures {
  day: string;
  newUsers?: number;
  ledger?: Record<string, {entries?: number; amount?: number}>;
  revenue?: Record<string, {payments?: number; amount?: number}>;
  actions?: Record<string, {charged?: number; refunded?: number}>;
  door?: {admitted?: number; denied?: number; left?: number; readmitted?: number};
  denials?: Record<string, number>;
  refusals?: Record<string, number>;
  updatedAt?: Instant | null;
}

/** One line or colour of a plot; a value for each place on its axis. */
export interface Series {
  name: string;
  values: readonly number[];
  /** Which colour and pattern, where a plot is not to choose: the same thing looks the same everywhere. */
  ink?: number;
}

export interface Rank {
  name: string;
  value: number;
}

/** A day in UTC, which is how figures are kept: `2026-11-21`. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The `count` days up to `today`, the earliest first. */
export function daysUpTo(today: string, count: number): string[] {
  const last = Date.parse(`${today}T00:00:00Z`);
  return Array.from({length: count}, (_, index) => dayOf(new Date(last - (count - 1 - index) * 86_400_000)));
}

/** The figures of exactly these days; of a day that was not counted, none. */
export function filled(found: readonly DayFigures[], days: readonly string[]): DayFigures[] {
  const known = new Map(found.map((one) => [one.day, one]));
  return days.map((day) => known.get(day) ?? {day});
}

/** One currency a plot: amounts of different ones have no sum. The one with the most payments first. */
export function revenue(days: readonly DayFigures[]): {currency: string; series: Series; payments: Series}[] {
  const of = (currency: string, figure: "amount" | "payments") => days.map((day) => day.revenue?.[currency]?.[figure] ?? 0);
  return keys(days.map((day) => day.revenue))
    .map((currency) => ({
      currency,
      series: {name: currency.toUpperCase(), values: of(currency, "amount")},
      payments: {name: "payments", values: of(currency, "payments")},
    }))
    .sort((a, b) => total(b.payments.values) - total(a.payments.values));
}

/** Credits that came from outside, above zero, and those that left for good, below. */
export function credits(days: readonly DayFigures[]): Series[] {
  return named([
    ["bought", sums(days, ["credits_purchase", "credits_reinstate"])],
    ["granted", sums(days, ["credits_grant"])],
    ["burned", negated(sums(days, ["credits_burn"]))],
    ["spent on actions", difference(sums(days, ["credits_spend_refund"]), sums(days, ["credits_spend"]))],
    ["clawed back", negated(sums(days, ["credits_clawback"]))],
  ]);
}

/** How pledges and redemptions ended, by the entries that each leaves. */
export function sessions(days: readonly DayFigures[]): Series[] {
  return named([
    ["kept", entries(days, "credits_refund")],
    ["failed", entries(days, "credits_burn")],
    ["votes rescued", entries(days, "frozen_votes_rescue")],
    ["votes lost", entries(days, "frozen_votes_burn")],
  ]);
}

/** Actions that were charged, by kind, and below zero those that were paid back. */
export function actions(days: readonly DayFigures[]): Series[] {
  const kinds = keys(days.map((day) => day.actions));
  const charged = kinds.map((kind): [string, number[]] => [words(kind), days.map((day) => day.actions?.[kind]?.charged ?? 0)]);
  const refunded = negated(days.map((day) => total(Object.values(day.actions ?? {}).map((each) => each.refunded ?? 0))));
  return named([...charged, ["refunded", refunded]]);
}

export function newUsers(days: readonly DayFigures[]): Series {
  return {name: "new users", values: days.map((day) => day.newUsers ?? 0)};
}

/** The reasons that came up most over all days, the most frequent first. */
export function ranks(days: readonly DayFigures[], figure: "refusals" | "denials", most = 6): Rank[] {
  return keys(days.map((day) => day[figure]))
    .map((name) => ({name, value: total(days.map((day) => day[figure]?.[name] ?? 0))}))
    .filter(({value}) => value > 0)
    .sort((a, b) => b.value - a.value || a.name.localeCompare(b.name))
    .slice(0, most);
}

/** How many sessions began and ended on a day. */
export function sessionCounts(day: DayFigures): {begun: number; kept: number; failed: number} {
  const of = (kind: string) => day.ledger?.[kind]?.entries ?? 0;
  return {begun: of("credits_lock"), kept: of("credits_refund"), failed: of("credits_burn")};
}

/** When the figures were last counted. */
export function countedAt(days: readonly DayFigures[]): Date | null {
  const times = days.map((day) => dateOf(day.updatedAt)?.getTime() ?? 0);
  const latest = Math.max(0, ...times);
  return latest === 0 ? null : new Date(latest);
}

export function total(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0);
}

/** `frozen_votes_burn` as people read it: `frozen votes burn`. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}

function entries(days: readonly DayFigures[], kind: string): number[] {
  return days.map((day) => day.ledger?.[kind]?.entries ?? 0);
}

function sums(days: readonly DayFigures[], kinds: readonly string[]): number[] {
  return days.map((day) => total(kinds.map((kind) => day.ledger?.[kind]?.amount ?? 0)));
}

function negated(values: readonly number[]): number[] {
  return values.map((value) => 0 - value);
}

function difference(values: readonly number[], less: readonly number[]): number[] {
  return values.map((value, index) => value - (less[index] ?? 0));
}

function named(pairs: readonly (readonly [string, readonly number[]])[]): Series[] {
  return pairs.filter(([, values]) => values.some((value) => value !== 0)).map(([name, values]) => ({name, values}));
}

function keys(maps: readonly (object | undefined)[]): string[] {
  return [...new Set(maps.flatMap((map) => Object.keys(map ?? {})))].sort();
}
