import {expect, it} from "vitest";
import {Attempts} from "./attempts";
import {openDatabase} from "./database";
import {freshName} from "./door.fixtures";
import type {ScanInput} from "./model";

const INPUT: ScanInput = {
  scanId: "s1",
  eventId: "night",
  token: "x",
  count: 1,
  direction: "in",
  gate: "north",
  device: "Phone 7",
};

it("gives an unanswered scan's id to the next try at the same, also after a crash", async () => {
  const name = freshName();
  let now = 0;
  const before = new Attempts(await openDatabase(name), () => now);
  await before.began(INPUT);
  const attempts = new Attempts(await openDatabase(name), () => now);
  const next = {...INPUT, scanId: "s2", gate: "south"};
  expect(await attempts.find(next)).toEqual(INPUT);
  for (const other of [{token: "y"}, {count: 2}, {direction: "out" as const}, {eventId: "other"}]) {
    expect(await attempts.find({...next, ...other})).toBeNull();
  }
  now = 10 * 60_000;
  expect(await attempts.find(next)).toBeNull();
  now = 0;
  await attempts.ended(next);
  expect(await attempts.find(next)).toBeNull();
});
