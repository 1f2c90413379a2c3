import {describe, expect, it} from "vitest";
import {labelEvery, scale, stack} from "./scale";

describe("an axis", () => {
  it.each([
    [[0, 0], [0, 1]],
    [[3], [0, 1, 2, 3]],
    [[17], [0, 5, 10, 15, 20]],
    [[1000, 12], [0, 250, 500, 750, 1000]],
    [[300, -100], [-100, 0, 100, 200, 300]],
    [[-5], [-6, -4, -2, 0]],
  ])("spans %j in round numbers", (values, ticks) => {
    expect(scale(values).ticks).toEqual(ticks);
  });

  it("never has parts of what comes whole", () => {
    for (let value = 0; value < 200; value++) expect(scale([value]).ticks.every(Number.isInteger)).toBe(true);
  });

  it("always holds all values", () => {
    for (const value of [1, 7, 99, 101, 12_345, 987_654]) {
      const {low, high} = scale([value, -value / 3]);
      expect(low).toBeLessThanOrEqual(-value / 3);
      expect(high).toBeGreaterThanOrEqual(value);
    }
  });

  it("labels as many places as there is room for", () => {
    expect(labelEvery(30, 600, 40)).toBe(2);
    expect(labelEvery(3, 600, 40)).toBe(1);
  });
});

describe("a stack", () => {
  it("piles up what is positive and, apart, what is negative", () => {
    expect(stack([{values: [5, 0]}, {values: [-2, 1]}, {values: [3, 4]}])).toEqual([
      {place: 0, series: 0, from: 0, to: 5},
      {place: 0, series: 1, from: 0, to: -2},
      {place: 0, series: 2, from: 5, to: 8},
      {place: 1, series: 1, from: 0, to: 1},
      {place: 1, series: 2, from: 1, to: 5},
    ]);
  });
});
