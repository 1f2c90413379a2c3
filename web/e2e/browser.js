// The browser of the tests: a Chromium that this machine has, with a camera that plays a file.

import {existsSync, readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {chromium} from "playwright-core";

const CANDIDATES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const MISSING = `No Chromium was found. Install one (on Debian: apt install chromium; anywhere:
npx playwright-core install chromium), or say where it is: CHROMIUM=/path/to/it make test`;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const PHONE = {width: 390, height: 844};
export const SMALL = {width: 320, height: 568};
export const DESK = {width: 1440, height: 900};

/** The browser to use; throws a sentence that says what to do if there is none. */
export function executable() {
  const found = CANDIDATES.find((path) => path && existsSync(path)) ?? chromium.executablePath();
  if (!existsSync(found)) throw new Error(MISSING);
  return found;
}

/**
 * Starts a browser.
 *
 * @param film a `.y4m` file that its camera shows over and over; without it there is no camera.
 */
export function launch(film) {
  const camera = film
    ? ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`]
    : [];
  return chromium.launch({
    executablePath: executable(),
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", ...camera],
  });
}

/**
 * Opens a page as a device of its own: nothing is shared with other pages of the browser.
 *
 * What goes wrong inside without being caught fails the test at `page.broken()`.
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({viewport: PHONE, ...options});
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.stack ?? String(error)));
  page.broken = () => problems;
  await page.goto(url);
  return page;
}

/** What axe finds wrong with a page as it is now, one line for each place. */
export async function violations(page) {
  await page.evaluate(AXE); // by the inspector, so the page's own policy of scripts does not matter
  const {violations: found} = await page.evaluate(() =>
    globalThis.axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}));
  return found.flatMap(({id, help, nodes}) =>
    nodes.map((node) => `${id}: ${help} at ${node.target.join(" ")}: ${node.failureSummary}`));
}
