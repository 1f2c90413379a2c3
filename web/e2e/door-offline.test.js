// The door scanner without a network: in a real browser, with the plug pulled and put back.

import assert from "node:assert/strict";
import {test} from "node:test";

import {violations} from "./browser.js";
import {Scene} from "./scene.js";
import {atTheDoor, hear as scan, pair, shown, until} from "./steps.js";

const scene = new Scene({offlineAllowed: true});
const {stage} = scene;

test("the plug is pulled, guests go in, the page reloads, and nothing is lost", async () => {
  const page = await scene.phone("Offline");
  const [first, second, third] = [await stage.ticket(), await stage.ticket(), await stage.ticket()];
  await page.locator('[data-state="online"]').waitFor();
  await rosterHas(page, 3);
  await page.context().setOffline(true);
  for (const ticket of [first, second]) {
    await scan(page, ticket.code);
    assert.match(await shown(page, "offline-admit"), /another door/i);
    await shown(page, null);
  }
  await scan(page, first.code.replace(/.$/, (last) => (last === "A" ? "B" : "A")));
  await shown(page, "forged");
  await page.getByRole("button", {name: "Next"}).click();
  await page.locator('[data-state="offline"]').waitFor();
  await page.reload();
  await atTheDoor(page);
  const queued = page.locator('[data-fact="queued"]');
  await until(async () => Number(await queued.textContent()) === 3);
  await scan(page, third.code);
  await shown(page, "offline-admit");
  await shown(page, null);
  assert.equal((await stage.scans()).filter(({device}) => device === "Offline").length, 0);
  await page.context().setOffline(false);
  await until(async () => (await queued.textContent()) === "0");
  const scans = (await stage.scans()).filter(({device}) => device === "Offline");
  assert.deepEqual(scans.map(({result, source}) => `${result} ${source}`).sort(), [
    "admitted offline",
    "admitted offline",
    "admitted offline",
    "denied offline",
  ]);
  assert.ok(scans.every(({conflict}) => !conflict));
});

test("two devices let the same ticket in offline: both count, and one learns of the conflict", async () => {
  const [left, right] = [await scene.phone("Left"), await scene.phone("Right", {gate: "south"})];
  const ticket = await stage.ticket();
  for (const page of [left, right]) await rosterHas(page, 1);
  for (const page of [left, right]) await page.context().setOffline(true);
  for (const page of [left, right]) {
    await scan(page, ticket.code);
    await shown(page, "offline-admit");
  }
  for (const page of [left, right]) {
    await page.context().setOffline(false);
    await until(async () => (await page.locator('[data-fact="queued"]').textContent()) === "0");
  }
  await right.locator('[data-fact="conflicts"]').waitFor();
  const conflicts = await stage.owner.list(`events/${stage.event}/conflicts`);
  const [conflict] = conflicts.filter(({ragerId}) => ragerId === ticket.ragerId);
  assert.deepEqual(
    [conflict.reason, conflict.this.device, conflict.other.device, conflict.overAdmitted],
    ["more_admitted_than_held", "Right", "Left", 1],
  );
});

test("a revoked device learns of it within seconds, and keeps what it has", async () => {
  const page = await scene.phone("Lost");
  const ticket = await stage.ticket();
  await rosterHas(page, 1);
  await page.context().setOffline(true);
  await scan(page, ticket.code);
  await shown(page, "offline-admit");
  const devices = await stage.owner.list(`events/${stage.event}/devices`);
  const {deviceId} = devices.find(({name}) => name === "Lost");
  await stage.admin.call("revokeDevice", {eventId: stage.event, deviceId, reason: "lost in the crowd"});
  await page.context().setOffline(false);
  await page.getByRole("heading", {name: "This device was revoked"}).waitFor({timeout: 20_000});
  assert.deepEqual(await violations(page), []);
  // What it has not handed in is still there, and goes out once somebody pairs the phone again.
  assert.equal((await stage.scans()).filter(({device}) => device === "Lost").length, 0);
  await pair(page, await stage.pairingCode("Found again"));
  await until(async () => (await stage.scans()).some(({device}) => device === "Lost"));
});

/** Waits until the device has heard of at least the tickets that exist now. */
async function rosterHas(page) {
  const batches = (await stage.owner.list(`events/${stage.event}/ragers`)).length;
  await until(async () => (await rosterSize(page)) >= batches);
}

function rosterSize(page) {
  return page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("firetill-door");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const db = opening.result;
          const count = db.transaction("entries").objectStore("entries").count();
          count.onsuccess = () => {
            db.close();
            resolve(count.result);
          };
        };
      }),
  );
}
