// Node's runTransaction doing the same: read a wallet, update it, create an entry.
// Usage: node node_peer.mjs PROJECT WORKERS HOT_OPERATIONS SPREAD_OPERATIONS
import { randomUUID } from "node:crypto";
import { Firestore } from "@google-cloud/firestore";

const [projectId, workers, hotOperations, spreadOperations] = process.argv.slice(2);
const db = new Firestore({ projectId });

async function operate(userId) {
  const user = db.doc(`users/${userId}`);
  const entry = db.doc(`ledger/${randomUUID()}`);
  try {
    await db.runTransaction(async (transaction) => {
      const credits = ((await transaction.get(user)).get("credits") ?? 0) + 1;
      transaction.set(user, { credits }, { merge: true });
      transaction.create(entry, { userId, amount: 1, after: credits });
    });
    return true;
  } catch {
    return false;
  }
}

async function run(count, hot) {
  const prefix = randomUUID();
  const started = performance.now();
  const results = await Promise.all(
    Array.from({ length: Number(workers) }, async (_, worker) => {
      const mine = [];
      for (let number = worker; number < count; number += Number(workers)) {
        mine.push(await operate(`${prefix}-${hot ? 0 : worker}`));
      }
      return mine;
    }),
  );
  const all = results.flat();
  const done = all.filter(Boolean).length;
  return { done, failed: all.length - done, seconds: (performance.now() - started) / 1000 };
}

await run(Number(spreadOperations) / 4, false); // warm up
const spreads = [];
for (let round = 0; round < 3; round += 1) spreads.push(await run(Number(spreadOperations), false));
spreads.sort((one, other) => one.seconds - other.seconds);
const hot = await run(Number(hotOperations), true);
console.log(JSON.stringify({ hot, spread: spreads[1] }));
