// Node's runTransaction reading and writing what one operation of the till did.
// Usage: node node_replay.mjs PROJECT < JSON: {trace: {reads, writes, shared}, runs: [{level, hot,
// count, workers}]}; prints a list of {seconds, failed, elapsed}, one for each run.
import { readFileSync } from "node:fs";
import { Firestore, Timestamp } from "@google-cloud/firestore";

const { trace, runs } = JSON.parse(readFileSync(0, "utf8"));
const db = new Firestore({ projectId: process.argv[2] });
const shared = new Set(trace.shared);
const writes = trace.writes.map((write) => ({ ...write, fields: typed(write.fields) }));

function typed(value) {
  if (Array.isArray(value)) return value.map(typed);
  if (value === null || typeof value !== "object") return value;
  if ("$instant" in value) return Timestamp.fromDate(new Date(value.$instant));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, typed(part)]));
}

function replay({ level, hot }, number) {
  const document = (path) =>
    db.doc(hot && shared.has(path) ? `${path}-${level}` : `${path}-${level}-${number}`);
  return db.runTransaction(async (transaction) => {
    for (const batch of trace.reads) await transaction.getAll(...batch.map(document));
    for (const { path, fields, update } of writes) {
      if (update) transaction.update(document(path), fields);
      else transaction.create(document(path), fields);
    }
  });
}

async function drive(run) {
  const seconds = [];
  let failed = 0;
  let next = 0;
  const began = performance.now();
  const work = async () => {
    while (next < run.count) {
      const number = next++;
      const started = performance.now();
      await replay(run, number).catch(() => failed++);
      seconds.push((performance.now() - started) / 1000);
    }
  };
  await Promise.all(Array.from({ length: run.workers }, work));
  return { seconds, failed, elapsed: (performance.now() - began) / 1000 };
}

const results = [];
for (const run of runs) results.push(await drive(run));
console.log(JSON.stringify(results));
