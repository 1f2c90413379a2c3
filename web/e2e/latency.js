// How long from a code to its verdict, in the scanner's page, against the bare call; prints JSON.
//
//   node web/e2e/latency.js ADDRESSES SCANS      as `make bench` does, which starts the stack

import {randomUUID} from "node:crypto";

import {launch, openPage} from "./browser.js";
import {Stage} from "./stage.js";
import {pair, shown} from "./steps.js";

const WARM_UP = 5;
const [addresses, scans] = process.argv.slice(2);
const stack = JSON.parse(addresses);
const stage = new Stage(stack);
await stage.open();
const browser = await launch();
try {
  const page = await openPage(browser, `${stack.hostingUrl}/door/`);
  await pair(page, await stage.pairingCode("Bench"));
  const times = {verdict: [], call: []};
  for (let round = 0; round < Number(scans) + WARM_UP; round++) {
    const [seen, called] = [await stage.ticket(), await stage.ticket()];
    const verdict = await page.evaluate(scanned, [...seen.code, "Enter"]);
    const began = performance.now();
    await stage.admin.call("scanTicket", {token: called.code, eventId: stage.event, scanId: randomUUID()});
    const call = performance.now() - began;
    if (round >= WARM_UP) {
      times.verdict.push(verdict);
      times.call.push(call);
    }
    await page.getByRole("button", {name: "Next"}).click({timeout: 500}).catch(() => {}); // it may have gone
    await shown(page, null);
  }
  console.log(JSON.stringify(times));
} finally {
  await browser.close();
  await stage.close();
}

/** In the page: types a code as a hardware scanner does; returns the ms until it is green. */
function scanned(keys) {
  return new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('[data-verdict="admit"]') === null) return;
      observer.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - began));
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-verdict"]});
    const target = document.activeElement ?? document.body;
    const began = performance.now();
    for (const key of keys) target.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  });
}
