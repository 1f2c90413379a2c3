// Loaded into firebase-tools, which looks for a free port for each Python process of a function, and
// starts a process there that takes a second to listen. Two processes that were started within that
// second could be given one port, and not only by one firebase-tools: every stack on the machine looks
// in the same place. A request for the one function then met the other. So whoever gives a port holds
// another one for a minute, a fixed distance above it, which the system lets only one of them have. One
// search at a time, for two at once meet each other's probes.

const net = require("net");
const portfinder = require("portfinder");

const KEPT_MS = 60_000;
const DISTANCE = 10_000;
const find = portfinder.getPortPromise;
let last = Promise.resolve();

portfinder.getPortPromise = (options) => {
  const found = last.then(() => distinct(options));
  last = found.catch(() => undefined); // whoever asked learns of it
  return found;
};

async function distinct({port: first = portfinder.basePort, ...options} = {}) {
  for (let port = first; port + DISTANCE <= portfinder.highestPort; port += 1) {
    const held = await hold(port + DISTANCE);
    if (!held) continue;
    try {
      const free = await find({...options, port, stopPort: port});
      setTimeout(() => held.close(), KEPT_MS).unref();
      return free;
    } catch {
      held.close(); // somebody listens there, who looks for ports in another way
    }
  }
  throw new Error(`No port from ${first} on is free.`);
}

/** A server that does nothing but hold a port, and keeps no process up; null if somebody has it. */
function hold(port) {
  return new Promise((resolve) => {
    const server = net.createServer().unref();
    server.once("error", () => resolve(null));
    server.listen({host: "127.0.0.1", port, exclusive: true}, () => resolve(server));
  });
}
