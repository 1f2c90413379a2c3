import {readFileSync} from "node:fs";
import {resolve} from "node:path";
import {expect, it} from "vitest";
import {JOBS} from "./jobs";

const BACKEND = resolve(import.meta.dirname, "../../../functions/firetill/upkeep/jobs.py");

it("names every job of the backend, and when it runs", () => {
  const found = [...readFileSync(BACKEND, "utf8").matchAll(/Job\(\s*"(\w+)",\s*"(every [^"]+)"/g)];
  expect(found.length).toBeGreaterThan(10);
  const inWords = (schedule: string) => schedule.replace("every 1 hours", "every hour").replace(/^every day (\d\d:\d\d)$/, "every day at $1");
  expect(JOBS.map(({name, when}) => [name, when])).toEqual(found.map(([, name = "", when = ""]) => [name, inWords(when)]).sort());
});
