// Loaded into firebase-tools, which looks for a free port for each Python process of a function, and
// starts a process there that takes a second to listen. Two processes that were started within that
// second could be given one port; a request for the one function then met the other. So a port that
// was given is not given again for a while. One search at a time, for two at once meet each other's
// probes and may find no port at all.

const portfinder = require("portfinder");

const KEPT_MS = 60_000;
const find = portfinder.getPortPromise;
const given = new Map();
let last = Promise.resolve();

portfinder.getPortPromise = (options) => {
  const found = last.then(() => distinct(options));
  last = found.catch(() => undefined); // whoever asked learns of it
  return found;
};

async function distinct(options) {
  for (let wanted = options; ; ) {
    const port = await find(wanted);
    const now = Date.now();
    if (!(now - given.get(port) < KEPT_MS)) {
      given.set(port, now);
      return port;
    }
    wanted = {...options, port: port + 1};
  }
}
