import {expect, it} from "vitest";
import {money, shortMoney} from "./format";

const number = (value: number, places: number) =>
  new Intl.NumberFormat(undefined, {minimumFractionDigits: places, maximumFractionDigits: places}).format(value);

it.each([
  ["usd", 123_450, 1234.5, 2],
  ["jpy", 500, 500, 0],
  ["kwd", 1_234_500, 1234.5, 3],
  // The three in which Stripe counts otherwise than ISO 4217.
  ["mga", 500, 500, 0],
  ["ugx", 50_000, 500, 2],
  ["isk", 50_000, 500, 2],
])("counts minor units of %s as Stripe does", (currency, amount, value, places) => {
  expect(money(amount, currency)).toContain(number(value, places));
});

it("shortens by the same units", () => {
  expect(shortMoney(120_000, "usd")).toContain(number(1.2, 1));
  expect(shortMoney(1_200, "mga")).toContain(number(1.2, 1));
});
