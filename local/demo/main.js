// Plays the story on a running stack: `node local/demo/main.js '{"projectId": …}'`.
//
// Exits 0 if every balance came out right, else 1.

import {App} from "./app.js";
import {Gala} from "./gala.js";
import {Owner} from "./owner.js";
import {say} from "./report.js";
import {Rest} from "./rest.js";
import {Story} from "./story.js";
import {Studio} from "./studio.js";
import {WrongBalance} from "./wrong_balance.js";

const stack = JSON.parse(process.argv[2]);
const began = Date.now();
const apps = [new App(stack), new App(stack), new App(stack), new App(stack)];
const [ada, bob, sam, cleo] = apps;
const [owner, rest] = [new Owner(stack), new Rest(stack)];
const {stripeUrl} = stack;
try {
  await new Story(ada, owner, stripeUrl).tell();
  await new Gala({ada, bob, sam, owner, rest, stripeUrl}).tell();
  await new Studio({cleo, owner, rest, stripeUrl}).tell();
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`\nEvery balance came out right, in ${seconds} seconds.`);
} catch (error) {
  if (error instanceof WrongBalance) say("WRONG", error.message);
  else console.log(`\n${error.stack}`);
  console.log("\nThe story did not come out right.");
  process.exitCode = 1;
} finally {
  await Promise.all(apps.map((app) => app.close()));
}
