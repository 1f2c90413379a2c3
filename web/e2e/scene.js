// What each story of the pages begins with, and what has to hold after each of its tests.

import assert from "node:assert/strict";
import {after, afterEach, before} from "node:test";

import {launch, openPage} from "./browser.js";
import {Stage} from "./stage.js";
import {pair} from "./steps.js";

export class Scene {
  #pages = [];

  /**
   * Sets the stage before the tests of a file, and clears it after them.
   *
   * @param options as `Stage.open` takes them.
   */
  constructor(options) {
    const stack = JSON.parse(process.argv[2]);
    this.stage = new Stage(stack);
    this.site = stack.hostingUrl;
    before(async () => {
      await this.stage.open(options);
      this.browser = await launch();
    });
    after(async () => {
      await this.browser?.close();
      await this.stage.close();
    });
    afterEach(() => this.#clear());
  }

  /** Opens a page of the site, as somebody whose browser shares nothing with the others. */
  async open(path, options) {
    const page = await openPage(this.browser, `${this.site}${path}`, options);
    this.#pages.push(page);
    return page;
  }

  /** A phone with a device paired on it. */
  async phone(name, {gate = "north", role = "staff", ...options} = {}) {
    const page = await this.open("/door/", options);
    await pair(page, await this.stage.pairingCode(name, {gate, role}));
    return page;
  }

  async #clear() {
    const pages = this.#pages;
    this.#pages = [];
    const broken = pages.flatMap((page) => page.broken());
    for (const page of pages) await page.context().close();
    assert.deepEqual(broken, [], "something went wrong in a page, and nobody caught it");
  }
}
