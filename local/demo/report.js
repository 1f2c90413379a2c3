// How the story is told: numbered steps, labelled lines, aligned tables.

const MARGIN = "    ";
const LABEL_WIDTH = 10;

let steps = 0;

/** Begins the next step. */
export function step(title) {
  steps += 1;
  console.log(`\n${String(steps).padStart(2)}. ${title}`);
}

/** Says one thing about the step: who or what, then the words. */
export function say(label, words) {
  console.log(`${MARGIN}${label.padEnd(LABEL_WIDTH)}${words}`);
}

/** Prints rows under a heading; numbers are aligned to the right. */
export function table(heading, rows) {
  const texts = [heading, ...rows.map((row) => row.map(text))];
  const isNumeric = heading.map((_, column) => rows.every((row) => Number.isInteger(row[column])));
  const widths = heading.map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  const lines = texts.map((row) =>
    row
      .map((cell, column) => cell[isNumeric[column] ? "padStart" : "padEnd"](widths[column]))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  console.log();
  for (const line of [lines[0], rule, ...lines.slice(1)]) console.log(`${MARGIN}${line}`);
}

/** A value as people read it: 1,000. */
export function text(value) {
  return Number.isInteger(value) ? value.toLocaleString("en") : String(value);
}

/** The fields of an input or an answer; keys are left out, and long ids shortened. */
export function fields({idempotencyKey, ...rest}) {
  const shown = Object.entries(rest).map(([name, value]) => {
    const words = JSON.stringify(value).replace(/\b([0-9a-f]{8})[0-9a-f]{24}\b/, "$1…");
    return `${name}: ${words}`;
  });
  return `{${shown.join(", ")}}`;
}

/** The balances in a wallet that are not zero. */
export function balances(wallet) {
  const {credits, lockedCredits, dailyCredits, ash, purgatoryVotes, votes, obsidian} = wallet;
  const words = {
    credits,
    "of today": dailyCredits,
    "locked": lockedCredits,
    "Ash": ash,
    "Frozen Votes": purgatoryVotes,
    "votes": votes,
    "Obsidian": obsidian,
  };
  const some = Object.entries(words).filter(([name, value]) => value !== 0 || name === "credits");
  return some.map(([name, value]) => `${text(value)} ${name}`).join(", ");
}
