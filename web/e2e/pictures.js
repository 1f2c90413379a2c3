// Takes pictures of the pages on a stack with its day of history, those of the README among them.
//
//   make up                                                     # in one terminal
//   node web/e2e/pictures.js FOLDER [http://127.0.0.1:5000]     # in another

import {mkdir, rm} from "node:fs/promises";
import {join} from "node:path";

import {DESK, launch, openPage, PHONE, SMALL} from "./browser.js";
import {shoot} from "./film.js";
import {atTheDoor, hear, pairBySignIn, shown, signIn} from "./steps.js";

const [folder, site = "http://127.0.0.1:5000"] = process.argv.slice(2);
const PASSWORD = "firetill";
const as = (name) => ({email: `${name}@firetill.test`, password: PASSWORD});

await mkdir(folder, {recursive: true});
const film = await shoot(join(folder, "film.y4m"), [{seconds: 2}]);
const browser = await launch(film);
try {
  for (const scheme of ["light", "dark"]) {
    await door(scheme, PHONE, "phone");
    await console_(scheme, DESK, "desk");
    await console_(scheme, PHONE, "phone");
  }
  await door("dark", SMALL, "small");
  await door("light", DESK, "desk");
} finally {
  await browser.close();
  await rm(film);
}

async function door(colorScheme, viewport, size) {
  const page = await openPage(browser, `${site}/door/`, {colorScheme, viewport});
  const take = (name) => page.screenshot({path: join(folder, `door-${name}-${size}-${colorScheme}.png`)});
  await take("pairing");
  await pairBySignIn(page, as("supervisor"), {event: "night", name: `${size} ${colorScheme}`, gate: "north"});
  await atTheDoor(page);
  await page.locator('[data-state="online"]').waitFor();
  await page.waitForTimeout(2_000);
  await take("idle");
  for (const {caption, code} of await guests()) {
    await hear(page, code);
    await page.locator('[data-verdict]:not([data-verdict="checking"])').waitFor();
    await page.waitForTimeout(300);
    await take(caption.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").slice(0, 40));
    await page.getByRole("button", {name: "Next"}).click({timeout: 1_000}).catch(() => {});
    await shown(page, null);
  }
  await page.context().setOffline(true);
  await hear(page, "https://example.com/no-ticket-at-all");
  await page.locator("[data-verdict]").waitFor();
  await take("checking");
  await page.locator('[data-verdict]:not([data-verdict="checking"])').waitFor();
  await page.getByRole("button", {name: "Next"}).click();
  await page.locator('[data-state="offline"]').waitFor();
  await take("offline");
  await page.getByRole("button", {name: "Menu"}).click();
  await page.waitForTimeout(300);
  await take("menu");
  await page.context().close();
}

async function console_(colorScheme, viewport, size) {
  const page = await openPage(browser, `${site}/console/`, {colorScheme, viewport});
  const take = (name) => page.screenshot({path: join(folder, `console-${name}-${size}-${colorScheme}.png`), fullPage: true});
  await take("sign-in");
  await signIn(page, as("admin"));
  for (const route of ["overview", "users", "orders", "stripe/dead", "door/night", "stock", "jobs", "jobs/expireStaleSessions"]) {
    await page.goto(`${site}/console/#/${route}`);
    await page.getByRole("heading", {level: 1}).waitFor();
    await page.waitForTimeout(2_500);
    await take(route.replaceAll("/", "-"));
  }
  await page.goto(`${site}/console/#/users`);
  await page.locator("tr[data-row] a").first().click();
  await page.locator("[data-chain]").waitFor();
  await take("user");
  await page.goto(`${site}/console/#/orders/all/finalized`);
  await page.locator("tr[data-row] a").first().click();
  await page.locator('[data-figure="timeline"]').waitFor();
  await take("order");
  await page.context().close();
}

/** The guests of the local stack, as its page shows them. */
async function guests() {
  const page = await openPage(browser, `${site}/guests/`);
  const found = await page.locator("li").evaluateAll((cards) =>
    cards.map((card) => ({
      caption: card.querySelector("h2").textContent,
      code: card.querySelector("code").textContent,
    })));
  await page.context().close();
  return found;
}
