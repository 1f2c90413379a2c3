// Plays the story on a running stack: `node local/demo/main.js '{"projectId": …}'`.
//
// Exits 0 if every balance came out right, else 1.

import {App} from "./app.js";
import {Owner} from "./owner.js";
import {say} from "./report.js";
import {Story, WrongBalance} from "./story.js";

const stack = JSON.parse(process.argv[2]);
const began = Date.now();
const ada = new App(stack);
try {
  await new Story(ada, new Owner(stack), stack.stripeUrl).tell();
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`\nEvery balance came out right, in ${seconds} seconds.`);
} catch (error) {
  if (error instanceof WrongBalance) say("WRONG", error.message);
  else console.log(`\n${error.stack}`);
  console.log("\nThe story did not come out right.");
  process.exitCode = 1;
} finally {
  await ada.close();
}
