// What a person does at the pages, and waits for.

const PATIENCE_MS = 60_000; // however busy the machine

/** Waits until something holds, up to a minute. */
export async function until(holds) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > deadline) throw new Error(`It did not come about within a minute: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Pairs a phone with a code that is typed. */
export async function pair(page, code) {
  await page.getByLabel("Or type it").fill(code);
  await page.getByRole("button", {name: "Pair this phone"}).click();
  await atTheDoor(page);
}

/** Pairs a phone as a member of the staff does. */
export async function pairBySignIn(page, {email, password}, {event, name, gate}) {
  await page.getByRole("button", {name: "Sign in"}).click();
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.locator("form").getByRole("button", {name: "Sign in"}).click();
  await page.getByLabel("Event").selectOption(event);
  await page.getByLabel("Name of this device").fill(name);
  await page.getByLabel("Gate").fill(gate);
  await page.getByRole("button", {name: "Pair this phone"}).click();
}

/** Waits for the scanner itself; a failure says what the page says instead. */
export async function atTheDoor(page) {
  try {
    await page.locator('[data-phase="ready"]').waitFor();
  } catch (problem) {
    throw new Error(`${problem.message}\nThe page says: ${await page.locator("body").innerText()}`, {cause: problem});
  }
}

/**
 * A code comes from a hardware scanner: keys in a burst, then Enter.
 *
 * All at once inside the page, because a busy machine would make the keys of a test as slow as a
 * person's, and those are not taken for a scanner's.
 */
export async function hear(page, code) {
  await page.evaluate((keys) => {
    const target = document.activeElement ?? document.body;
    for (const key of keys) target.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  }, [...code, "Enter"]);
}

/** Waits for a verdict, or with null for none; returns what it says. */
export async function shown(page, kind) {
  if (kind === null) {
    await page.locator("[data-verdict]").waitFor({state: "detached"});
    return "";
  }
  // Found and read in one step: a success goes by itself, and must not go in between.
  const text = (wanted) => document.querySelector(`[data-verdict="${wanted}"]`)?.innerText;
  return (await page.waitForFunction(text, kind)).jsonValue();
}

/** Signs in at the console. */
export async function signIn(page, {email, password}) {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", {name: "Sign in"}).click();
}
