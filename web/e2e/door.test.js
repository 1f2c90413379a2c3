// The door scanner in a real browser, on the running stack, with codes typed as by a hardware scanner.

import assert from "node:assert/strict";
import {test} from "node:test";

import {SMALL, violations} from "./browser.js";
import {Scene} from "./scene.js";
import {atTheDoor, hear as scan, pairBySignIn, shown, until} from "./steps.js";

const scene = new Scene();
const {stage} = scene;

test("staff sign in, and the phone becomes a device of its own", async () => {
  const page = await scene.open("/door/");
  await page.getByRole("heading", {name: "Pair this phone"}).waitFor();
  assert.deepEqual(await violations(page), []);
  await pairBySignIn(page, stage.people.steward, {event: stage.event, name: "Sid's phone", gate: "north"});
  await atTheDoor(page);
  const [device] = await stage.owner.list(`events/${stage.event}/devices`);
  assert.deepEqual([device.name, device.gate, device.role], ["Sid's phone", "north", "staff"]);
  assert.deepEqual(await violations(page), []);
});

test("each kind of ticket has its verdict", async () => {
  const page = await scene.phone("Verdicts", {viewport: SMALL});
  const [single, party, elsewhere] = [
    await stage.ticket(),
    await stage.ticket(4),
    await stage.ticket(1, {event: stage.other}),
  ];
  await scan(page, single.code);
  await shown(page, "admit");
  await shown(page, null); // a success resumes by itself
  await scan(page, party.code);
  assert.match(await shown(page, "admit"), /ADMIT 1 OF 4/);
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", {name: "Next"}).click();
  const denials = [
    [elsewhere.code, "wrong-event"],
    [`${single.code.slice(0, -4)}AAAA`, "forged"],
    ["https://example.com/menu", "unknown"],
    [single.token, "already-used"],
  ];
  for (const [code, kind] of denials) {
    await scan(page, code);
    await shown(page, kind);
    assert.deepEqual(await violations(page), [], kind);
    await scan(page, party.code); // a denial stays until it is tapped
    await shown(page, kind);
    await page.getByRole("button", {name: "Next"}).click();
    await shown(page, null);
  }
  const {usedCount} = await stage.owner.read(`events/${stage.event}/ragers/${party.ragerId}`);
  assert.equal(usedCount, 1);
});

test("a passed-on ticket and a refunded one say so, and name nobody", async () => {
  const page = await scene.phone("Ends");
  const ticket = await stage.ticket();
  const {ragerId} = ticket;
  await stage.guest.call("transferTicket", {
    eventId: stage.event,
    ragerId,
    quantity: 1,
    toUserId: stage.admin.uid,
    idempotencyKey: `pass-${ragerId}`,
  });
  await scan(page, ticket.code);
  const words = await shown(page, "transferred");
  assert.ok(!words.includes(stage.admin.uid) && !words.includes("Ada"), words);
});

test("the same code again burns no second ticket; the rest of a party goes in by the stepper", async () => {
  const page = await scene.phone("Party");
  const party = await stage.ticket(4);
  await scan(page, party.code);
  await shown(page, "admit");
  await scan(page, party.code);
  await page.locator('[data-note="same-code"]').waitFor({state: "attached"});
  const used = async () => (await stage.owner.read(`events/${stage.event}/ragers/${party.ragerId}`)).usedCount;
  assert.equal(await used(), 1);
  await page.getByRole("button", {name: "One fewer"}).click();
  await page.getByRole("button", {name: "Admit 2 more"}).click();
  await until(async () => (await shown(page, "admit")).includes("ADMIT 2 OF 4"));
  assert.equal(await used(), 3);
});

test("guests who leave come back without another ticket", async () => {
  const page = await scene.phone("In and out");
  const ticket = await stage.ticket();
  const turn = async (direction, kind) => {
    await page.getByRole("radio", {name: direction, exact: true}).check({force: true});
    await scan(page, ticket.code);
    await shown(page, kind);
    await shown(page, null);
  };
  await turn("In", "admit");
  await turn("Out", "goodbye");
  await turn("In", "welcome-back");
  const batch = await stage.owner.read(`events/${stage.event}/ragers/${ticket.ragerId}`);
  assert.deepEqual([batch.usedCount, batch.outside], [1, 0]);
});

test("a supervisor takes a scan back, and lets a guest in against the verdict", async () => {
  const page = await scene.phone("Sue", {role: "supervisor"});
  const ticket = await stage.ticket();
  await scan(page, ticket.code);
  await shown(page, "admit");
  await page.getByRole("button", {name: "Undo"}).click();
  assert.deepEqual(await violations(page), []);
  await page.getByLabel(/Why take it back/).fill("wrong guest");
  await page.getByRole("button", {name: "Take back"}).click();
  await shown(page, null);
  const batch = () => stage.owner.read(`events/${stage.event}/ragers/${ticket.ragerId}`);
  assert.equal((await batch()).usedCount, 0);
  const other = await scene.phone("Elsewhere");
  await scan(other, ticket.code);
  await shown(other, "admit");
  await until(async () => (await batch()).usedCount === 1);
  await page.waitForTimeout(8_500); // the same code is a new sight of it by then
  await scan(page, ticket.code);
  await shown(page, "already-used");
  await page.getByRole("button", {name: "Let in anyway"}).click();
  await page.getByLabel(/Why let them in/).fill("lost the other half");
  await page.getByRole("button", {name: "Let in anyway"}).click();
  await shown(page, "forced");
  await until(async () => (await stage.scans()).some(({forcedReason}) => forcedReason === "lost the other half"));
});

test("a supervisor finds a guest without a code", async () => {
  const page = await scene.phone("Search", {role: "supervisor"});
  await stage.ticket(2);
  await page.getByRole("button", {name: "Search"}).click();
  await page.getByRole("searchbox").fill(stage.guest.uid);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", {name: / left$/}).click();
  await page.getByRole("button", {name: "Admit 1"}).click();
  await shown(page, "admit");
});

test("revocation reaches a device that is online in seconds", async () => {
  const page = await scene.phone("Gone");
  await page.locator('[data-state="online"]').waitFor();
  const devices = await stage.owner.list(`events/${stage.event}/devices`);
  const {deviceId} = devices.find(({name}) => name === "Gone");
  await page.waitForTimeout(1_000);
  await stage.admin.call("revokeDevice", {eventId: stage.event, deviceId, reason: "end of the shift"});
  await page.getByRole("heading", {name: "This device was revoked"}).waitFor({timeout: 10_000});
});

test("of two windows of one device, one scans", async () => {
  const first = await scene.phone("Twice");
  const second = await first.context().newPage();
  await second.goto(`${scene.site}/door/`);
  await second.getByRole("button", {name: "Go on here"}).waitFor();
  assert.deepEqual(await violations(second), []);
  await second.getByRole("button", {name: "Go on here"}).click();
  await atTheDoor(second);
  await first.locator('[data-phase="ready"]').waitFor({state: "detached"});
  await scan(second, (await stage.ticket()).code);
  await shown(second, "admit");
});
