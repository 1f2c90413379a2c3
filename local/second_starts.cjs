// Loaded into firebase-tools, which starts a Python process for a request and waits until it answers.
// Now and then one listens and does not answer for a minute or two, as gunicorn does while the disk
// keeps its heartbeat's file from being touched. firebase-tools then gave up after a minute, and never
// answered the request at all. So a process that is not ready in time, or has failed, gets company, and
// the request goes to whichever is ready first.

const {FunctionsEmulator} = require("firebase-tools/lib/emulator/functionsEmulator");

const LATE_MS = 20_000;
const start = FunctionsEmulator.prototype.startRuntime;

FunctionsEmulator.prototype.startRuntime = async function (...request) {
  const first = start.apply(this, request);
  if (await inTime(first)) return first;
  return Promise.any([first, start.apply(this, request)]);
};

async function inTime(starting) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, LATE_MS, false);
  });
  const ready = starting.then(
    () => true,
    () => false,
  );
  const answer = await Promise.race([ready, late]);
  clearTimeout(timer);
  return answer;
}
