// Loaded into firebase-tools for a storm. Its Functions emulator starts a Python process for every
// request of a function that is under way, which on a small machine starts processes and does little
// else. Here a function has two processes at most, and each serves several requests at once on its
// threads, as in production; so a process that is killed takes several requests with it.

const {FunctionsEmulator} = require("firebase-tools/lib/emulator/functionsEmulator");
const {RuntimeWorkerPool, RuntimeWorkerState} = require(
  "firebase-tools/lib/emulator/functionsRuntimeWorker",
);

const MOST = 2;
const idleWorker = RuntimeWorkerPool.prototype.getIdleWorker;
const startRuntime = FunctionsEmulator.prototype.startRuntime;
const starting = new Map();

function busyWorkers(pool, triggerId, runtime) {
  const workers = pool.getTriggerWorkers(triggerId, runtime);
  return workers.filter((worker) => worker.state === RuntimeWorkerState.BUSY);
}

RuntimeWorkerPool.prototype.getIdleWorker = function (triggerId, runtime) {
  const idle = idleWorker.call(this, triggerId, runtime);
  const busy = busyWorkers(this, triggerId, runtime);
  return idle ?? busy[Math.floor(Math.random() * busy.length)];
};

RuntimeWorkerPool.prototype.readyForWork = function (triggerId, runtime) {
  if (idleWorker.call(this, triggerId, runtime)) {
    return true;
  }
  const busy = busyWorkers(this, triggerId, runtime).length;
  return busy >= MOST || (busy > 0 && starting.has(triggerId));
};

FunctionsEmulator.prototype.startRuntime = function (backend, trigger) {
  const id = trigger?.id;
  if (id === undefined) {
    return startRuntime.call(this, backend, trigger);
  }
  if (!starting.has(id)) {
    const started = startRuntime.call(this, backend, trigger);
    starting.set(id, started.finally(() => starting.delete(id)));
  }
  return starting.get(id);
};
